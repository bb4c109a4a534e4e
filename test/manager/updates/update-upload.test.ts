/** The manager's side of an upload: whose token counts, and what becomes visible when something comes between. */
import test, { type ExecutionContext } from 'ava';
import { isNacreError } from '../../../src/errors.ts';
import { askAt, bearer, openManagerLab } from '../../helpers/manager-lab.ts';
import { openCuts } from '../../helpers/update-cuts.ts';
import { changeNoise } from '../../helpers/update-lab.ts';

const MIB = 2 ** 20;

const failure = async (t: ExecutionContext, run: Promise<unknown>, code: string) => {
  const error = await t.throwsAsync(run);
  t.true(isNacreError(error) && error.code === code, String(error));
  return error;
};

/** Sends a part, and loses its power. */
const sendPart = async (t: ExecutionContext, cuts: Awaited<ReturnType<typeof openCuts>>) => {
  const power = new AbortController();
  cuts.relay.cutAfter(3 * MIB, () => power.abort());
  const token = await cuts.tokenOf();
  await failure(t, cuts.send(token, power.signal), 'CANCELLED');
  return token;
};

test('only the newest token of an update counts, and none for another update or after its end', async (t) => {
  const cuts = await openCuts(t);
  const { manager, id, tokenOf, send } = cuts;
  const first = await sendPart(t, cuts);
  const second = await tokenOf();
  await failure(t, send(first), 'UPDATE_TOKEN_REFUSED');
  const ask = askAt(manager.service.port, bearer(second));
  const other = await ask('GET', `/update/v1/${'0'.repeat(32)}/base`);
  t.like(other, { status: 403, json: { code: 'UPDATE_TOKEN_REFUSED' } });
  t.is((await ask('GET', `/update/v1/${id}/base`)).status, 200);
  const bare = await manager.ask('GET', `/update/v1/${id}/base`);
  t.is(bare.status, 403);
  t.is((await manager.admin('GET', `/update/v1/${id}/base`)).status, 403);
  await manager.admin('POST', `/api/v1/updates/${id}/release`);
  await failure(t, send(second), 'UPDATE_TOKEN_REFUSED');
  t.is((await cuts.lab.store.list())[0]?.versions.length, 1);
});

test('a release in the middle of an upload ends it', async (t) => {
  const { manager, id, tokenOf, send, relay, lab } = await openCuts(t);
  const token = await tokenOf();
  relay.cutAfter(3 * MIB, () => void manager.admin('POST', `/api/v1/updates/${id}/release`));
  await failure(t, send(token), 'UPDATE_TOKEN_REFUSED');
  t.is((await lab.store.list())[0]?.versions.length, 1);
});

test('a version that came between keeps the update from becoming visible, and stays the newest', async (t) => {
  const cuts = await openCuts(t);
  const { manager, id, path, send, lab, tokenOf } = cuts;
  const token = await sendPart(t, cuts);
  changeNoise(path, 'somebody else', 1);
  const other = await lab.capture(path, { name: 'lab-pc' });
  await failure(t, send(token), 'UPDATE_BASE_MOVED');
  t.is((await lab.store.inspect('lab-pc')).id, other.id);
  t.is((await manager.admin('GET', `/api/v1/updates/${id}`)).json['state'], 'uploading');
  t.like(await manager.admin('POST', `/api/v1/updates/${id}/finish`, { body: {} }), {
    status: 409,
    json: { code: 'UPDATE_BASE_MOVED' },
  });
  t.is(await tokenOf(), 'undefined');
});

test('a manager that starts again in the middle of an upload goes on, and asked again says the same version', async (t) => {
  const cuts = await openCuts(t);
  const { manager, send, relay, lab, tokenOf } = cuts;
  const { port } = manager.service;
  let second = Promise.resolve();
  relay.cutAfter(3 * MIB, () => {
    second = manager.service.close().then(async () => {
      await openManagerLab(t, {
        ...{ dataFolder: manager.folder, imageStore: lab.at('store') },
        listen: { address: '127.0.0.1', port },
      });
    });
  });
  const token = await tokenOf();
  const sent = await send(token);
  await second;
  t.is((await lab.store.inspect('lab-pc')).id, sent.id);
  t.deepEqual((await lab.store.check({ deep: true })).problems, []);
  t.like(await send(token), { id: sent.id, sentBytes: 0 });
  t.is((await lab.store.list())[0]?.versions.length, 2);
});

test('what is no step of an upload, too large or cut is refused, and nothing of it is kept', async (t) => {
  const { manager, id, tokenOf } = await openCuts(t);
  const headers = { 'content-type': 'application/octet-stream' };
  const ask = askAt(manager.service.port, bearer(await tokenOf()));
  const at = (rest: string): string => `/update/v1/${id}/${rest}`;
  for (const [method, rest, status] of [
    ['GET', 'upload/frames', 405],
    ['POST', 'base', 405],
    ['GET', 'upload/known?from=x', 404],
    ['GET', '../../etc/passwd', 404],
    ['PUT', 'upload/draft?at=9999999999999', 404],
  ] as const)
    t.is((await ask(method, at(rest))).status, status, rest);
  const send = (rest: string, raw: string, more = {}) =>
    ask('PUT', at(rest), { raw, headers: { ...headers, ...more } });
  t.is((await send('upload/frames', 'no frames')).status, 409);
  t.is((await send('upload/draft?at=5', 'x')).status, 409);
  t.is((await send('upload/frames', 'x', { 'content-length': `${5 * MIB}` })).status, 413);
  t.is((await ask('POST', at('upload/begin'), { body: { sizeBytes: -1 } })).status, 400);
  t.is((await ask('POST', at('upload/publish'), { body: {} })).status, 400);
  const have = (raw: string) => ask('POST', at('upload/have'), { raw, headers });
  t.is((await have('x'.repeat(33))).status, 400);
  t.like(await have('x'.repeat(32)), { status: 200, json: { hasAll: false } });
});
