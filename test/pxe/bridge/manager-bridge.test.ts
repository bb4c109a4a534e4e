/** A real manager and a real network boot service: policy, orders and sightings, also while one of them is away. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type BridgeLab, openBridgeLab, until } from '../../helpers/bridge-lab.ts';
import { TEST_MAC } from '../../helpers/dhcp-clients.ts';

const DISK = { disk: '/dev/sda', serial: 'F-1' };
const DONE = { code: null, message: '', writtenBytes: 7, verifiedBytes: 9 };

const listOf = (value: unknown): readonly Record<string, unknown>[] =>
  Array.isArray(value) ? value : [];
const itemsOf = ({ items }: Record<string, unknown>) => listOf(items);

/** The device that was seen, when it has appeared. */
const seenDevice = async ({ ask }: BridgeLab): Promise<string> => {
  const found = await until(
    async () => itemsOf(await ask('GET', '/devices')),
    ([device]) => device !== undefined,
  );
  return String(found[0]?.['id']);
};

const CONVERT = { kind: 'convert', image: 'lab-pc', layout: 'wes7', selection: { isAll: true } };

/** A device that was seen and approved, and an order that it has waiting; known to the service. */
const ordered = async (t: ExecutionContext, wish: object = CONVERT) => {
  const lab = await openBridgeLab(t);
  await lab.serve();
  await lab.discover(TEST_MAC);
  await lab.hello(TEST_MAC);
  const device = await seenDevice(lab);
  await lab.ask('PUT', `/devices/${device}/state`, { state: 'approved' });
  const plan = await until(
    () => lab.ask('POST', '/orders/plan', wish),
    ({ devices }) => listOf(devices)[0]?.['disk'] !== null,
  );
  const made = await lab.ask('POST', '/orders', wish);
  const id = String(listOf(made['jobs'])[0]?.['id']);
  const stateOf = async () => String((await lab.ask('GET', `/jobs/${id}`))['state']);
  return { lab, device, id, plan, stateOf };
};

/** Asks as Merlin does until there is an order. */
const given = async (lab: BridgeLab) => {
  const { value } = await until(
    () => lab.hello(TEST_MAC),
    (reply) => reply.value['answer'] !== 'nothing',
  );
  const order = value['order'];
  const isOrder = typeof order === 'object' && order !== null;
  const { id, ticket } = isOrder ? { id: '', ticket: '', ...order } : { id: '', ticket: '' };
  return { id: String(id), ticket: String(ticket), value };
};

test('a blank device is seen, approved and converted, and the job follows it to its end', async (t) => {
  const { lab, device, id, plan, stateOf } = await ordered(t);
  t.like(listOf(plan['devices'])[0], {
    ...{ device, isEligible: true, fields: { totalFlashMb: 1024, nonPxeMb: 16 } },
  });
  const order = await given(lab);
  t.is(order.id, id, 'the order is the job');
  t.like(order.value, { answer: 'image', layout: 'wes7', hasBackup: true });
  await until(stateOf, (state) => state === 'sent');
  t.is((await lab.say(id, 'begin', DISK, order.ticket)).status, 200);
  await until(stateOf, (state) => state === 'imaging');
  const progress = { phase: 'image', doneBytes: 5, totalBytes: 9 };
  t.is((await lab.say(id, 'progress', progress, order.ticket)).status, 200);
  await until(
    () => lab.ask('GET', `/jobs/${id}`),
    (job) => job['doneBytes'] === 5,
  );
  t.is((await lab.say(id, 'end', DONE, order.ticket)).status, 200);
  await until(stateOf, (state) => state === 'done');
  t.like(await lab.ask('GET', `/jobs/${id}`), { message: '7 bytes written', doneBytes: 9 });
  await until(
    () => lab.hello(TEST_MAC),
    ({ value }) => value['answer'] === 'nothing',
  );
});

test('while the manager is away devices start by its last word, and what happened is told when it is back', async (t) => {
  const { lab, id, stateOf } = await ordered(t);
  const order = await given(lab);
  await until(stateOf, (state) => state === 'sent');
  await lab.sleep();
  t.is((await lab.say(id, 'begin', DISK, order.ticket)).status, 200);
  await lab.serve();
  const again = await given(lab);
  t.like(again.value, { order: { id, goesOn: true } });
  t.true(lab.lines.some((line) => line.includes('manager is away, its last policy counts')));
  t.is((await lab.say(id, 'end', DONE, again.ticket)).status, 200);
  t.is((await lab.hello(TEST_MAC)).value['answer'], 'nothing', 'not twice');
  const word = JSON.parse(await readFile(path.join(lab.folder, 'pxe/manager-word.json'), 'utf8'));
  t.is(word.problem, 'MANAGER_UNREACHABLE');
  await lab.discover('52:54:00:12:34:99');
  await lab.wake();
  await until(stateOf, (state) => state === 'done');
  const moves = listOf((await lab.ask('GET', `/jobs/${id}`))['events']);
  t.deepEqual(
    moves.map(({ event }) => event),
    ['make', 'queue', 'send', 'finish'],
  );
  await until(
    async () => itemsOf(await lab.ask('GET', '/devices?state=pending')),
    ([stranger]) => stranger?.['name'] === '52:54:00:12:34:99',
  );
  // The manager, told again of an order that is over, has nothing for the device: also after another start.
  await lab.serve({ kind: 'key', file: '/nowhere.pub' });
  t.is((await lab.hello(TEST_MAC)).value['answer'], 'nothing');
});

test('an order that is cancelled before its device begins counts no more', async (t) => {
  const { lab, id, stateOf } = await ordered(t);
  const order = await given(lab);
  await until(stateOf, (state) => state === 'sent');
  await lab.ask('POST', `/jobs/${id}/cancel`);
  await until(stateOf, (state) => state === 'cancelled');
  t.like(await lab.say(id, 'begin', DISK, order.ticket), { status: 403 });
  t.is((await lab.hello(TEST_MAC)).value['answer'], 'nothing');
});

test('a service that knows nothing of a manager that is away does not start, and says why', async (t) => {
  const lab = await openBridgeLab(t);
  await lab.sleep();
  await t.throwsAsync(lab.serve(), { code: 'MANAGER_UNREACHABLE' });
});

test('made-up devices keep neither a real one nor an order from being told', async (t) => {
  const lab = await openBridgeLab(t);
  await lab.serve();
  const hex = (byte: number): string => byte.toString(16).padStart(2, '0');
  await Promise.all(
    Array.from({ length: 150 }, (_, index) =>
      lab.discover(`52:54:00:aa:${hex(index >> 8)}:${hex(index & 255)}`),
    ),
  );
  await lab.hello(TEST_MAC);
  const page = await until(
    () => lab.ask('GET', `/devices?find=${TEST_MAC}`),
    ({ total }) => total === 1,
  );
  t.is(itemsOf(page)[0]?.['state'], 'pending');
  const all = await lab.ask('GET', '/devices');
  t.true(Number(all['total']) <= 151);
  t.false(lab.manager.lines.some(({ level }) => level === 'error'));
});
