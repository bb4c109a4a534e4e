/** `nacre job`, `subnet` and what a device said, as they ask a manager. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openStore } from '../../src/image/store/store.ts';
import { publishLetters } from '../helpers/hand-made-image.ts';
import { openManagerLab, tokenOf } from '../helpers/manager-lab.ts';
import { documentOf, type NacreRun } from '../helpers/nacre.ts';
import { nacreHere } from '../helpers/nacre-here.ts';
import { SpeakingAgent } from '../helpers/speaking-agent.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { serveFolder } from '../helpers/web-server.ts';

/** A manager with a package and two devices, of which one has no backup partition; and the program on it. */
const openJobs = async (t: ExecutionContext) => {
  const folder = await temporaryFolder(t);
  const images = await openStore(path.join(folder, 'store'), { create: true });
  await publishLetters(images, 'lab-pc', 'abcd');
  const { ask, admin, service } = await openManagerLab(t, { dataFolder: folder });
  await admin('PATCH', '/api/v1/packages/lab-pc', { body: { isAutogenic: true } });
  const device = async (name: string, change = {}) => {
    const agent = new SpeakingAgent(service.pin.replace('sha256:', ''), name);
    const { json } = await ask('POST', '/api/v1/enrolments', { body: agent.enrolment() });
    const state = { body: { state: 'approved' } };
    await admin('PUT', `/api/v1/devices/${json['id']}/state`, state);
    await ask('POST', '/device/v1/checkin', { body: agent.checkIn(change) });
  };
  await device('pc-1');
  await device('pc-2', { backup: null });
  const file = path.join(folder, 'token');
  writeFileSync(file, await tokenOf(ask, 'admin', service.firstPassword ?? ''), { mode: 0o600 });
  const environment = {
    NACRE_SERVER: `https://127.0.0.1:${service.port}`,
    NACRE_SERVER_PIN: service.pin,
    NACRE_TOKEN_FILE: file,
    XDG_CONFIG_HOME: folder,
  };
  return (...words: readonly string[]): Promise<NacreRun> => nacreHere(words, { environment });
};

test('a plan is shown, confirmed and made; jobs are listed, shown, cancelled', async (t) => {
  const run = await openJobs(t);
  const wish = ['--package', 'lab-pc', '--all', '--bi', '--pi'];
  const plan = await run('job', 'plan', ...wish);
  t.is(plan.exitCode, 0, plan.stdout + plan.stderr);
  t.regex(plan.stdout, /^pc-1 +yes .*os \/dev\/sda F-0001/m);
  t.regex(plan.stdout, /^pc-2 +no .*pc-2 has no backup partition/m);
  t.regex(plan.stdout, /1 of 2 devices/);
  t.regex(
    (await run('job', 'plan', ...wish, '--lang', 'ja')).stdout,
    /バックアップパーティションがありません/,
  );

  const asked = await run('job', 'make', ...wish);
  t.is(asked.exitCode, 3);
  t.regex(asked.stderr, /pc-1 +yes[\s\S]*not confirmed: 1 jobs with lab-pc were not made/);
  const window = [
    '--at',
    '2999-01-01T00:00Z',
    '--limit',
    '2M',
    '--countdown',
    '60',
    '--health',
    '90',
    '--yes',
  ];
  const made = documentOf(await run('job', 'make', ...wish, ...window, '--json'));
  t.like(made, { jobs: [{ name: 'pc-1' }], skipped: [{ name: 'pc-2' }] });
  const none = documentOf(await run('job', 'make', ...wish, '--yes', '--json'));
  t.like(none, { error: { code: 'JOB_NONE_ELIGIBLE' } });

  const listed = documentOf(await run('job', 'list', '--open', '--device', 'pc-1', '--json'));
  t.like(listed, { jobs: [{ state: 'planned', limitBytesPerSecond: 2 * 2 ** 20 }] });
  const [id = ''] = /[0-9a-f]{32}/.exec(JSON.stringify(listed['jobs'])) ?? [];
  t.regex((await run('job', 'list')).stdout, /pc-1 +BI\+PI +lab-pc@[0-9a-f]{8} +planned/);
  t.regex(
    (await run('job', 'show', id.slice(0, 8))).stdout,
    /^pc-1 {2}planned\n[\s\S]*make +planned/,
  );
  t.regex((await run('job', 'cancel', id)).stdout, /pc-1 {2}cancelled/);
  t.is((await run('job', 'retry', id)).exitCode, 3);
  t.regex((await run('device', 'history', 'pc-1')).stdout, /cancel cancelled/);
});

test('wrong words for jobs are refused before anything is asked', async (t) => {
  const run = await openJobs(t);
  const good = ['--package', 'lab-pc', '--all', '--bi'];
  for (const words of [
    ['--package', 'lab-pc', '--all'],
    ['--all', '--bi'],
    ['--package', 'lab-pc', '--bi'],
    [...good, '--at', 'tomorrow'],
    [...good, '--window', '22-5'],
    [...good, '--window', '25:00-05:00'],
  ])
    t.is((await run('job', 'plan', ...words)).exitCode, 2, words.join(' '));
  t.is((await run('job', 'show', 'x')).exitCode, 2);
  t.is((await run('job', 'list', '--state', 'x')).exitCode, 2);
});

