import test from 'ava';
import { placeGrubCore } from '../../src/disk/grub-core.ts';

const boot = Buffer.alloc(512, 0x11);
const core = Buffer.alloc(3 * 512 + 1, 0x22);

test('boot code leaves out what belongs to the disk, and both parts know where the other lies', (t) => {
  const placed = placeGrubCore({ boot, core }, { firstLba: 40, endLba: 44 });
  t.is(placed.bootCode.length, 440);
  t.is(placed.bootCode.readBigUInt64LE(0x5c), 40n);
  t.is(placed.bootCode.readUInt16LE(0x66), 0x9090);
  t.is(placed.coreLba, 40);
  t.is(placed.core.length, 4 * 512);
  t.is(placed.core.readBigUInt64LE(0x1f4), 41n);
  t.is(placed.core.readUInt16LE(0x1fc), 3);
  t.is(placed.core.readUInt16LE(0x1fe), 0x0820);
  t.true(placed.core.subarray(512, core.length).equals(core.subarray(512)));
});

test('a gap that is one sector too small is refused with both numbers', (t) => {
  const error = t.throws(() => placeGrubCore({ boot, core }, { firstLba: 1, endLba: 4 }));
  t.like(error, { code: 'BOOT_CORE_NO_ROOM', facts: { neededSectors: 4, sectors: 3 } });
});
