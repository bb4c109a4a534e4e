import { truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { bootGuest, GuestError } from '../helpers/qemu.ts';
import { requires } from '../helpers/requires.ts';
import { temporaryFolder } from '../helpers/volume.ts';

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
