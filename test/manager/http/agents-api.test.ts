/** What agents say over the wire. */

import { readdir } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import Sqlite from 'better-sqlite3';
import { BUILD_FOLDER } from '../../../src/disk/build-folder.ts';
import { openStore } from '../../../src/image/store/store.ts';
import { checkInAnswerShape } from '../../../src/job/agent-protocol.ts';
import {
  capabilityKey,
  deviceOfCapability,
  makeCapability,
} from '../../../src/manager/agents/capability.ts';
import { publishLetters } from '../../helpers/hand-made-image.ts';
import { openManagerLab } from '../../helpers/manager-lab.ts';
import { SpeakingAgent } from '../../helpers/speaking-agent.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const CHECK_IN = '/device/v1/checkin';
const nativeBinding = path.join(BUILD_FOLDER, 'sqlite/better_sqlite3');

test('a device enrols, is approved and checks in, without a login and outside the API of people', async (t) => {
  const { ask, admin, service } = await openManagerLab(t);
  const agent = new SpeakingAgent(service.pin.replace('sha256:', ''), 'pc-1');
  t.like(await ask('POST', CHECK_IN, { body: agent.checkIn() }), {
    status: 404,
    json: { code: 'MANAGER_DEVICE_UNKNOWN' },
  });
  const { json } = await ask('POST', '/api/v1/enrolments', { body: agent.enrolment() });
  t.like((await ask('POST', CHECK_IN, { body: agent.checkIn() })).json, { state: 'pending' });
  await admin('PUT', `/api/v1/devices/${json['id']}/state`, { body: { state: 'approved' } });
  const answer = await ask('POST', CHECK_IN, { body: agent.checkIn() });
  t.like(answer, { status: 200, json: { state: 'approved', ticket: null } });
  t.regex(String(answer.json['jobKey']), /^[\w-]{43}$/);
  t.false((await ask('GET', '/api/v1/openapi.json')).text.includes('device/v1'));
  t.is((await ask('GET', CHECK_IN)).status, 404);
});

test('a message that is too large, no JSON, or no envelope is a problem like any other', async (t) => {
  const { ask, service } = await openManagerLab(t);
  const agent = new SpeakingAgent(service.pin.replace('sha256:', ''), 'pc-1');
  const signed = agent.checkIn();
  const large = { ...signed, text: `${signed.text}${' '.repeat(256 * 1024)}` };
  t.like(await ask('POST', CHECK_IN, { body: large }), {
    status: 413,
    json: { code: 'MANAGER_REQUEST_TOO_LARGE' },
  });
  const headers = { 'content-type': 'application/json' };
  for (const raw of ['{', '[]', '{"text":1,"signature":""}'])
    t.like(await ask('POST', CHECK_IN, { raw, headers }), {
      status: 400,
      json: { code: 'MANAGER_INPUT_INVALID' },
    });
});

test('the key for jobs is made once, also for a data base of a release without one', async (t) => {
  const folder = await temporaryFolder(t);
  const lab = await openManagerLab(t, { dataFolder: folder });
  await lab.service.close();
  const file = path.join(folder, 'manager', 'manager.sqlite');
  const keys = () => {
    const db = new Sqlite(file, { nativeBinding });
    const rows = db.prepare("select private_pem from manager_key where name = 'jobs'").all();
    db.close();
    return JSON.stringify(rows);
  };
  const first = keys();
  await (await openManagerLab(t, { dataFolder: folder })).service.close();
  t.is(keys(), first);
  const db = new Sqlite(file, { nativeBinding });
  db.exec("delete from manager_key where name = 'jobs'");
  db.close();
  const { service } = await openManagerLab(t, { dataFolder: folder });
  t.is(service.pin, lab.service.pin);
  await service.close();
  t.regex(keys(), /BEGIN PRIVATE KEY/);
  t.not(keys(), first);
});

test('the store is read by ranges with the pin and what the check-in told, and by nobody who is not approved', async (t) => {
  const folder = await temporaryFolder(t);
  const { id } = await publishLetters(
    await openStore(path.join(folder, 'store'), { create: true }),
    'lab-pc',
    'abcd',
  );
  const lab = await openManagerLab(t, { dataFolder: folder });
  const { ask, admin, service } = lab;
  const agent = new SpeakingAgent(service.pin.replace('sha256:', ''), 'pc-1');
  const { json } = await ask('POST', '/api/v1/enrolments', { body: agent.enrolment() });
  const device = `/api/v1/devices/${json['id']}/state`;
  const pending = await ask('POST', CHECK_IN, { body: agent.checkIn() });
  t.deepEqual(pending.json['stores'], []);
  await admin('PUT', device, { body: { state: 'approved' } });
  const answer = await ask('POST', CHECK_IN, { body: agent.checkIn() });
  const { stores } = checkInAnswerShape.parse(answer.json);
  const [store = { url: '', pin: '' }] = stores;
  t.is(store.pin, service.pin.replace('sha256:', ''));

  const web = await openStore(store.url, { storePins: [`sha256:${store.pin}`] });
  t.is((await web.list())[0]?.latest, id);
  const { pathname } = new URL(store.url);
  const names = (await readdir(path.join(folder, 'store'), { recursive: true })).filter((name) =>
    name.endsWith('.pack'),
  );
  const pack = `${pathname}${names[0]}`;
  const part = await ask('GET', pack, { headers: { range: 'bytes=40-49' } });
  t.like(part, { status: 206, text: 'aaaaaaaaaa' });
  t.is((await ask('POST', pack)).status, 405);
  t.is((await ask('GET', `${pathname}../../manager/manager.sqlite`)).status, 404);
  t.is((await ask('GET', pack.replace(/store\/./, 'store/_'))).status, 404);
  t.is((await ask('GET', '/device/v1/store/')).status, 404);
  t.false(lab.lines.some(({ fields }) => JSON.stringify(fields).includes(pathname.slice(-71, -1))));
  t.regex((await admin('GET', '/metrics')).text, /route="\/device\/v1\/store\/:file",status="206"/);
  for (const state of ['held', 'approved', 'revoked']) {
    await admin('PUT', device, { body: { state } });
    t.is((await ask('GET', pack)).status, state === 'approved' ? 200 : 404, state);
  }
});

test('a capability ends, and is of no use with one other digit', (t) => {
  const key = capabilityKey('a key');
  const device = '12345678-1234-1234-1234-123456789abc';
  const now = new Date('2026-12-01T00:00:00.000Z');
  const text = makeCapability(key, device, now);
  t.is(deviceOfCapability(key, text, now), device);
  const day = (days: number) => new Date(now.getTime() + days * 24 * 3600_000);
  t.is(deviceOfCapability(key, text, day(1.99)), device);
  t.is(deviceOfCapability(key, text, day(3)), undefined);
  t.is(deviceOfCapability(capabilityKey('another'), text, now), undefined);
  for (let at = 0; at < text.length - 1; at += 1) {
    const wrong = text.charAt(at) === 'A' ? 'B' : 'A';
    const changed = `${text.slice(0, at)}${wrong}${text.slice(at + 1)}`;
    t.is(deviceOfCapability(key, changed, now), undefined, String(at));
    t.is(deviceOfCapability(key, text.slice(0, at), now), undefined);
  }
});
