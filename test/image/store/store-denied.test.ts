// In a file of its own: it changes the user of the whole process.
import { chmod, mkdir } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { NacreError } from '../../../src/errors.ts';
import { openStore } from '../../../src/image/store/store.ts';
import { publishLetters } from '../../helpers/hand-made-image.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const NOBODY = 65_534;

test('a store of somebody else is read and refused for a capture before it begins', async (t) => {
  const parent = await temporaryFolder(t);
  const folder = path.join(parent, 'store');
  await mkdir(folder);
  const store = await openStore(folder, { create: true });
  const version = await publishLetters(store, 'one', 'AB');
  await chmod(parent, 0o755);
  if (process.getuid?.() === 0) process.seteuid?.(NOBODY);
  else await chmod(path.join(folder, 'locks', 'image-one.lock'), 0o400);
  try {
    t.is((await store.packsOf((await store.resolve('one')).id)).length, 1);
    t.is((await store.readManifest(version.id)).name, 'one');
    const error = await t.throwsAsync(store.beginCapture({ name: 'one', algorithm: 1 }), {
      instanceOf: NacreError,
    });
    t.is(error?.code, 'STORE_READ_ONLY');
    t.is(error?.exitCode, 3);
  } finally {
    if (process.getuid?.() === 0) process.seteuid?.(0);
  }
});
