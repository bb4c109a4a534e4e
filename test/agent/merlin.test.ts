import { execFileSync } from 'node:child_process';
import os from 'node:os';
import test from 'ava';
import { runMerlin, wantsRepair } from '../../src/agent/merlin.ts';
import { serializeGrubBlock } from '../../src/codec/grub-block.ts';
import { BOOT_AGENT_FILES } from '../../src/disk/boot-places.ts';
import { FIRST_BLOCK } from '../../src/disk/boot-state.ts';
import { openForWrite } from '../../src/disk/device.ts';
import { FatVolume, formatFat } from '../../src/disk/fat.ts';
import { makeDevice } from '../helpers/device.ts';
import { documentOf, nacre } from '../helpers/nacre.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { emptyFile } from '../helpers/volumes.ts';

const HANDOVER = {
  bootAgent: '',
  backup: '',
  nodePart: 'initrd',
  why: '',
  menu: '',
  wish: '',
  server: '',
  pin: '',
};

test('without a boot agent partition Merlin says so, and starts again', async (t) => {
  const { facts, exit } = await runMerlin({ handover: HANDOVER, end: 'restart' });
  t.is(exit, 0);
  t.like(facts, { block: undefined, blockProblem: 'no boot agent partition', nodePart: 'initrd' });
  t.true(facts.memoryBytes > facts.freeMemoryBytes);
});

test('the decision block of the boot agent partition is read, and its lack is a fact', async (t) => {
  const file = emptyFile(`${await temporaryFolder(t)}/agent.img`, 16);
  const window = { startBytes: 0, sizeBytes: 2 ** 24 };
  const facts = async () =>
    (await runMerlin({ handover: { ...HANDOVER, bootAgent: file }, end: 'restart' })).facts;
  t.regex((await facts()).blockProblem, /contradict/);
  {
    using disk = await openForWrite(file);
    await formatFat(disk, window, { type: 'fat16' });
    using volume = await FatVolume.open(disk, window);
    await volume.makeFolder('Grub');
    await volume.write(BOOT_AGENT_FILES.conf, serializeGrubBlock(FIRST_BLOCK));
  }
  t.deepEqual((await facts()).block, FIRST_BLOCK);
  {
    using disk = await openForWrite(file);
    using volume = await FatVolume.open(disk, window);
    await volume.overwrite(BOOT_AGENT_FILES.conf, 0, Buffer.alloc(512));
  }
  t.like(await facts(), { block: undefined, blockProblem: 'no valid block' });
});

test('the command reports what PID 1 handed over, and ends as it is told', async (t) => {
  const environment = { NACRE_WHY: 'job', NACRE_NODE_PART: 'copy 2', NACRE_END: 'power-off' };
  const run = await nacre(['merlin', '--json'], { environment });
  t.is(run.exitCode, 10);
  t.like(documentOf(run), { why: 'job', nodePart: 'copy 2', bootAgent: '' });
  const text = await nacre(['merlin']);
  t.is(text.exitCode, 0);
  t.regex(text.stderr, /boot agent partition: none found/);
});

test('a failure ends with its code, its reason and 11', async (t) => {
  const { path, block } = await makeDevice(t, { noBackup: true });
  await block({ mode: 'merlin' });
  // A partition without its disk, which only an image file can be.
  const agent = `${path}.agent`;
  execFileSync('dd', [`if=${path}`, `of=${agent}`, 'bs=1M', 'skip=1', 'count=16', 'status=none']);
  const environment = { NACRE_WHY: 'job', NACRE_BOOT_AGENT: agent };
  const run = await nacre(['merlin', '--json'], { environment });
  t.is(run.exitCode, 11);
  t.like(documentOf(run), { error: { code: 'BOOT_PARTITION_NOT_FOUND' } });
  t.regex(run.stderr, /FAILED \([A-Z_]+\): /);
});

