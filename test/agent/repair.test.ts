import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { repairDisk } from '../../src/agent/repair.ts';
import { openBackupOf } from '../../src/image/backup/backup.ts';
import { findBackup } from '../../src/image/backup/backup-place.ts';
import { applyFill } from '../../src/image/backup/fill.ts';
import { planFill } from '../../src/image/backup/fill-plan.ts';
import { changeKeptFiles, readKeptFiles } from '../../src/image/backup/kept-files.ts';
import { windowOf } from '../../src/image/layout/layout-plan.ts';
import { makeKeyPair } from '../../src/image/store/signature.ts';
import { type Device, makeDevice } from '../helpers/device.ts';
import { cutVolume, MIB, patch, peek, putVolume } from '../helpers/disk-lab.ts';
import { emptyFile, makeLinux, run } from '../helpers/volumes.ts';

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

test('an image for other machines is not put on this one', async (t) => {
  const { path, block } = await makeDevice(t, { machines: ['Wyse 5070'] });
  await block({ mode: 'merlin' });
  const machine = { maker: 'Dell Inc.', product: 'OptiPlex 3080' };
  const error = await t.throwsAsync(repairDisk({ path, machine }), { code: 'BACKUP_UNUSABLE' });
  t.regex(error?.message ?? '', /is for Wyse 5070, this machine is "Dell Inc\. OptiPlex 3080"/);
  t.like(await block(), { isDirty: false, status: 'failed:BACKUP_UNUSABLE' });
  await repairDisk({ path, machine: { maker: '', product: 'Wyse 5070' } });
  t.like(await block(), { mode: 'os', status: 'repaired' });
});

/** Makes the device keep a host name and 2 MiB of noise. */
const keepTwo = async ({ lab, path }: Device): Promise<Buffer> => {
  const noise = randomBytes(2 * MIB + 5);
  writeFileSync(lab.at('host'), 'till-7\n');
  writeFileSync(lab.at('agent'), noise);
  await changeKeptFiles(await findBackup({ path }), [
    { path: 'etc/hostname', from: lab.at('host'), mode: 0o640, owner: 7, group: 8 },
    { path: 'opt/nacre/エージェント', from: lab.at('agent'), mode: 0o755, owner: 0, group: 0 },
  ]);
  return noise;
};

const volumeOf = ({ lab, path, plan }: Device): string => {
  const { startBytes, sizeBytes } = windowOf(plan, 'os');
  return cutVolume(path, lab.at('os-after'), startBytes / MIB, sizeBytes / MIB);
};

test('what the device keeps is in the new OS, and other tools read it (NTFS)', async (t) => {
  const device = await makeDevice(t);
  const noise = await keepTwo(device);
  const report = await repairDisk({ path: device.path });
  t.deepEqual(report.keptFiles, ['etc/hostname', 'opt/nacre/エージェント']);
  t.is(report.keptFault, null);
  const volume = volumeOf(device);
  t.is(run('ntfscat', [volume, 'etc/hostname']), 'till-7\n');
  const agent = execFileSync('ntfscat', [volume, 'opt/nacre/エージェント'], {
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
    maxBuffer: 4 * MIB,
  });
  t.true(agent.equals(noise));
  t.notThrows(() => run('ntfsfix', ['-n', volume]));
  t.like(await device.block(), { mode: 'os', isDirty: false, status: 'repaired' });
});

test('what the device keeps has its owners and modes (ext4), also after a second repair', async (t) => {
  const device = await makeDevice(t, { makeOs: makeLinux });
  const noise = await keepTwo(device);
  await repairDisk({ path: device.path });
  await repairDisk({ path: device.path });
  const volume = volumeOf(device);
  t.is(run('debugfs', ['-R', 'cat etc/hostname', volume]), 'till-7\n');
  const stat = run('debugfs', ['-R', 'stat etc/hostname', volume]);
  t.regex(stat, /Mode: +0640/);
  t.regex(stat, /User: +7 +Group: +8/);
  run('debugfs', ['-R', `dump "opt/nacre/エージェント" ${device.lab.at('dumped')}`, volume]);
  t.true(readFileSync(device.lab.at('dumped')).equals(noise));
  t.notThrows(() => run('e2fsck', ['-fn', volume]));
});

