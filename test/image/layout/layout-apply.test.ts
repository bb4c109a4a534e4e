import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import test, { type ExecutionContext } from 'ava';
import type { BootFiles } from '../../../src/disk/boot-files.ts';
import { readBootState } from '../../../src/disk/boot-state.ts';
import { openForRead } from '../../../src/disk/device.ts';
import { FatVolume } from '../../../src/disk/fat.ts';
import { restoreFromBackup } from '../../../src/image/backup/restore-backup.ts';
import {
  type ApplyLayoutOptions,
  applyLayout,
  type LayoutReport,
} from '../../../src/image/layout/layout-apply.ts';
import {
  type LayoutOptions,
  type LayoutPlan,
  planLayout,
  windowOf,
} from '../../../src/image/layout/layout-plan.ts';
import {
  readWriteCache,
  setWriteCacheMode,
} from '../../../src/image/write-cache/read-write-cache.ts';
import {
  cutVolume,
  type DiskLab,
  MIB,
  makeLab,
  patch,
  peek,
  putVolume,
  windowsDisk,
} from '../../helpers/disk-lab.ts';
import { copySparse } from '../../helpers/ground.ts';
import { makeSnapshotStore } from '../../helpers/snapshot-store.ts';
import { makeBootFiles } from '../../helpers/stand-in-boot-files.ts';
import { emptyFile, makeExt4, makeNtfs, run } from '../../helpers/volumes.ts';

const UNSIGNED = { keys: [], allowsUnsigned: true };

// Made once: every test applies the same image and boot environment.
const ends: (() => unknown)[] = [];
let shared: DiskLab;
let boot: BootFiles;

test.before(async () => {
  shared = await makeLab({ teardown: (end) => void ends.push(end) });
  const source = emptyFile(shared.at('source.img'), 40);
  execFileSync('/usr/sbin/sfdisk', ['-q', source], { input: 'label: dos\n2048,30M,7\n' });
  putVolume(makeNtfs(shared.at('os'), 30), source, 1);
  await shared.capture(source);
  boot = await makeBootFiles(shared.at('boot'));
});

test.after.always(async () => {
  for (const end of ends) await end();
});

interface Made {
  readonly lab: DiskLab;
  readonly target: string;
  plan(more?: Partial<LayoutOptions>): Promise<LayoutPlan>;
  apply(
    more?: Partial<LayoutOptions>,
    options?: Partial<ApplyLayoutOptions>,
  ): Promise<LayoutReport>;
}

/** An image with one NTFS partition of 30 MiB, and a disk of 512 MiB with noise at its ends. */
const setUp = async (t: ExecutionContext): Promise<Made> => {
  const lab = await makeLab(t);
  copySparse([`${shared.at('store')}/.`], lab.at('store'));
  const target = emptyFile(lab.at('target.img'), 512);
  for (const at of [0, 17 * MIB, 300 * MIB, 511 * MIB]) patch(target, at, randomBytes(MIB));
  const plan: Made['plan'] = (more = {}) =>
    planLayout({
      store: lab.store,
      image: 'lab',
      path: target,
      layout: 'wes7',
      policy: 'auto',
      ...more,
    });
  let tables = 0;
  return {
    lab,
    target,
    plan,
    apply: async (more = {}, options = {}) => {
      const made = await plan(more);
      const savedTable = lab.at(`old-${tables++}.nacre-table`);
      return applyLayout(made, { savedTable, boot, trust: UNSIGNED, ...options });
    },
  };
};

const stateOf = async (plan: LayoutPlan) => {
  using disk = await openForRead(plan.target.path);
  using volume = await FatVolume.open(disk, windowOf(plan, 'boot-agent'));
  return (await readBootState(volume))?.block;
};

const volumeOf = (
  lab: DiskLab,
  { startBytes, sizeBytes }: { startBytes: number; sizeBytes: number },
) =>
  cutVolume(lab.at('target.img'), lab.at(`cut-${startBytes}`), startBytes / MIB, sizeBytes / MIB);

