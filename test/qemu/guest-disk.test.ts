import { truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';

import { bootGuest, GUEST_NEEDS, GuestError, makeGuestDisk, missingFrom } from '../helpers/qemu.ts';
import { requires } from '../helpers/requires.ts';
import { temporaryFolder } from '../helpers/volume.ts';

test('the guest disk boots by its own boot code and reports every file', async (t) => {
  if (!requires(t, ...GUEST_NEEDS)) return;
  const disk = path.join(temporaryFolder(t), 'guest.img');
  const expected = makeGuestDisk(disk);
  t.true(expected.size >= 3);
  const report = await bootGuest({ disk, timeoutMs: 240_000 });
  t.deepEqual(missingFrom(report, expected), []);
  t.is(report.values.get('boots'), '1');
});

test('a disk that does not boot is a failure that shows the serial line', async (t) => {
  if (!requires(t, 'qemu-system-x86_64')) return;
  const disk = path.join(temporaryFolder(t), 'empty.img');
  await writeFile(disk, '');
  await truncate(disk, 1 << 20);
  const error = await t.throwsAsync(bootGuest({ disk, timeoutMs: 5000 }), {
    instanceOf: GuestError,
  });
  t.regex(error?.message ?? '', /did not power off in time/);
});
