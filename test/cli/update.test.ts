/** `nacre update` as an administrator uses it: real managers, disks in files, changed by other people's tools (spec T). */

import { readFileSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { openForRead } from '../../src/disk/device.ts';
import { findPartition } from '../../src/disk/labelled-partition.ts';
import { runTool } from '../../src/disk/tool.ts';
import { verifyDisk } from '../../src/image/verify-disk.ts';
import { makeDevice } from '../helpers/device.ts';
import { attachLoop, mountOn } from '../helpers/loop-device.ts';
import { documentOf } from '../helpers/nacre.ts';
import { requires } from '../helpers/requires.ts';
import {
  catFromNtfs,
  changeNoise,
  copyIntoNtfs,
  OS,
  openUpdateLab,
  startWords,
  terminalDisk,
} from '../helpers/update-lab.ts';
import { makeLinux } from '../helpers/volumes.ts';

const MIB = 2 ** 20;

test('an image is changed on a terminal, and the difference becomes its newest version', async (t) => {
  const { lab, manager, update, updateBuilt, login } = await openUpdateLab(t);
  const disk = terminalDisk(lab, 'a.img');
  const base = await lab.capture(disk, { name: 'lab-pc' });
  const started = await updateBuilt(
    'a',
    ...startWords(disk, `lab-pc@${base.id.slice(0, 8)}`, 'PC-1'),
    ...login,
  );
  t.is(started.exitCode, 0, started.stderr);
  t.is(started.stdout, `update of lab-pc@${base.id.slice(0, 8)} started\n`);
  t.regex(started.stderr, /^connected to https:/m);
  t.regex(started.stderr, /no write cache/);

  const shown = documentOf(await update('a', 'show', '--disk', disk, '--json'));
  t.like(shown, { updating: true, restoreModeBefore: 'none', image: 'lab-pc', base: base.id });
  t.regex(String(shown['diskId']), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  t.regex(String(shown['dataWriteGuid']), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);

  const second = await update('b', ...startWords(disk, `lab-pc@${base.id}`, 'PC-2'), ...login);
  t.is(second.exitCode, 3);
  t.regex(second.stderr, /lab-pc is being updated at terminal PC-1 by admin since 20/);

  copyIntoNtfs(lab, disk, OS, ['報告.txt', Buffer.from('夏の更新'.repeat(1000))]);
  const finished = await updateBuilt(
    'a',
    'finish',
    '--disk',
    disk,
    '--comment',
    '夏の更新',
    ...login,
  );
  t.is(finished.exitCode, 0, finished.stderr);
  t.regex(finished.stderr, /session opened at https:.*\/update\/v1/);
  t.regex(finished.stderr, /^\d+% done\.\.\. \(\d+ MB \/ \d+ MB\)$/m);
  t.regex(finished.stderr, /^100% done\.\.\. /m);
  t.regex(finished.stdout, /^the update is complete: lab-pc@[0-9a-f]{8}, .*"夏の更新"$/m);

  const { manifest, id } = await lab.store.inspect('lab-pc');
  t.like(manifest, { parent: base.id, comment: '夏の更新', creator: 'admin, terminal PC-1' });
  t.deepEqual((await lab.store.check({ deep: true })).problems, []);
  t.like(await verifyDisk({ store: lab.store, image: 'lab-pc', path: disk }), { same: true });
  const { json } = await manager.admin('GET', '/api/v1/packages/lab-pc');
  t.like(json, { latest: id });
  t.true(JSON.stringify(json).includes('夏の更新'));
  const { json: updates } = await manager.admin('GET', '/api/v1/updates?image=lab-pc');
  t.like(updates, { items: [{ state: 'done', version: id, terminal: 'PC-1', user: 'admin' }] });

  const after = await update('a', 'show', '--disk', disk);
  t.is(after.exitCode, 0);
  t.is(after.stdout, 'not updating\n');
  const restored = lab.at('restored.img');
  await lab.noise('restored.img', 40 * MIB);
  await lab.restore(restored, { image: 'lab-pc' });
  t.is(catFromNtfs(lab, restored, OS, '報告.txt').toString(), '夏の更新'.repeat(1000));
});

test('a terminal on an older version is refused with both ids, and a wrong password before anything', async (t) => {
  const { lab, update, login } = await openUpdateLab(t);
  const disk = terminalDisk(lab, 'a.img');
  const first = await lab.capture(disk, { name: 'lab-pc' });
  changeNoise(disk, 'newer', 1);
  const newer = await lab.capture(disk, { name: 'lab-pc' });
  const run = await update('a', ...startWords(disk, `lab-pc@${first.id}`, 'PC-1'), ...login);
  t.is(run.exitCode, 3);
  const [latest, booted] = [newer.id.slice(0, 8), first.id.slice(0, 8)];
  t.regex(
    run.stderr,
    new RegExp(
      `cannot start the update: not booted from the latest version \\(latest=${latest}, booted=${booted}\\)`,
    ),
  );
  const wrong = await update(
    'a',
    ...startWords(disk, `lab-pc@${newer.id}`, 'PC-1'),
    ...login.map((word) => (word === 'admin' ? 'nobody' : word)),
  );
  t.is(wrong.exitCode, 1);
  t.regex(wrong.stderr, /name or password is wrong for nobody/);
  const none = await update('a', 'finish', '--disk', disk, ...login);
  t.is(none.exitCode, 3);
  t.like(documentOf(await update('a', 'finish', '--disk', disk, ...login, '--json')), {
    error: { code: 'UPDATE_NONE' },
  });
  const asked = await update('a', ...startWords(disk, `lab-pc@${newer.id}`, 'PC-1'), '--no-input');
  t.is(asked.exitCode, 2, 'the URL is remembered, the user is not');
  t.regex(asked.stderr, /--user/);
});

test('a cancelled update frees the image, and the URL is remembered until it is cleared', async (t) => {
  const { lab, update, login } = await openUpdateLab(t);
  const disk = terminalDisk(lab, 'a.img');
  const { id } = await lab.capture(disk, { name: 'lab-pc' });
  const start = startWords(disk, `lab-pc@${id}`, 'PC-1');
  t.is((await update('a', ...start, ...login)).exitCode, 0);
  t.like(documentOf(await update('a', ...start, ...login, '--json')), {
    error: { code: 'UPDATE_ALREADY' },
  });
  const known = login.slice(4);
  const cancelled = await update('a', 'cancel', '--disk', disk, ...known);
  t.is(cancelled.stdout, 'the update was stopped\n', cancelled.stderr);
  t.regex(cancelled.stderr, /what was changed is still on the disk/);
  t.is((await update('b', ...startWords(disk, `lab-pc@${id}`, 'PC-2'), ...login)).exitCode, 0);
  const shown = documentOf(await update('a', 'show', '--disk', disk, '--json'));
  t.true(String(shown['server']).startsWith('https://127.0.0.1'));
  t.is((await update('a', 'clearUrl', '--disk', disk)).exitCode, 0);
  t.is((await update('a', 'clear-url', '--disk', disk)).exitCode, 0);
  t.like(documentOf(await update('a', 'show', '--disk', disk, '--json')), { server: null });
  const japanese = await update('b', 'show', '--disk', disk, '--lang', 'ja');
  t.regex(japanese.stdout, /^更新中です/);
});

/** Where a device has its OS. */
const osOf = async (path: string, number: number) => {
  using disk = await openForRead(path);
  const { startBytes: atBytes, sizeBytes } = await findPartition(disk, number);
  return { atBytes, sizeBytes };
};

test('a device with a boot agent knows its version, keeps its record there, and sends its OS as the image has it', async (t) => {
  const { lab, path, plan } = await makeDevice(t);
  const { update, login } = await openUpdateLab(t, lab);
  const os = await osOf(path, 2);
  t.not(os.atBytes, MIB, 'it lies elsewhere than in the image');
  const started = await update('none', 'start', '--disk', path, '--terminal', 'PC-1', ...login);
  t.is(started.exitCode, 0, started.stderr);
  t.regex(started.stdout, /^update of lab@[0-9a-f]{8} started$/m);
  copyIntoNtfs(lab, path, os, ['new.txt', Buffer.from('new on the device'.repeat(5000))]);
  const finished = documentOf(
    await update('other', 'finish', '--disk', path, ...login.slice(4), '--json'),
  );
  t.like(finished, { name: 'lab', comment: 'updated at terminal PC-1', user: 'admin' });
  t.true(Number(finished['sentBytes']) < 400_000, `${finished['sentBytes']}`);
  const { manifest } = await lab.store.inspect('lab');
  const [base] = (await lab.store.list())[0]?.versions ?? [];
  const before = await lab.store.readManifest(base?.id ?? '');
  t.deepEqual(manifest.disk, before.disk, 'the disk of the image, and not that of the device');
  t.deepEqual(
    manifest.partitions.map(({ startBytes, positionalFields }) => ({
      startBytes,
      positionalFields,
    })),
    before.partitions.map(({ startBytes, positionalFields }) => ({ startBytes, positionalFields })),
  );
  const chosen = [{ from: plan.os.number, to: 2 }];
  const same = { store: lab.store, image: 'lab', path, partitions: chosen };
  t.like(await verifyDisk(same), { same: true }, 'the device has the new version');
  const restored = await lab.noise('restored.img', 40 * MIB);
  await lab.restore(restored);
  const place = { atBytes: MIB, sizeBytes: 30 * MIB };
  t.is(catFromNtfs(lab, restored, place, 'new.txt').toString(), 'new on the device'.repeat(5000));
  t.is(readFileSync(restored).readUInt32LE(MIB + 0x1c), 2048, 'hidden sectors of its place');
  t.is((await update('other', 'show', '--disk', path)).stdout, 'not updating\n');
});

test('finish is refused while the image is the running system, and sends what was changed there when it is not', async (t) => {
  if (!requires(t, 'root', 'losetup', 'partx')) return;
  const { lab, path, plan } = await makeDevice(t, { makeOs: makeLinux });
  const { update, login } = await openUpdateLab(t, lab);
  const disk = await attachLoop(t, path);
  // Where nobody listens for new disks, the kernel is told.
  await runTool('partx', ['--add', disk], { accept: [0, 1] });
  const root = lab.at('root');
  await mountOn(t, `${disk}p2`, root);
  const started = await update('a', 'start', '--disk', disk, '--terminal', 'PC-1', ...login);
  t.is(started.exitCode, 0, started.stderr);
  writeFileSync(`${root}/日本語.txt`, '動作中に変更');
  const refused = documentOf(await update('a', 'finish', '--disk', disk, ...login, '--json'));
  t.like(refused, { error: { code: 'UPDATE_RUNNING' } });
  t.true(JSON.stringify(refused).includes(root));
  await runTool('umount', [root]);
  const finished = await update('a', 'finish', '--disk', disk, ...login);
  t.is(finished.exitCode, 0, finished.stderr);
  const chosen = [{ from: plan.os.number, to: 2 }];
  const wanted = { store: lab.store, image: 'lab', path: disk, partitions: chosen };
  t.like(await verifyDisk(wanted), { same: true });
});

test('finish is refused for another disk, and for one that is not there', async (t) => {
  const { lab, update, login } = await openUpdateLab(t);
  const disk = terminalDisk(lab, 'a.img');
  const { id } = await lab.capture(disk, { name: 'lab-pc' });
  t.is((await update('a', ...startWords(disk, `lab-pc@${id}`, 'PC-1'), ...login)).exitCode, 0);
  const other = await lab.noise('other.img', 40 * MIB);
  for (const [path, code, exitCode] of [
    [other, 'UPDATE_DISK_OTHER', 3],
    [lab.at('none.img'), 'DISK_NOT_FOUND', 1],
  ] as const) {
    const run = await update('a', 'finish', '--disk', path, ...login, '--json');
    t.is(run.exitCode, exitCode, run.stdout);
    t.like(documentOf(run), { error: { code } });
  }
  t.is((await lab.store.list())[0]?.versions.length, 1);
});
