/** Power cuts in the middle of a fill: every write is recorded, and every state that a cut may leave is looked at. */
import { readFileSync } from 'node:fs';
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
import { compiledProgram } from './compiled-program.ts';
import { copySparse } from './ground.ts';
import { publishLetters } from './hand-made-image.ts';
import { recordWrites, replayCuts } from './write-record.ts';

const PROGRAM = compiledProgram('fill-program.ts');
/** Three chunks a pack, so that there are several. */
const PACK_BYTES = 3 * 65_536 + 1000;
const PARTITION = BACKUP_PARTITION.number;

interface Story {
  readonly lab: BackupLab;
  /** The version that is current before; undefined when there is none that stays. */
  readonly old: string | undefined;
  /** The version whose fill is recorded. */
  readonly fresh: string;
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
  const [, old, fresh = ''] = ids;
  return { lab, old, fresh, option: '' };
};

/** One generation, and a second version for which there is only room without it. */
export const replacedVersion = async (t: ExecutionContext): Promise<Story> => {
  const lab = await makeBackupLab(t, { backupMib: 34 });
  await publishLetters(lab.store, 'letters', 'ABCDEFGH');
  await lab.fill('letters', { packLimitBytes: PACK_BYTES });
  await leaveLittleRoom(lab, 2 ** 19);
  const { id: fresh } = await publishLetters(lab.store, 'letters', 'ABCDIJKLMNOP');
  return { lab, old: undefined, fresh, option: '--replace-old' };
};

/** The first version on an empty partition. */
export const firstVersion = async (t: ExecutionContext): Promise<Story> => {
  const lab = await makeBackupLab(t, { backupMib: 34 });
  const { id: fresh } = await publishLetters(lab.store, 'letters', 'ABCDEFGH');
  return { lab, old: undefined, fresh, option: '' };
};

const isWhole = async (backup: Backup, id: string): Promise<boolean> => {
  const manifest = await backup.readManifest(id);
  const check = await backup.withPacks(id, (packs) =>
    checkGeneration(manifest, packs, { pace: new Pace({}) }),
  );
  return check.damaged.length === 0;
};

/** Every generation that counts as verified is whole, the current one is among them, and the old one never goes. */
const checkState = async (t: ExecutionContext, story: Story, file: string, state: number) => {
  using backup = await openBackupOf({ path: file, partition: PARTITION });
  const generations = await backup.generations();
  const current = generations.find(({ isCurrent }) => isCurrent);
  const checked = new Set<string>();
  for (const { id, verified, isCurrent, problem } of generations) {
    if (isCurrent) t.true(verified, `state ${state}`);
    if (!verified) continue;
    t.is(problem, null, `state ${state}`);
    t.true(await isWhole(backup, id), `state ${state}`);
    checked.add(id);
  }
  if (story.old === undefined) return;
  t.true(current?.id === story.old || current?.id === story.fresh, `state ${state}`);
  if (!checked.has(story.old)) t.true(await isWhole(backup, story.old), `state ${state}`);
};

/** After a state: what is there repairs the OS partition, the fill can be done again, and others find no fault. */
const finish = async (t: ExecutionContext, story: Story, file: string, state: number) => {
  const { lab, old, fresh } = story;
  const copy = lab.at('rerun.img');
  copySparse([file], copy);
  const partitions = [{ from: 0, to: 1 }] as const;
  if (old !== undefined) {
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
  copySparse([lab.disk], target);
  copySparse([lab.disk], replay);
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