test('a disk gets boot agent, OS and backup, and other tools find nothing to say', async (t) => {
  const { lab, target, plan, apply } = await setUp(t);
  const report = await apply();
  t.deepEqual(
    report.partitions.map(({ role }) => role),
    ['boot-agent', 'os', 'backup'],
  );
  t.true(report.verifiedBytes > 11 * MIB && report.savedTable !== null);
  const made = await plan();
  t.notThrows(() => run('sfdisk', ['--verify', target]));
  t.notThrows(() => run('fsck.fat', ['-n', volumeOf(lab, windowOf(made, 'boot-agent'))]));
  t.notThrows(() => run('fsck.fat', ['-n', volumeOf(lab, windowOf(made, 'backup'))]));
  t.notThrows(() => run('ntfsfix', ['-n', volumeOf(lab, windowOf(made, 'os'))]));
  t.like(await stateOf(made), { mode: 'os', isDirty: false });
  // GRUB's first sector says where its core lies, and there it is.
  t.is(peek(target, 0x5c, 8).readBigUInt64LE(), 1n);
  t.is(peek(target, 512 + 1000, 1).toString(), 'c');
  // Hidden sectors of the moved volume.
  t.is(peek(target, windowOf(made, 'os').startBytes + 0x1c, 4).readUInt32LE(), 17 * 2048);
});

test('the disk repairs its OS from its own backup partition', async (t) => {
  const { lab, target, plan, apply } = await setUp(t);
  await apply();
  const os = windowOf(await plan(), 'os');
  const whole = peek(target, os.startBytes, 30 * MIB);
  patch(target, os.startBytes, randomBytes(2 * MIB));
  const report = await restoreFromBackup({ path: target, partitions: [{ from: 1, to: 2 }] });
  t.true(report.writtenBytes > 0);
  t.deepEqual(report.passedOver, []);
  t.true(peek(target, os.startBytes, 8192).equals(whole.subarray(0, 8192)));
  t.notThrows(() => run('ntfsfix', ['-n', volumeOf(lab, os)]));
});

test('a second run changes nothing and saves no table', async (t) => {
  const { apply } = await setUp(t);
  await apply();
  const report = await apply();
  t.is(report.savedTable, null);
});

test('when the table is gone the same layout finds boot agent and backup where they were', async (t) => {
  const { target, plan, apply } = await setUp(t);
  await apply();
  const { startBytes, sizeBytes } = windowOf(await plan(), 'backup');
  const backup = peek(target, startBytes, sizeBytes);
  patch(target, 0, Buffer.alloc(MIB));
  const report = await apply({}, { noOs: true });
  t.deepEqual(
    report.partitions.map(({ role }) => role),
    ['boot-agent', 'os', 'backup'],
  );
  t.is(report.writtenBytes, 0);
  t.true(peek(target, startBytes, sizeBytes).equals(backup));
  t.like(await stateOf(await plan()), { mode: 'merlin', isDirty: true });
});

test('what no longer belongs to the device goes when its layout is made again', async (t) => {
  const { lab, plan, apply } = await setUp(t);
  const password = 'set superusers=admin\n';
  await apply({}, { password });
  const made = await plan();
  const volume = () => volumeOf(lab, windowOf(made, 'boot-agent'));
  t.is(run('mtype', ['-i', volume(), '::/Grub/password.cfg']), password);
  await apply({}, {});
  t.throws(() => run('mtype', ['-i', volume(), '::/Grub/password.cfg']));
  t.notThrows(() => run('fsck.fat', ['-n', volume()]));
  t.like(await stateOf(made), { mode: 'os', isDirty: false });
});

test('what starts and repairs has to fit, or nothing is written', async (t) => {
  const { target, apply } = await setUp(t);
  const before = peek(target, 0, 4 * MIB);
  const files = boot.files.map((file) =>
    file.name === 'node.img' ? { ...file, sizeBytes: 400 * MIB } : file,
  );
  const large = apply({}, { boot: { ...boot, files } });
  const refused = await t.throwsAsync(large, { code: 'LAYOUT_MERLIN_NO_ROOM' });
  t.regex(refused?.message ?? '', /^the backup OS partition has \d+ bytes, /);
  t.true(peek(target, 0, 4 * MIB).equals(before));
});

test('without the OS the disk starts Merlin, which has an image to restore', async (t) => {
  const { plan, apply } = await setUp(t);
  await apply({}, { noOs: true });
  t.like(await stateOf(await plan()), { mode: 'merlin', isDirty: true });
});

