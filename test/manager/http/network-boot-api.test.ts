/** Network boot over the wire: policy with its revision, sightings, and who may. */
import test from 'ava';
import { askAt, bearer, openManagerLab, tokenOf } from '../../helpers/manager-lab.ts';

const POLICY = '/api/v1/network-boot/policy';
const SIGHTINGS = '/api/v1/network-boot/sightings';

const macOf = (number: number): string =>
  `52:54:00:00:${[number >> 8, number & 255].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`;
const seen = (first: number, count: number) => ({
  seen: Array.from({ length: count }, (_, index) => ({ mac: macOf(first + index) })),
});

test('a service that waits is told of a change at once, and nothing while nothing changes', async (t) => {
  const { admin } = await openManagerLab(t);
  const first = await admin('GET', POLICY);
  t.like(first.json, { tables: { answer: 'known', group: [], device: [] } });
  const tag = String(first.headers['etag']);
  const headers = { 'if-none-match': tag };
  t.like(await admin('GET', POLICY, { headers }), { status: 304, text: '' });
  t.is((await admin('GET', `${POLICY}?wait=31`)).status, 400);

  const waiting = admin('GET', `${POLICY}?wait=30`, { headers });
  await admin('PUT', '/api/v1/network-boot/settings', { body: { answer: 'everyone' } });
  const changed = await waiting;
  t.like(changed, { status: 200, json: { tables: { answer: 'everyone' } } });
  t.not(changed.headers['etag'], tag);
});

test('a manager that ends answers those who wait', async (t) => {
  const { admin, service, lines } = await openManagerLab(t);
  const { headers } = await admin('GET', POLICY);
  const tag = { 'if-none-match': String(headers['etag']) };
  const waiting = admin('GET', `${POLICY}?wait=30`, { headers: tag }).catch(() => undefined);
  await service.close();
  await waiting;
  t.false(lines.some(({ message }) => message === 'request failed'));
});

test('viewers and tokens of other scopes are refused, one of its own is enough', async (t) => {
  const { ask, userWith, service } = await openManagerLab(t);
  const viewer = await userWith('viewer');
  const operator = await userWith('operator');
  t.is((await ask('GET', POLICY)).status, 401);
  for (const [method, path] of [
    ['GET', POLICY],
    ['POST', SIGHTINGS],
    ['POST', `/api/v1/network-boot/orders/${'ab'.repeat(16)}`],
    ['POST', '/api/v1/orders'],
  ] as const)
    t.is((await viewer.ask(method, path, method === 'POST' ? { body: {} } : {})).status, 403, path);
  const scoped = async (scope: string) =>
    askAt(
      service.port,
      bearer(await tokenOf(ask, operator.name, 'correct horse battery', [scope])),
    );
  const own = await scoped('network-boot:write');
  t.is((await own('GET', POLICY)).status, 200);
  t.is((await own('POST', SIGHTINGS, { body: seen(0, 1) })).status, 200);
  t.is((await own('GET', '/api/v1/devices')).status, 403);
  t.is((await (await scoped('devices:write'))('GET', POLICY)).status, 403);
});

test('strangers in numbers are taken as far as a second has room, and made-up ones are refused', async (t) => {
  const { admin } = await openManagerLab(t, { elapsedMs: () => 0 });
  t.deepEqual((await admin('POST', SIGHTINGS, { body: seen(0, 100) })).json, {
    ...{ taken: 100, refused: 0 },
  });
  const flood = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      admin('POST', SIGHTINGS, { body: seen(100 + index * 100, 100) }),
    ),
  );
  t.true(
    flood.every(({ status, json }) => status === 503 && json['code'] === 'MANAGER_OVERLOADED'),
  );
  t.like((await admin('GET', '/api/v1/devices')).json, { total: 100 });
  for (const body of [
    { seen: [] },
    seen(0, 101),
    { seen: [{ mac: 'x' }] },
    { seen: [{ mac: macOf(1), uuid: "' or 1=1" }] },
    { seen: [{ mac: macOf(1), architecture: 'BIOS <script>' }] },
  ])
    t.is((await admin('POST', SIGHTINGS, { body })).status, 400);
});
