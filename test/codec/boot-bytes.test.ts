import test from 'ava';
import { type BootRegion, parseBootBytes, serializeBootBytes } from '../../src/codec/boot-bytes.ts';
import { isNacreError } from '../../src/errors.ts';

const AREA = { sectorSize: 512, endBytes: 2 ** 21 };
const CODE: BootRegion = { offset: 0, bytes: Buffer.alloc(440, 1) };
const CORE: BootRegion = { offset: 512, bytes: Buffer.alloc(1024, 2) };
const section = serializeBootBytes([CODE, CORE]);

test('regions come back from their bytes', (t) => {
  t.deepEqual(serializeBootBytes(parseBootBytes(section, AREA)), section);
  t.deepEqual(
    parseBootBytes(section, AREA).map((region) => [region.offset, region.bytes.length]),
    [
      [0, 440],
      [512, 1024],
    ],
  );
  t.deepEqual(parseBootBytes(new Uint8Array(), AREA), []);
});

test('a section that is cut off inside a region is refused', (t) => {
  for (let length = 1; length < section.length; length++) {
    if (length === 448) continue;
    t.true(isNacreError(t.throws(() => parseBootBytes(section.subarray(0, length), AREA))));
  }
});

const BAD: readonly (readonly [string, readonly BootRegion[], RegExp])[] = [
  ['falling offsets', [CORE, CODE], /offset is 0, needed at least 1536/],
  ['an overlap', [CORE, { offset: 1024, bytes: Buffer.alloc(512) }], /offset is 1024/],
  ['no bytes', [{ offset: 512, bytes: Buffer.alloc(0) }], /region/],
  ['half a sector', [{ offset: 512, bytes: Buffer.alloc(100) }], /whole sectors/],
  ['a start inside a sector', [{ offset: 700, bytes: Buffer.alloc(512) }], /whole sectors/],
  ['a table in sector 0', [{ offset: 0, bytes: Buffer.alloc(512) }], /length of sector 0 is 512/],
  ['bytes of a partition', [{ offset: 2 ** 21 - 512, bytes: Buffer.alloc(1024) }], /end is/],
  ['an end above 4 GiB', [{ offset: 2 ** 32 - 512, bytes: Buffer.alloc(1024) }], /end is/],
  ['more than 1 MiB', [{ offset: 512, bytes: Buffer.alloc(2 ** 20 + 512) }], /length of all/],
];

for (const [what, regions, message] of BAD) {
  test(`boot bytes with ${what} are refused`, (t) => {
    const error = t.throws(() => parseBootBytes(serializeBootBytes(regions), AREA));
    t.true(isNacreError(error, 'IMAGE_FORMAT'));
    t.regex(error?.message ?? '', message);
  });
}

test('a region of a 4Kn disk is made of sectors of 4096 bytes', (t) => {
  const regions = serializeBootBytes([CORE]);
  t.throws(() => parseBootBytes(regions, { ...AREA, sectorSize: 4096 }));
});