test('uefi makes a GPT that sgdisk finds right, with room for an ESP', async (t) => {
  const { lab, target, plan, apply } = await setUp(t);
  await lab.capture(windowsDisk(lab), { name: 'windows' });
  await apply({ layout: 'uefi', image: 'windows', osPartition: 2 });
  t.regex(run('sgdisk', ['-v', target]), /No problems found/);
  const made = await plan({ layout: 'uefi', image: 'windows', osPartition: 2 });
  t.is(made.before.find(({ number }) => number === 1)?.fileSystem, 'fat32');
  const agent = volumeOf(lab, windowOf(made, 'boot-agent'));
  t.notThrows(() => run('fsck.fat', ['-n', agent]));
  t.regex(
    run('mtype', ['-i', agent, '::Grub/os.cfg']),
    /os_file='\/EFI\/Microsoft\/Boot\/bootmgfw\.efi'/,
  );
  t.true(peek(target, 0, 440).every((byte) => byte === 0));
});

test('a Windows without a loader for UEFI is refused before the first write', async (t) => {
  const { target, apply } = await setUp(t);
  const before = peek(target, 0, 4 * MIB);
  await t.throwsAsync(apply({ layout: 'uefi' }), { code: 'LAYOUT_NO_LOADER' });
  t.true(peek(target, 0, 4 * MIB).equals(before));
});

test('a Linux that nothing starts is told, and never declared whole', async (t) => {
  const { lab, plan, apply } = await setUp(t);
  const source = emptyFile(lab.at('linux.img'), 40);
  execFileSync('/usr/sbin/sfdisk', ['-q', source], { input: 'label: dos\n2048,30M,83\n' });
  putVolume(makeExt4(lab.at('root'), 30), source, 1);
  await lab.capture(source, { name: 'linux' });
  const failed = await t.throwsAsync(apply({ image: 'linux' }), { code: 'OS_START_NOT_FOUND' });
  t.regex(failed?.message ?? '', /partition 2 of .*\/boot\/grub\/grub\.cfg/);
  t.like(await stateOf(await plan({ image: 'linux' })), { mode: 'merlin', isDirty: true });
});

test('a WFS at sector 63 stays bit-identical, and the core of GRUB finds another place', async (t) => {
  const { target, plan, apply } = await setUp(t);
  execFileSync('/usr/sbin/sfdisk', ['-q', '--wipe', 'never', target], {
    input: 'label: dos\nstart=63, size=32000, type=7f\n',
  });
  patch(target, 63 * 512, randomBytes(32_000 * 512));
  const wfs = peek(target, 63 * 512, 32_000 * 512);
  await apply({ layout: 'wes2009' });
  t.true(peek(target, 63 * 512, 32_000 * 512).equals(wfs));
  const made = await plan({ layout: 'wes2009' });
  const core = windowOf(made, 'boot-agent').startBytes / 512 + 1;
  t.is(peek(target, 0x5c, 8).readBigUInt64LE(), BigInt(core));
  t.is(peek(target, core * 512 + 1000, 1).toString(), 'c');
  t.notThrows(() => run('sfdisk', ['--verify', target]));
});

test('a write cache begins in restore mode, keeps its mode when the disk is laid out again, and loses its changes', async (t) => {
  const { target, plan, apply } = await setUp(t);
  const asked = { writeCacheBytes: 32 * MIB };
  await apply(asked);
  const { startBytes, sizeBytes } = windowOf(await plan(asked), 'write-cache');
  const os = windowOf(await plan(asked), 'os');
  const fresh = await readWriteCache({ path: target });
  t.like(fresh, { mode: 'restore', usedBytes: 0, totalBytes: 31 * MIB, overflowed: false });
  t.like(fresh?.base, os);
  t.like(fresh?.store, { startBytes, sizeBytes });

  await setWriteCacheMode({ path: target }, 'non-restore');
  const store = makeSnapshotStore({ chunkBytes: 65_536, chunks: [[1, Buffer.alloc(8, 1)]] });
  patch(target, startBytes, store);
  t.like(await readWriteCache({ path: target }), { changedChunks: 1 });
  await apply(asked);
  const again = { mode: 'non-restore', usedBytes: 0, changedChunks: 0 } as const;
  t.like(await readWriteCache({ path: target }), again);

  // A repair writes the base as well.
  patch(target, startBytes, store);
  await restoreFromBackup({ path: target, partitions: [{ to: 2 }] });
  t.like(await readWriteCache({ path: target }), again);
});
