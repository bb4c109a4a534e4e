/** Versions, labels, bin, space and differences of a manager's store, as commands ask for them. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openStore } from '../../src/image/store/store.ts';
import { publishLetters } from '../helpers/hand-made-image.ts';
import { openManagerLab, tokenOf } from '../helpers/manager-lab.ts';
import { documentOf, type NacreRun } from '../helpers/nacre.ts';
import { nacreHere } from '../helpers/nacre-here.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

/** A manager with two versions of an image; the program on it, and on its store. */
const openPlace = async (t: ExecutionContext) => {
  const folder = await temporaryFolder(t);
  const location = path.join(folder, 'store');
  const images = await openStore(location, { create: true });
  const { id: one } = await publishLetters(images, 'lab-pc', 'ABCD', { comment: '最初の版' });
  const { id: two } = await publishLetters(images, 'lab-pc', 'ABCX');
  const { ask, service } = await openManagerLab(t, { dataFolder: folder });
  const file = path.join(folder, 'token');
  writeFileSync(file, await tokenOf(ask, 'admin', service.firstPassword ?? ''), { mode: 0o600 });
  const environment = {
    NACRE_SERVER: `https://127.0.0.1:${service.port}`,
    NACRE_SERVER_PIN: service.pin,
    NACRE_TOKEN_FILE: file,
    NACRE_STORE: location,
    XDG_CONFIG_HOME: folder,
  };
  const run = (...words: readonly string[]): Promise<NacreRun> => nacreHere(words, { environment });
  const json = async (...words: readonly string[]) => documentOf(await run(...words, '--json'));
  return { one, two, run, json };
};

// The same words for a store that lies here, and for that of a manager.
for (const [family, tree, store] of [
  ['package', 'versions', 'package'],
  ['image', 'tree', 'store'],
] as const) {
  test(`nacre ${family} shows the tree, moves labels and rolls them back, branches, compares, and knows its space`, async (t) => {
    const { one, two, run, json } = await openPlace(t);
    const shown = await run(family, tree, 'lab-pc');
    t.is(shown.exitCode, 0, shown.stderr);
    t.regex(shown.stdout, new RegExp(`${one.slice(0, 8)} +- .*最初の版`));
    t.regex(
      shown.stdout,
      new RegExp(`${two.slice(0, 8)} +${one.slice(0, 8)} lab-pc .*64.0 KiB +latest`),
    );
    for (const id of [one, two]) await json(family, 'label', `lab-pc@${id}`, 'stable');
    t.like(await json(family, 'rollback', 'lab-pc:stable'), { id: one, labels: ['stable'] });
    t.like(await json(family, 'rollback', 'lab-pc:stable'), {
      error: { code: 'IMAGE_NO_EARLIER' },
    });
    t.like(await json(family, 'labels', 'lab-pc'), {
      labels: [{ label: 'latest' }, { label: 'stable', id: one, history: { length: 3 } }],
    });
    t.regex((await run(family, 'labels', 'lab-pc', '--lang', 'ja')).stdout, /ラベル.*履歴/);
    t.like(await json(family, 'branch', 'lab-pc', 'kiosk', '--comment', '分岐'), { parent: two });
    t.like(await json(family, 'branch', 'lab-pc', 'kiosk'), { error: { code: 'IMAGE_EXISTS' } });
    t.like(await json(family, 'diff', `lab-pc@${one}`, 'kiosk', '--files'), {
      chunks: 1,
      files: { partitions: [{ isCompared: false }] },
    });
    t.like(await json(store, 'space'), { neededBytes: 5 * 65_536, unneededBytes: 0 });
    t.regex((await run(store, 'space')).stdout, /^packs .* needed[\s\S]*lab-pc .*KiB/);
  });
}

test('nacre package drops a version into the bin of the manager, takes it back, and empties it', async (t) => {
  const { one, run, json } = await openPlace(t);
  t.is((await run('package', 'drop', `lab-pc@${one}`)).exitCode, 0);
  t.is((await run('package', 'drop', 'lab-pc')).exitCode, 2);
  t.regex((await run('package', 'bin', 'list')).stdout, /lab-pc .*最初の版/);
  t.like(await json('package', 'bin', 'restore', `lab-pc@${one}`), { id: one });
  await run('package', 'drop', `lab-pc@${one}`);
  t.like(await json('package', 'bin', 'empty'), { droppedVersions: 1 });
  t.like(await json('package', 'gc', '--dry-run'), { dryRun: true, deletedVersions: 1 });
  t.regex((await run('package', 'gc')).stdout, /^freed .*1 versions/);
});
