import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import test, { type ExecutionContext } from 'ava';
import { repairDisk } from '../../src/agent/repair.ts';
import type { GrubBlock } from '../../src/codec/grub-block.ts';
import { BOOT_AGENT_LABEL } from '../../src/disk/boot-places.ts';
import { readBootState, storeBootState } from '../../src/disk/boot-state.ts';
import { openForWrite } from '../../src/disk/device.ts';
import { FatVolume } from '../../src/disk/fat.ts';
import { findLabelledPartition } from '../../src/disk/labelled-partition.ts';
import { applyLayout } from '../../src/image/layout/layout-apply.ts';
import { type LayoutPlan, planLayout, windowOf } from '../../src/image/layout/layout-plan.ts';
import { makeKeyPair } from '../../src/image/store/signature.ts';
import { type DiskLab, MIB, makeLab, patch, peek, putVolume } from '../helpers/disk-lab.ts';
import { makeBootFiles } from '../helpers/stand-in-boot-files.ts';
import { emptyFile, makeNtfs } from '../helpers/volumes.ts';

interface Device {
  readonly lab: DiskLab;
  readonly path: string;
  readonly plan: LayoutPlan;
  /** Changes the decision block, and gives what it says then. */
  block(change?: Partial<GrubBlock>): Promise<GrubBlock | undefined>;
}

/** A disk with an NTFS OS, whose image is signed by `keys` or by nobody. */
const makeDevice = async (
  t: ExecutionContext,
  { noBackup = false, keys = [] }: { noBackup?: boolean; keys?: readonly string[] } = {},
): Promise<Device> => {
  const lab = await makeLab(t);
  const source = emptyFile(lab.at('source.img'), 40);
  execFileSync('/usr/sbin/sfdisk', ['-q', source], { input: 'label: dos\n2048,30M,7\n' });
  putVolume(makeNtfs(lab.at('os'), 30), source, 1);
  await lab.capture(source);
  const path = emptyFile(lab.at('device.img'), 512);
  const plan = await planLayout({
    store: lab.store,
    image: 'lab',
    path,
    layout: 'wes7',
    policy: 'auto',
  });
  const boot = await makeBootFiles(lab.at('boot'));
  const trust = { keys, allowsUnsigned: keys.length === 0 };
  await applyLayout(plan, { savedTable: lab.at('old.nacre-table'), boot, trust, noBackup });
  const block: Device['block'] = async (change) => {
    using disk = await openForWrite(path);
    const window = await findLabelledPartition(disk, BOOT_AGENT_LABEL);
    using volume = await FatVolume.open(disk, window);
    if (change !== undefined) await storeBootState(volume, change);
    return (await readBootState(volume))?.block;
  };
  return { lab, path, plan, block };
};

test('a destroyed OS is whole again, and the block says so', async (t) => {
  const { path, plan, block } = await makeDevice(t);
  const { startBytes } = windowOf(plan, 'os');
  // The boot file of NTFS: unused blocks keep the noise.
  const whole = peek(path, startBytes, 8192);
  patch(path, startBytes, randomBytes(4 * MIB));
  await block({ mode: 'merlin', merlinTries: 1 });
  const report = await repairDisk({ path });
  t.true(report.writtenBytes > 0);
  t.true(peek(path, startBytes, 8192).equals(whole));
  const end = {
    mode: 'os',
    isDirty: false,
    merlinTries: 3,
    osTries: undefined,
    status: 'repaired',
  };
  t.like(await block(), end);
});

test('a job ends with its status, and the OS has to report', async (t) => {
  const { path, block } = await makeDevice(t);
  await block({ mode: 'merlin', cmdid: 'job-7', osTries: 1 });
  await repairDisk({ path });
  t.like(await block(), { mode: 'os', cmdid: 'job-7', status: '0', osTries: 3 });
});

test('without a generation nothing is written, and a whole OS stays one', async (t) => {
  const { path, plan, block } = await makeDevice(t, { noBackup: true });
  const { startBytes } = windowOf(plan, 'os');
  const before = peek(path, startBytes, MIB);
  await block({ mode: 'merlin' });
  await t.throwsAsync(repairDisk({ path }), { code: 'BACKUP_NO_GENERATION' });
  t.true(peek(path, startBytes, MIB).equals(before));
  const end = { mode: 'merlin', isDirty: false, status: 'failed:BACKUP_NO_GENERATION' };
  t.like(await block(), end);
});

test('an image that no trusted key signed is not put on the disk', async (t) => {
  const { path, block } = await makeDevice(t, { keys: [makeKeyPair().publicPem] });
  await block({ mode: 'merlin' });
  await t.throwsAsync(repairDisk({ path }), { code: 'BACKUP_UNUSABLE' });
  t.like(await block(), { isDirty: false, status: 'failed:BACKUP_UNUSABLE' });
});

test('a repair that was cut off leaves a disk that is not whole, and ends right when it is run again', async (t) => {
  const { path, plan, block } = await makeDevice(t);
  patch(path, windowOf(plan, 'os').startBytes, randomBytes(8 * MIB));
  const cut = new AbortController();
  cut.abort();
  await t.throwsAsync(repairDisk({ path, signal: cut.signal }), { code: 'CANCELLED' });
  t.like(await block(), { mode: 'merlin', isDirty: true });
  await repairDisk({ path });
  t.like(await block(), { mode: 'os', isDirty: false });
});