test('a damaged kept file costs the device no start: the OS is whole, and the status says what it lacks', async (t) => {
  const device = await makeDevice(t);
  await keepTwo(device);
  const { path, block } = device;
  {
    using backup = await openBackupOf({ path });
    const [file] = await readKeptFiles(backup);
    const [range] = await backup.volume.ranges(`keep/${file?.sha256}`);
    patch(path, backup.source.startBytes + (range?.offset ?? 0), Buffer.from('x'));
  }
  await block({ mode: 'merlin', cmdid: 'job-8' });
  const report = await repairDisk({ path });
  t.is(report.keptFault?.code, 'KEPT_FILE_DAMAGED');
  const end = { mode: 'os', isDirty: false, cmdid: 'job-8', status: 'failed:KEPT_FILE_DAMAGED' };
  t.like(await block(), end);
});

test('an OS that files cannot be written into starts without them', async (t) => {
  const makeOs = (file: string, mib: number): string => {
    run('mkfs.fat', [emptyFile(file, mib)]);
    return file;
  };
  const device = await makeDevice(t, { makeOs });
  await keepTwo(device);
  const report = await repairDisk({ path: device.path });
  t.is(report.keptFault?.code, 'KEPT_FILES_UNSUPPORTED');
  t.like(await device.block(), { mode: 'os', status: 'failed:KEPT_FILES_UNSUPPORTED' });
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

/** A second version of a Linux device's image, current in its backup partition; `change` works on the OS volume. */
const fillSecond = async (
  { lab, path }: Device,
  change: (volume: string) => void,
): Promise<string> => {
  change(lab.at('os'));
  putVolume(lab.at('os'), lab.at('source.img'), 1);
  const { id } = await lab.capture(lab.at('source.img'));
  await applyFill(await planFill({ source: lab.store, image: 'lab', path }));
  return id;
};

test('a job whose image has lost its kernel ends with the older generation, and says why', async (t) => {
  const device = await makeDevice(t, { makeOs: makeLinux });
  const { path, block } = device;
  const bad = await fillSecond(device, (volume) =>
    run('debugfs', ['-w', '-R', 'rm /boot/vmlinuz-6.1.0-1-amd64', volume]),
  );
  await block({ mode: 'merlin', cmdid: 'job-7', osTries: 3 });
  const report = await repairDisk({ path });
  t.not(report.id, bad);
  t.like(report.passedOver, [{ id: bad, code: 'OS_START_NOT_FOUND' }]);
  const end = { mode: 'os', isDirty: false, cmdid: 'job-7', osTries: 3 };
  t.like(await block(), { ...end, status: 'failed:OS_START_NOT_FOUND' });
});

test('a job whose OS never reported ends with the older generation, also after a cut in between', async (t) => {
  const device = await makeDevice(t, { makeOs: makeLinux });
  const { path, block } = device;
  const bad = await fillSecond(device, (volume) =>
    run('debugfs', ['-w', '-R', 'rm /file-1.bin', volume]),
  );
  await block({ mode: 'merlin', cmdid: 'job-8', osTries: 3 });
  t.is((await repairDisk({ path })).id, bad);
  t.like(await block(), { mode: 'os', status: '0', osTries: 3 });
  await block({ osTries: 0 });
  const abort = new AbortController();
  await t.throwsAsync(repairDisk({ path, signal: abort.signal, onProgress: () => abort.abort() }), {
    code: 'CANCELLED',
  });
  t.like(await block(), { mode: 'merlin', isDirty: true, status: 'failed:OS_NEVER_REPORTED' });
  t.not((await repairDisk({ path })).id, bad);
  t.like(await block(), { mode: 'os', isDirty: false, status: 'failed:OS_NEVER_REPORTED' });
});

test('an OS that never reported and has no older generation is made once more, and counted no more', async (t) => {
  const { path, block } = await makeDevice(t);
  await block({ mode: 'os', cmdid: 'job-9', status: '0', osTries: 0 });
  await repairDisk({ path });
  const end = { mode: 'os', isDirty: false, osTries: undefined };
  t.like(await block(), { ...end, status: 'failed:OS_NEVER_REPORTED' });
});