test('hardware information is for whoever had the password at the menu', async (t) => {
  const menu = { NACRE_WHY: 'menu', NACRE_DO: 'info' };
  const locked = await nacre(['merlin', '--json'], {
    environment: { ...menu, NACRE_MENU: 'locked' },
  });
  t.like(documentOf(locked), { hardware: null });
  const environment = { ...menu, NACRE_MENU: 'admin' };
  const run = await nacre(['merlin', '--json'], { environment });
  t.is(run.exitCode, 0, run.stdout + run.stderr);
  const { hardware } = documentOf(run) as { hardware: Record<string, unknown> };
  t.is(hardware['cores'], os.cpus().length);
  t.is(hardware['memoryBytes'], os.totalmem());
  t.true(Array.isArray(hardware['disks']) && Array.isArray(hardware['network']));
  const text = await nacre(['merlin', '--lang', 'ja'], { environment, input: '\n' });
  t.regex(text.stderr, /プロセッサー: .* x \d+/);
});

test('a menu that nobody can check at says why it is shut, and does nothing', async (t) => {
  const environment = { NACRE_WHY: 'menu', NACRE_DO: 'repair', NACRE_MENU: 'locked' };
  const run = await nacre(['merlin', '--json'], { environment });
  t.is(run.exitCode, 0);
  t.like(documentOf(run), { menuShut: 'no-server', repair: null, hardware: null });
  t.regex(run.stderr, /menu is shut: no password was made for this disk/);
  const server = { NACRE_SERVER: 'https://192.0.2.1:30806', NACRE_WHY: 'network' };
  const unpinned = await nacre(['merlin', '--json', '--lang', 'ja'], {
    environment: { ...environment, ...server },
  });
  t.like(documentOf(unpinned), { menuShut: 'no-server' });
  t.regex(unpinned.stderr, /管理者メニューは利用できません/);
});

test('a repair of a machine without a boot agent partition is refused', async (t) => {
  const environment = { NACRE_WHY: 'network', NACRE_DO: 'repair', NACRE_MENU: 'admin' };
  const run = await nacre(['merlin', '--json'], { environment });
  t.is(run.exitCode, 11);
  t.like(documentOf(run), { error: { code: 'MERLIN_NOTHING_TO_REPAIR' } });
});

test('no command line opens a shell', async (t) => {
  const facts = { ...HANDOVER, why: 'menu', menu: 'admin', wish: 'shell' };
  t.like(await runMerlin({ handover: facts, end: 'restart' }), { wantsShell: false });
});

const FACTS = { ...HANDOVER, bootAgent: '/dev/sda1', device: '', kernel: '' };
const MEMORY = { memoryBytes: 1, freeMemoryBytes: 1, blockProblem: '' };

for (const [title, change, block, isWanted] of [
  ['a job', { why: 'job' }, { mode: 'merlin' }, true],
  ['an OS that is not whole', { why: 'dirty' }, { isDirty: true }, true],
  ['an OS that never reported', { why: 'os-failed' }, { osTries: 0 }, true],
  ['an OS that is gone', { why: 'os-missing' }, {}, true],
  ['a whole OS', { why: 'normal' }, {}, false],
  ['the menu', { why: 'menu', menu: 'admin' }, { mode: 'merlin' }, false],
  ['the menu with a wish', { why: 'menu', menu: 'admin', wish: 'repair' }, {}, true],
  ['the menu of nobody', { why: 'menu', menu: 'locked', wish: 'repair' }, {}, false],
  [
    'the locked menu of a loader from the network',
    { why: 'network', menu: 'locked' },
    { mode: 'merlin' },
    false,
  ],
  [
    'its entry for the repair, with the password',
    { why: 'network', menu: 'admin', wish: 'repair' },
    {},
    true,
  ],
  [
    'its entry for information',
    { why: 'network', menu: 'admin', wish: 'info' },
    { mode: 'merlin' },
    false,
  ],
  [
    'its entry for a start like any other',
    { why: 'network', menu: 'admin', wish: 'merlin' },
    { mode: 'merlin' },
    true,
  ],
  ['a medium', { why: 'medium', bootAgent: '' }, { mode: 'merlin' }, false],
] as const) {
  test(`${title} ${isWanted ? 'is a reason to repair' : 'is no reason to repair'}`, (t) => {
    const facts = { ...FACTS, ...MEMORY, ...change, block: { ...FIRST_BLOCK, ...block } };
    t.is(wantsRepair(facts), isWanted);
  });
}
