/** What agents say over the wire. */

import path from 'node:path';
import test from 'ava';
import Sqlite from 'better-sqlite3';
import { BUILD_FOLDER } from '../../../src/disk/build-folder.ts';
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
