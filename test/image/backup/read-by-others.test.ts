// mtools know FAT, and the reader in Python knows docs/image-format.md: neither has anything of our code.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { makeBackupLab, OS, osBytes } from '../../helpers/backup-lab.ts';
import { MIB } from '../../helpers/disk-lab.ts';
import { requires } from '../../helpers/requires.ts';
import { run } from '../../helpers/volumes.ts';

const READER = path.resolve(import.meta.dirname, '../../fixtures/read-image.py');

test('a stranger copies the files off the partition and reads both generations', async (t) => {
  if (!requires(t, 'sfdisk', 'mcopy', 'b3sum', 'python3')) return;
  const lab = await makeBackupLab(t);
  const versions = [];
  for (const seed of ['one', 'two']) {
    const id = await lab.newVersion(seed, MIB + 4096);
    versions.push({ id, bytes: osBytes(lab.disk) });
    await lab.fill('lab', { packLimitBytes: MIB });
  }
  const inside = `${lab.disk}@@${lab.window.startBytes}`;
  run('mcopy', ['-s', '-n', '-i', inside, '::/nacre', lab.folder]);
  for (const { id, bytes } of versions) {
    const out = lab.at(`${id}.out`);
    await promisify(execFile)('/usr/bin/python3', [READER, lab.at('nacre'), id, out]);
    const start = OS.startMib * MIB;
    t.true(
      readFileSync(out)
        .subarray(start, start + bytes.length)
        .equals(bytes),
    );
  }
});
