import test from 'ava';
import { placeGrub } from '../../../src/image/layout/grub-place.ts';

const IMAGES = { boot: Buffer.alloc(512, 1), core: Buffer.alloc(331 * 512 - 100, 2) };
const BOOT_AGENT = { part: 'boot-agent', startBytes: 2 ** 24, endBytes: 2 ** 25 } as const;

test("GRUB's core lies in the gap before the first partition", (t) => {
  t.like(placeGrub(IMAGES, 2048, BOOT_AGENT), { coreLba: 1, reservedSectors: 0 });
  t.like(placeGrub(IMAGES, 332, BOOT_AGENT), { coreLba: 1, reservedSectors: 0 });
});

test('behind a kept partition at sector 63 the core lies in reserved sectors of the boot agent', (t) => {
  const placed = placeGrub(IMAGES, 63, BOOT_AGENT);
  t.like(placed, { coreLba: 2 ** 15 + 1, reservedSectors: 332 });
  t.is(placed.bootCode.readBigUInt64LE(0x5c), BigInt(2 ** 15 + 1));
});
