import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import test, { type ExecutionContext } from 'ava';
import { serializeGrubBlock } from '../../src/codec/grub-block.ts';
import { BOOT_AGENT_FILES, BOOT_AGENT_LABEL } from '../../src/disk/boot-places.ts';
import { FIRST_BLOCK } from '../../src/disk/boot-state.ts';
import { openForWrite } from '../../src/disk/device.ts';
import { FatVolume, formatFat } from '../../src/disk/fat.ts';
import { documentOf, nacre } from '../helpers/nacre.ts';
import { nacreHere } from '../helpers/nacre-here.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { emptyFile } from '../helpers/volumes.ts';

const MIB = 2 ** 20;
const BLOCK = { ...FIRST_BLOCK, sequence: 4, osTries: 2 };

interface Options {
  readonly label?: string;
  readonly bytes?: Uint8Array;
}

/** A disk with a boot agent partition in second place. */
const makeDisk = async (
  t: ExecutionContext,
  { label = BOOT_AGENT_LABEL, bytes = serializeGrubBlock(BLOCK) }: Options = {},
): Promise<string> => {
  const folder = await temporaryFolder(t);
  const file = emptyFile(`${folder}/device.img`, 20);
  const input = 'label: dos\nstart=2048, size=2048, type=7\nstart=4096, size=32768, type=e\n';
  execFileSync('/usr/sbin/sfdisk', ['-q', file], { input });
  using disk = await openForWrite(file);
  const window = { startBytes: 2 * MIB, sizeBytes: 16 * MIB };
  await formatFat(disk, window, { type: 'fat16', label });
  using volume = await FatVolume.open(disk, window);
  await volume.makeFolder('Grub');
  await volume.write(BOOT_AGENT_FILES.conf, bytes);
  await volume.write(BOOT_AGENT_FILES.alt, bytes);
  await volume.finish();
  return file;
};

const state = (...words: readonly string[]) => nacreHere(['boot', 'state', ...words, '--json']);

test('what boots next is shown with the reason', async (t) => {
  const run = await nacre(['boot', 'state', await makeDisk(t), '--json']);
  t.is(run.exitCode, 0, run.stdout);
  t.deepEqual(documentOf(run), {
    ...{ mode: 'os', dirty: false, osTries: 2, merlinTries: 3, cmdid: '', status: '' },
    ...{ sequence: 4, slot: 'conf', boots: 'os', why: 'normal' },
  });
});

test('a set value is stored, read back and shown', async (t) => {
  const file = await makeDisk(t);
  const words = [
    '--set',
    'mode=merlin',
    '--set',
    'dirty=true',
    '--set',
    'osTries=',
    '--set',
    'cmdid=job-7',
  ];
  const run = await state(file, ...words, '--yes', 'device.img');
  t.is(run.exitCode, 0, run.stdout + run.stderr);
  const expected = { mode: 'merlin', dirty: true, osTries: null, cmdid: 'job-7', sequence: 5 };
  t.like(documentOf(run), { ...expected, boots: 'merlin', why: 'job' });
  t.like(documentOf(await state(file)), expected);
});

test('a plan changes nothing, and without an answer nothing is written', async (t) => {
  const file = await makeDisk(t);
  const before = await readFile(file);
  const plan = await state(file, '--set', 'status=ok', '--dry-run');
  t.is(plan.exitCode, 0);
  t.like(documentOf(plan), { plan: { writeBytes: 1024, lost: [] } });
  t.is((await state(file, '--set', 'status=ok')).exitCode, 3);
  t.true((await readFile(file)).equals(before));
});

for (const pair of [
  'mode=windows',
  'dirty=maybe',
  'osTries=4',
  'merlinTries=',
  'cmdid=a b',
  'colour=red',
  'mode',
])
  test(`--set ${pair} is wrong usage`, async (t) => {
    const run = await state(await makeDisk(t), '--set', pair, '--yes', 'device.img');
    t.is(run.exitCode, 2);
    t.like(documentOf(run), { error: { code: 'CLI_BAD_VALUE' } });
  });

test('unreadable blocks are said to be, and can be set', async (t) => {
  const file = await makeDisk(t, { bytes: Buffer.alloc(512) });
  const run = await state(file);
  t.is(run.exitCode, 1);
  t.like(documentOf(run), { error: { code: 'BOOT_STATE_UNREADABLE' } });
  const set = await state(file, '--set', 'mode=os', '--yes', 'device.img');
  t.like(documentOf(set), { mode: 'os', sequence: 1, merlinTries: 3 });
});

test('a disk without a boot agent partition is refused', async (t) => {
  const run = await state(await makeDisk(t, { label: 'OTHER' }));
  t.is(run.exitCode, 3);
  t.like(documentOf(run), { error: { code: 'BOOT_PARTITION_NOT_FOUND' } });
});
