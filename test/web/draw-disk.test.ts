import test from 'ava';
import { type Block, drawDisk } from '../../src/web/devices/draw-disk.ts';

const MIB = 2 ** 20;
const partition = (startBytes: number, sizeBytes: number, more = {}) => ({
  ...{ number: 1, role: 'linux', name: '', startBytes, sizeBytes, fileSystem: 'ext4' },
  ...more,
});
const widthOf = (blocks: readonly Block[]): number =>
  blocks.reduce((sum, { width }) => sum + width, 0);

test('partitions and what is free between them are drawn in the order of the disk, to scale', (t) => {
  const disk = {
    sizeBytes: 1000 * MIB,
    partitions: [
      partition(600 * MIB, 300 * MIB, {
        role: 'basic-data',
        name: 'NACRE-BK',
        fileSystem: 'fat32',
      }),
      partition(0, 400 * MIB),
    ],
  };
  t.deepEqual(
    drawDisk(disk, 1000).map(({ tone, left, width }) => [tone, left, width]),
    [
      ['os', 0, 400],
      ['free', 400, 200],
      ['backup', 600, 300],
      ['free', 900, 100],
    ],
  );
});

test('a small partition of a large disk stays visible, and the whole keeps its width', (t) => {
  const disk = {
    sizeBytes: 2 ** 40,
    partitions: [
      partition(MIB, 64 * MIB, { role: 'efi-system', name: 'NACRE-BA' }),
      partition(65 * MIB, 16 * MIB, { role: 'msr' }),
      partition(81 * MIB, 2 ** 40 - 82 * MIB),
    ],
  };
  const blocks = drawDisk(disk, 1000);
  t.deepEqual(
    blocks.map(({ tone }) => tone),
    ['boot', 'kept', 'os'],
  );
  t.true(blocks.every(({ width }) => width >= 4));
  t.is(Math.round(widthOf(blocks)), 1000);
});

test('a gap of alignment is not drawn', (t) => {
  const disk = { sizeBytes: 100 * MIB, partitions: [partition(MIB, 98 * MIB)] };
  t.is(drawDisk(disk, 100).length, 1);
});

test('an empty disk is free, and one without any size is nothing', (t) => {
  t.like(drawDisk({ sizeBytes: 100 * MIB, partitions: [] }, 100), [{ tone: 'free', width: 100 }]);
  t.deepEqual(drawDisk({ sizeBytes: 0, partitions: [] }, 100), []);
});

test('a table that lies is drawn within the width', (t) => {
  const partitions = [
    partition(0, 90 * MIB),
    partition(50 * MIB, 500 * MIB),
    partition(2 ** 50, 0),
    partition(10 * MIB, 0, { role: '<b>' }),
  ];
  const blocks = drawDisk({ sizeBytes: 100 * MIB, partitions }, 100);
  t.true(widthOf(blocks) <= 100.001);
  t.true(
    blocks.every(({ left, width }) => left >= 0 && width >= 0 && Number.isFinite(left + width)),
  );
});

test('many partitions share what room there is', (t) => {
  const partitions = Array.from({ length: 128 }, (_, index) => partition(index * MIB, MIB));
  const blocks = drawDisk({ sizeBytes: 128 * MIB, partitions }, 100);
  t.is(Math.round(widthOf(blocks)), 100);
});
