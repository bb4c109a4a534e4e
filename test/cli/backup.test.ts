/** `nacre backup` as its users run it. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type BackupLab, makeBackupLab, packsOn } from '../helpers/backup-lab.ts';
import { patch } from '../helpers/disk-lab.ts';
import { documentOf, type NacreRun, nacre } from '../helpers/nacre.ts';
import { nacreHere } from '../helpers/nacre-here.ts';
import { requires } from '../helpers/requires.ts';

const ready = (t: ExecutionContext): boolean => requires(t, 'sfdisk', 'fsck.fat');

const runner =
  (lab: BackupLab, by: typeof nacre | typeof nacreHere = nacreHere) =>
  (words: readonly string[]): Promise<NacreRun> =>
    by(['backup', ...words], { cwd: lab.folder, environment: { NACRE_STORE: lab.at('store') } });

test('an image is filled, shown and verified', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t);
  const run = runner(lab, nacre);
  const id = await lab.newVersion('one');
  const empty = await run(['show', 'disk.img', '--json']);
  t.is(empty.exitCode, 0, empty.stdout + empty.stderr);
  t.like(documentOf(empty), { generations: [] });
  const filled = await run(['fill', 'lab', 'disk.img', '--yes', 'disk.img', '--json']);
  t.is(filled.exitCode, 0, filled.stdout + filled.stderr);
  const generation = {
    id,
    complete: true,
    verified: true,
    current: true,
    name: 'lab',
    problem: null,
  };
  t.like(documentOf(filled), { id, partition: 2, generations: [generation] });
  const shown = documentOf(await run(['show', 'disk.img', '--json']));
  t.like(shown, { generations: [generation] });
  t.is(shown['freeBytes'], documentOf(filled)['freeBytes']);
  const text = await run(['show', 'disk.img', '--lang', 'ja']);
  t.regex(text.stdout, new RegExp(`${id.slice(0, 8)}.*検証済み`));
  const verified = await run(['verify', 'disk.img', '--json']);
  t.is(verified.exitCode, 0, verified.stdout + verified.stderr);
  t.like(documentOf(verified), { ok: true, damaged: [], generations: [generation] });
});

test('damage on the partition ends a verify with 1 and is named', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t);
  const run = runner(lab);
  const id = await lab.newVersion('one');
  await lab.fill('lab');
  const [pack] = await packsOn(lab);
  patch(lab.disk, (pack?.offset ?? 0) + 4000, Buffer.from('damage'));
  const verified = await run(['verify', 'disk.img', '--json']);
  t.is(verified.exitCode, 1);
  t.like(documentOf(verified), {
    ok: false,
    damaged: [{ generation: id, pack: pack?.id ?? '' }],
    generations: [{ id, complete: true, verified: false, problem: 'BACKUP_DAMAGED' }],
  });
  t.regex((await run(['verify', 'disk.img'])).stdout, /BACKUP_DAMAGED/);
});

test('--dry-run shows the plan, an answer is needed, and nothing is written', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t);
  const run = runner(lab);
  await lab.newVersion('one');
  const before = readFileSync(lab.disk);
  const plan = await run(['fill', 'lab', 'disk.img', '--dry-run', '--json']);
  t.is(plan.exitCode, 0, plan.stdout + plan.stderr);
  const document = documentOf(plan)['plan'] as Record<string, unknown>;
  t.deepEqual(document['lost'], []);
  t.true(Number(document['writeBytes']) > 0 && Array.isArray(document['before']));
  t.regex((await run(['fill', 'lab', 'disk.img', '--dry-run'])).stdout, /partition 2 needs/);
  const unanswered = await run(['fill', 'lab', 'disk.img', '--json']);
  t.is(unanswered.exitCode, 3);
  t.like(documentOf(unanswered), { error: { code: 'CLI_NOT_CONFIRMED' } });
  t.true(readFileSync(lab.disk).equals(before));
});

test('Ctrl-C stops a fill, says how to go on, and the rerun finishes', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t);
  await lab.newVersion('one');
  const fill = ['backup', 'fill', 'lab', 'disk.img', '--yes', 'disk.img', '--json'];
  const options = { cwd: lab.folder, environment: { NACRE_STORE: lab.at('store') } };
  let isStopping = false;
  // So slow that it cannot be over before.
  const stopped = await nacre([...fill, '--limit', '1000000', '--progress', 'json'], {
    ...options,
    onStderr: (text, kill) => {
      if (isStopping || !text.includes('"phase":"fill"')) return;
      isStopping = true;
      kill('SIGINT');
    },
  });
  t.is(stopped.exitCode, 130, stopped.stderr);
  t.like(documentOf(stopped), { error: { code: 'CANCELLED', facts: { phase: 'fill' } } });
  t.regex(stopped.stderr, /run the same command again/);
  t.notThrows(lab.fsck);
  t.is((await nacreHere(fill, options)).exitCode, 0);
});

const REFUSALS = [
  [1, 'IMAGE_NOT_FOUND', ['fill', 'other', 'disk.img']],
  [3, 'BACKUP_NOT_FAT32', ['show', 'disk.img', '--partition', '1']],
  [3, 'DISK_NO_PARTITION', ['show', 'disk.img', '--partition', '9']],
  [2, 'CLI_BAD_VALUE', ['fill', 'lab', 'disk.img', '--limit', '0']],
  [3, 'IMAGE_UNTRUSTED', ['fill', 'lab', 'disk.img', '--trust', 'release.pub']],
  [1, 'BACKUP_NOT_FOUND', ['show', 'noise.img']],
] as const;

test('each refusal has its code and its exit code, and changes nothing', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t);
  await lab.newVersion('one');
  await nacreHere(['key', 'make', path.join(lab.folder, 'release')]);
  await lab.noise('noise.img', 2 ** 20);
  const before = readFileSync(lab.disk);
  for (const [exitCode, code, words] of REFUSALS) {
    const run = await runner(lab)([...words, '--json']);
    t.is(run.exitCode, exitCode, run.stdout);
    t.like(documentOf(run), { error: { code } });
  }
  t.true(readFileSync(lab.disk).equals(before));
});

test('files that the device keeps are stored from a list, shown, and given up', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t);
  const run = runner(lab);
  writeFileSync(lab.at('hostname.txt'), 'till-7\n');
  const list = (entries: unknown): string => {
    writeFileSync(lab.at('keep.json'), JSON.stringify(entries));
    return 'keep.json';
  };
  const host = { path: '/etc/hostname', from: 'hostname.txt', mode: '0640', owner: 7 };
  const change = ['keep', 'disk.img', '--from', list([host])];
  t.is((await run(change)).exitCode, 3, 'without confirmation');
  const stored = await run([...change, '--yes', 'disk.img', '--json']);
  t.is(stored.exitCode, 0, stored.stdout + stored.stderr);
  const kept = { path: 'etc/hostname', sizeBytes: 7, mode: 0o640, owner: 7, group: 0 };
  t.like(documentOf(stored), { files: [kept] });
  const shown = await run(['keep', 'disk.img']);
  t.regex(shown.stdout, /etc\/hostname.*7 B.*0640.*7:0/);
  for (const bad of [
    [{ ...host, mode: '999' }],
    [{ ...host, from: '.' }],
    [{ path: 'a' }],
    'no list',
  ]) {
    const refused = await run(['keep', 'disk.img', '--from', list(bad), '--yes', 'disk.img']);
    t.is(refused.exitCode, 2, refused.stderr);
  }
  const missing = list([{ ...host, from: 'nowhere' }]);
  const absent = await run(['keep', 'disk.img', '--from', missing, '--yes', 'disk.img']);
  t.is(absent.exitCode, 1);
  t.regex(absent.stderr, /nowhere/);
  t.is((await run(['keep', 'disk.img', '--from', 'keep.json', '--none'])).exitCode, 2);
  const none = await run(['keep', 'disk.img', '--none', '--yes', 'disk.img', '--json']);
  t.deepEqual(documentOf(none), { files: [] });
});
