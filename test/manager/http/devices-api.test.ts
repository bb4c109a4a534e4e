/** Devices over the wire: a device that enrols, and people who let it in. */
import { generateKeyPairSync } from 'node:crypto';
import test from 'ava';
import { signEnrolment } from '../../../src/job/enrolment.ts';
import { makeEnrolmentRate } from '../../../src/manager/devices/enrolment-rate.ts';
import { openManagerLab } from '../../helpers/manager-lab.ts';

const pem = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

test('a device enrols without a login, an operator approves it, a viewer only looks', async (t) => {
  const { ask, service, userWith } = await openManagerLab(t);
  const pin = service.pin.replace('sha256:', '');
  const body = signEnrolment(pem(), { pin, hints: { name: 'pc-1', macs: [] } });
  const enrolled = await ask('POST', '/api/v1/enrolments', { body });
  t.like(enrolled, { status: 200, json: { state: 'pending' } });
  const state = `/api/v1/devices/${enrolled.json['id']}/state`;
  const approve = { body: { state: 'approved' } };
  const [viewer, operator] = [await userWith('viewer'), await userWith('operator')];
  t.is((await ask('PUT', state, approve)).status, 401);
  t.is((await viewer.ask('PUT', state, approve)).status, 403);
  t.like(await operator.ask('PUT', state, approve), {
    status: 200,
    json: { state: 'approved', decidedBy: 'operator2 (test)' },
  });
  t.like(await operator.ask('PUT', state, approve), {
    status: 409,
    json: { code: 'MANAGER_DEVICE_STATE' },
  });
  t.like(
    (await viewer.ask('GET', '/api/v1/devices?state=approved&sort=lastSeenAt&descending=true'))
      .json,
    { total: 1 },
  );
  t.is((await viewer.ask('GET', '/api/v1/devices?sort=public_key')).status, 400);
  t.is((await viewer.ask('GET', '/api/v1/devices/x')).status, 400);
  t.is((await viewer.ask('GET', '/api/v1/join-codes')).status, 403);
});

test('a statement that is not signed, or signed for another manager, makes no device', async (t) => {
  const { ask, admin, service } = await openManagerLab(t);
  const pin = service.pin.replace('sha256:', '');
  const hints = { name: 'pc-1', macs: [] };
  const other = signEnrolment(pem(), { pin: 'ab'.repeat(32), hints });
  const forged = { ...signEnrolment(pem(), { pin, hints }), signature: other.signature };
  for (const body of [other, forged])
    t.like(await ask('POST', '/api/v1/enrolments', { body }), {
      status: 409,
      json: { code: 'MANAGER_ENROLMENT_REFUSED' },
    });
  t.like((await admin('GET', '/api/v1/devices')).json, { total: 0 });
});

test('one address may enrol a room at once, and no flood', (t) => {
  let nowMs = 0;
  const check = makeEnrolmentRate(() => nowMs);
  for (let count = 0; count < 20; count += 1) check('192.0.2.1');
  t.throws(() => check('192.0.2.1'), { code: 'MANAGER_OVERLOADED' });
  check('192.0.2.2');
  nowMs += 1000;
  check('192.0.2.1');
  t.pass();
});
