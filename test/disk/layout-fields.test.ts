import test from 'ava';
import { type LayoutNeeds, sizeLayout } from '../../src/disk/layout-fields.ts';

const needs = (change: Partial<LayoutNeeds>): LayoutNeeds => ({
  layout: 'wes2009',
  policy: 'vendor',
  flashMb: 4096,
  imageMb: 1500,
  imageOsMb: 500,
  merlinMb: 70,
  otherMb: 2,
  ...change,
});

// The golden rows of spec A-10: flash, image, OS, backup, unused.
for (const [flashMb, imageMb, osMb, backupMb, unusedMb] of [
  [1024, 300, 608, 400, 0],
  [2048, 600, 1332, 700, 0],
  [4096, 1500, 2480, 1600, 0],
  [8192, 1500, 2480, 1600, 4096],
  [16384, 1500, 2480, 1600, 12288],
] as const) {
  test(`the vendor's rule makes ${osMb} MB for the OS of ${flashMb} MB with an image of ${imageMb} MB`, (t) => {
    const { fields, warnings } = sizeLayout(needs({ flashMb, imageMb }));
    t.deepEqual(fields, { totalFlashMb: flashMb, nonPxeMb: 16, osMb, backupMb, unusedMb });
    t.is(warnings.includes('unused-space'), unusedMb > 0);
  });
}

for (const [flashMb, imageMb] of [
  [1024, 1000],
  [4096, 4000],
] as const) {
  test(`the vendor's rule refuses ${flashMb} MB with an image of ${imageMb} MB`, (t) => {
    t.throws(() => sizeLayout(needs({ flashMb, imageMb })), { code: 'LAYOUT_NO_ROOM' });
  });
}

test('the backup partition may be raised up to a flash of 4096 MB, as far as the OS fits', (t) => {
  t.is(sizeLayout(needs({ backupMb: 2000 })).fields.osMb, 2080);
  const row = { partition: 'active OS', neededMb: 500, availableMb: 80 };
  t.like(
    t.throws(() => sizeLayout(needs({ backupMb: 4000 }))),
    { facts: row },
  );
  t.throws(() => sizeLayout(needs({ backupMb: 1599 })), { code: 'LAYOUT_NO_ROOM' });
  t.throws(() => sizeLayout(needs({ flashMb: 8192, backupMb: 2000 })), {
    code: 'LAYOUT_BACKUP_FIXED',
  });
});

test('auto uses the whole disk and makes room for two generations where they fit', (t) => {
  const { fields, warnings } = sizeLayout(needs({ policy: 'auto', flashMb: 16384 }));
  t.deepEqual(fields, {
    totalFlashMb: 16384,
    nonPxeMb: 16,
    backupMb: 2 * 1500 + 100 + 70,
    osMb: 16384 - 2 - 16 - 3170,
    unusedMb: 0,
  });
  t.deepEqual(warnings, []);
});

test('auto makes room for one generation and says so where two do not leave room for the OS', (t) => {
  const { fields, warnings } = sizeLayout(needs({ policy: 'auto', imageOsMb: 2000 }));
  t.is(fields.backupMb, 1670);
  t.is(fields.osMb, 4096 - 2 - 16 - 1670);
  t.deepEqual(warnings, ['one-generation']);
});

test('auto refuses a disk without room for the OS partition of the image', (t) => {
  const error = t.throws(() => sizeLayout(needs({ policy: 'auto', imageOsMb: 2409 })));
  t.like(error, { code: 'LAYOUT_NO_ROOM', facts: { neededMb: 2409, availableMb: 2408 } });
});

test('a UEFI layout has 64 MB for the boot agent, as the vendor prints it 16', (t) => {
  t.is(sizeLayout(needs({ layout: 'uefi', policy: 'auto' })).fields.nonPxeMb, 64);
  t.is(sizeLayout(needs({ layout: 'uefi' })).fields.nonPxeMb, 16);
});

test('a flash smaller than twice the OS partition, or than 8 GB for WES 7, is warned about', (t) => {
  t.deepEqual(sizeLayout(needs({ flashMb: 4096 })).warnings, ['flash-small']);
  t.deepEqual(sizeLayout(needs({ layout: 'wes7', flashMb: 7000 })).warnings, [
    'unused-space',
    'flash-small',
  ]);
  t.deepEqual(sizeLayout(needs({ layout: 'wes7', flashMb: 8192 })).warnings, ['unused-space']);
});
