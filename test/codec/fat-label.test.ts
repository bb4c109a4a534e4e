import test from 'ava';
import { parseFatLabel } from '../../src/codec/fat-label.ts';

/** A boot sector with its label fields at `fields`. */
const bootSector = (fields: 0x26 | 0x42): Buffer => {
  const sector = Buffer.alloc(512);
  sector.writeUInt16LE(512, 11);
  sector.writeUInt8(4, 13);
  sector.writeUInt16LE(1, 14);
  sector.writeUInt8(2, 16);
  sector.writeUInt16LE(fields === 0x26 ? 32 : 0, 22);
  sector.writeUInt8(0x29, fields);
  sector.write('NACRE-BA   ', fields + 5, 'latin1');
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
};

test('the label is read from every kind of FAT', (t) => {
  t.is(parseFatLabel(bootSector(0x26)), 'NACRE-BA');
  t.is(parseFatLabel(bootSector(0x42)), 'NACRE-BA');
});

test('a sector that is cut off is no boot sector', (t) => {
  for (let length = 0; length < 512; length++)
    t.is(parseFatLabel(bootSector(0x26).subarray(0, length)), undefined);
});

for (const [field, offset] of [
  ['bytes per sector', 12],
  ['sectors per cluster', 13],
  ['reserved sectors', 14],
  ['number of FATs', 16],
  ['mark of the label', 0x26],
  ['signature', 510],
] as const)
  test(`a sector with a wrong ${field} has no label`, (t) => {
    const sector = bootSector(0x26);
    sector.writeUInt8(0, offset);
    t.is(parseFatLabel(sector), undefined);
  });