test('what a device said, and the limits of a subnet', async (t) => {
  const run = await openJobs(t);
  const inventory = await run('device', 'inventory', 'pc-1');
  t.regex(inventory.stdout, /machine: ACME Thin 1[\s\S]*\/dev\/sda +FLASH +F-0001/);
  t.is((await run('subnet', 'set', '192.0.2.0/24', '--jobs', '5', '--limit', '10M')).exitCode, 0);
  t.regex((await run('subnet', 'list')).stdout, /192\.0\.2\.0\/24 +5 +10\.0 MiB/);
  t.is((await run('subnet', 'remove', '192.0.2.0/24')).exitCode, 0);
  t.is((await run('subnet', 'remove', '192.0.2.0/24')).exitCode, 1);
});

test('a copy of the store is named, checked, told to a subnet, and forgotten', async (t) => {
  const run = await openJobs(t);
  const copy = await temporaryFolder(t);
  const other = await openStore(path.join(copy, 'store'), { create: true });
  await publishLetters(other, 'other', 'xy');
  const { url } = await serveFolder(t, path.join(copy, 'store'));
  const set = ['repository', 'set', 'osaka'];
  t.is((await run(...set, url, '--server-key', 'x')).exitCode, 2);
  t.is((await run(...set, 'https://kim:secret@images.example/')).exitCode, 2);
  t.is((await run(...set, url, '--note', 'branch')).exitCode, 0);
  const checked = await run('repository', 'check', 'osaka');
  t.is(checked.exitCode, 1);
  t.regex(checked.stdout, /0 of 1 versions are there\nmissing: lab-pc@[0-9a-f]{64}/);
  const subnet = ['subnet', 'set', '192.0.2.0/24'];
  t.is((await run(...subnet, '--repository', 'nowhere')).exitCode, 1);
  t.is((await run(...subnet, '--repository', 'osaka')).exitCode, 0);
  t.regex((await run('subnet', 'list')).stdout, /192\.0\.2\.0\/24 +osaka/);
  t.regex((await run('repository', 'list')).stdout, /osaka +http.* 192\.0\.2\.0\/24 +branch/);
  t.is((await run('repository', 'remove', 'osaka')).exitCode, 3);
  t.is((await run(...subnet)).exitCode, 0);
  t.is((await run('repository', 'remove', 'osaka')).exitCode, 0);
  t.is((await run('repository', 'check', 'osaka')).exitCode, 1);
});

test('values that many devices share are ignored, listed, and count again', async (t) => {
  const run = await openJobs(t);
  const mac = ['mac', '52:54:00:12:34:56'];
  t.is((await run('device', 'ignore', 'colour', 'red')).exitCode, 2);
  t.is((await run('device', 'ignore', ...mac, '--note', 'dock')).exitCode, 0);
  t.is((await run('device', 'ignore', 'disk-serial', '0000/1 x')).exitCode, 0);
  const { stdout } = await run('device', 'ignored');
  t.regex(stdout, /disk-serial +0000\/1 x\s[\s\S]*mac +52:54:00:12:34:56 +dock/);
  t.is((await run('device', 'count', 'disk-serial', '0000/1 x')).exitCode, 0);
  t.is((await run('device', 'count', ...mac)).exitCode, 0);
  t.is((await run('device', 'count', ...mac)).exitCode, 1);
});

test('a group is told what to run, shown, paused, gone on with, and let go', async (t) => {
  const run = await openJobs(t);
  const want = ['group', 'want', 'lab-2', 'lab-pc', '--rings', '1,100%'];
  t.is((await run(...want, '--yes')).exitCode, 1, 'there is no such group');
  await run('group', 'add', 'lab-2');
  await run('group', 'join', 'lab-2', 'pc-1');
  t.is((await run(...want)).exitCode, 3, 'nobody confirmed it');
  t.is((await run(...want, '--yes', '--rings', '0')).exitCode, 2);
  t.is((await run(...want, '--yes', '--most-failures', '-1')).exitCode, 2);
  t.is((await run(...want, '--yes', '--health', '0')).exitCode, 2);
  const wanted = await run(
    ...want,
    '--yes',
    '--window',
    '22:00-05:00',
    '--soak',
    '60',
    '--health',
    '90',
    '--wake',
  );
  t.is(wanted.exitCode, 0, wanted.stdout + wanted.stderr);
  const shown = await run('group', 'rollout', 'lab-2');
  t.is(shown.exitCode, 0);
  t.regex(shown.stdout, /lab-2: lab-pc.*, running, ring 1 of 2 \(1, 1 devices\)[\s\S]*pc-1/);
  t.like(documentOf(await run('group', 'rollout', 'lab-2', '--json')), {
    wish: { kind: 'bi-pi', soakSeconds: 3600, healthSeconds: 90, wake: true, mostFailures: 0 },
  });
  t.regex((await run('group', 'pause', 'lab-2')).stdout, /paused/);
  t.regex((await run('group', 'resume', 'lab-2')).stdout, /running/);
  t.is((await run('group', 'unwant', 'lab-2')).exitCode, 0);
  t.is((await run('group', 'rollout', 'lab-2')).exitCode, 1);
});

test('a conversion is planned with the sizes of the manual, confirmed and made; a capture needs no confirmation', async (t) => {
  const run = await openJobs(t);
  const devices = ['--device', 'pc-1'];
  const wish = ['--convert', '--package', 'lab-pc', '--layout', 'uefi', '--policy', 'vendor'];
  const refused = await run('job', 'plan', ...wish, ...devices);
  t.regex(refused.stdout, /pc-1 has no network card and no UUID/);
  t.is((await run('job', 'make', ...wish, '--capture', 'golden', ...devices)).exitCode, 2);
  t.is((await run('job', 'make', '--convert', '--package', 'lab-pc', ...devices)).exitCode, 2);
  t.is((await run('job', 'make', ...wish, '--window', '22:00-05:00', ...devices)).exitCode, 2);
});
