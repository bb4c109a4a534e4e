/** Power cuts in the middle of a fill: every write is recorded, and every state that a cut may leave is looked at. */
import { copyFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { openForWrite } from '../../src/disk/device.ts';
import { checkFat, FatVolume } from '../../src/disk/fat.ts';
import { type Backup, openBackupOf } from '../../src/image/backup/backup.ts';
import { applyFill } from '../../src/image/backup/fill.ts';
import { planFill } from '../../src/image/backup/fill-plan.ts';
import { checkGeneration } from '../../src/image/backup/generation-check.ts';
import { Pace } from '../../src/image/backup/pace.ts';
import { restoreFromBackup } from '../../src/image/backup/restore-backup.ts';
import { BACKUP_PARTITION, type BackupLab, fsckOf, makeBackupLab } from './backup-lab.ts';
import { publishLetters } from './hand-made-image.ts';
import { recordWrites, replayCuts } from './write-record.ts';

const PROGRAM = path.resolve(import.meta.dirname, 'fill-program.ts');
/** Three chunks a pack, so that there are several. */
const PACK_BYTES = 3 * 65_536 + 1000;
const PARTITION = BACKUP_PARTITION.number;

interface Story {
  readonly lab: BackupLab;
  /** Versions in the order in which they were filled; the last one only in the record. */
  readonly ids: readonly string[];
  readonly option: string;
}

/** Room for one image only: a file of somebody else takes the rest. */
const leaveLittleRoom = async (lab: BackupLab, leftBytes: number): Promise<void> => {
  using disk = await openForWrite(lab.disk);
  using volume = await FatVolume.open(disk, lab.window, () => new Date(0));
  const { freeBytes } = await volume.space();
  await volume.write('others', Buffer.alloc(freeBytes - leftBytes));
  await volume.finish();
};

/** Two generations on the partition, and a third version in the store that shares some chunks with them. */
export const threeVersions = async (t: ExecutionContext): Promise<Story> => {
  const lab = await makeBackupLab(t, { backupMib: 34 });
  const ids: string[] = [];
  for (const letters of ['ABCDEFGH', 'ABCDIJKL', 'ABIJMNOPQR']) {
    ids.push((await publishLetters(lab.store, 'letters', letters)).id);
    if (ids.length < 3) await lab.fill('letters', { packLimitBytes: PACK_BYTES });
  }
  return { lab, ids, option: '' };
};

/** One generation, and a second version for which there is only room without it. */
export const replacedVersion = async (t: ExecutionContext): Promise<Story> => {
  const lab = await makeBackupLab(t, { backupMib: 34 });
  const first = await publishLetters(lab.store, 'letters', 'ABCDEFGH');
  await lab.fill('letters', { packLimitBytes: PACK_BYTES });
  await leaveLittleRoom(lab, 2 ** 19);
  const second = await publishLetters(lab.store, 'letters', 'ABCDIJKLMNOP');
  return { lab, ids: [first.id, second.id], option: '--replace-old' };
};

const isWhole = async (backup: Backup, id: string): Promise<boolean> => {
  const manifest = await backup.readManifest(id);
  const check = await backup.withPacks(id, (packs) =>
    checkGeneration(manifest, packs, { pace: new Pace({}) }),
  );
  return check.damaged.length === 0;
};

/** Current is the old or the new version, whole; there may be none where the plan gave the old one up. */
const checkState = async (t: ExecutionContext, story: Story, file: string, state: number) => {
  const { ids, option } = story;
  const [old, fresh] = ids.slice(-2);
  using backup = await openBackupOf({ path: file, partition: PARTITION });
  const generations = await backup.generations();
  const current = generations.find(({ isCurrent }) => isCurrent);
  if (current === undefined) {
    t.is(option, '--replace-old', `state ${state} has a current generation`);
    return;
  }
  t.true(current.id === old || current.id === fresh, `state ${state}`);
  for (const { id, isCurrent, verified, problem } of generations) {
    if (!isCurrent && !verified) continue;
    t.is(problem, null, `state ${state}: generation ${ids.indexOf(id)}`);
    t.true(await isWhole(backup, id), `state ${state}: generation ${ids.indexOf(id)}`);
  }
  // The one before stays whole, also when the new one has taken its place.
  if (option === '') t.true(await isWhole(backup, old ?? ''), `state ${state}`);
};

/** After a state: what is there repairs the OS partition, the fill can be done again, and others find no fault. */
const finish = async (
  t: ExecutionContext,
  { lab, ids, option }: Story,
  file: string,
  state: number,
) => {
  const [old, fresh = ''] = ids.slice(-2);
  const copy = lab.at('rerun.img');
  copyFileSync(file, copy);
  const partitions = [{ from: 0, to: 1 }] as const;
  // Where the old generation was given up there may be nothing to restore yet.
  if (option === '') {
    const found = await restoreFromBackup({ path: copy, partitions, backupPartition: PARTITION });
    t.true(found.id === old || found.id === fresh, `state ${state}`);
  }
  const source = lab.store;
  const plan = await planFill({ source, image: 'letters', path: copy, replaceOld: true });
  const report = await applyFill(plan, { packLimitBytes: PACK_BYTES });
  t.is(report.generations.find(({ isCurrent }) => isCurrent)?.id, fresh, `state ${state}`);
  t.notThrows(() => fsckOf(lab, copy), `state ${state}`);
  using disk = await openForWrite(copy);
  t.deepEqual((await checkFat(disk, lab.window)).problems, [], `state ${state}`);
};

/**
 * Records the last fill of a story and looks at each state; every `rerunEvery`-th is also finished.
 * @returns how many states there were
 */
export const checkCuts = async (
  t: ExecutionContext,
  story: Story,
  rerunEvery: number,
): Promise<number> => {
  const { lab, option } = story;
  const target = lab.at('target.img');
  const replay = lab.at('replay.img');
  copyFileSync(lab.disk, target);
  copyFileSync(lab.disk, replay);
  const store = lab.at('store');
  const words = [PROGRAM, store, 'letters', target, String(PACK_BYTES), option];
  const epochs = await recordWrites(lab.folder, target, words);
  const states = await replayCuts(replay, epochs, async (state) => {
    await checkState(t, story, replay, state);
    if (state % rerunEvery === 0) await finish(t, story, replay, state);
  });
  t.true(readFileSync(replay).equals(readFileSync(target)), 'nothing was written unrecorded');
  return states;
};
