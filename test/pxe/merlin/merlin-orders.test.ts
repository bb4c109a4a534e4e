/** The story of an order as Merlin and its server tell it to each other. */
import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { NacreError } from '../../../src/errors.ts';
import { ANSWER } from '../../../src/job/merlin-protocol.ts';
import { TEST_MAC } from '../../helpers/dhcp-clients.ts';
import {
  helloOf,
  LIST_DIGEST,
  type MerlinLab,
  openMerlinLab,
  type Reply,
  VERSION,
} from '../../helpers/merlin-lab.ts';

const START = '/merlin/v1/start';
const ROW = `[[device]]\nmac = "${TEST_MAC}"\n`;
const IMAGE = `${ROW}action = "image"\nimage = "lab-pc"\n`;
const UNSIGNED = `${IMAGE}unsigned = true\n`;

interface Given {
  readonly id: string;
  readonly ticket: string;
  readonly goesOn: boolean;
  readonly attempt: number;
}

const orderOf = ({ value }: Reply): Given => value['order'] as Given;
const give = async ({ send }: MerlinLab): Promise<Given> => orderOf(await send(START, helloOf()));
const routeOf = ({ id }: Given, step: string): string => `/merlin/v1/orders/${id}/${step}`;
const END = { code: null, message: '', writtenBytes: 5, verifiedBytes: 7 };
const BEGIN = { disk: '/dev/sda', serial: 'S1' };

test('a device is told the copy of its smallest subnet before the store of the server', async (t) => {
  const near = (network: string, name: string): string =>
    `[[subnet]]\nnetwork = "${network}"\nstore = "https://${name}.example/"\n`;
  const lab = await openMerlinLab(
    t,
    `${near('127.0.0.0/8', 'wide')}${near('127.0.0.1/32', 'own')}store-pin = "${VERSION}"
${near('192.0.2.0/24', 'other')}${UNSIGNED}layout = "wes7"\n`,
  );
  const answer = ANSWER.parse((await lab.send(START, helloOf())).value);
  t.deepEqual(answer.answer === 'image' ? answer.stores : [], [
    { url: 'https://own.example/', pin: VERSION },
    { url: 'http://127.0.0.1:30880/store', pin: null },
  ]);
});

test('a subnet without a copy inside one that has it is told the store of the server alone', async (t) => {
  const lab = await openMerlinLab(
    t,
    `[[subnet]]\nnetwork = "127.0.0.0/8"\nstore = "https://wide.example/"
[[subnet]]\nnetwork = "127.0.0.0/30"\n${UNSIGNED}layout = "wes7"\n`,
  );
  const answer = ANSWER.parse((await lab.send(START, helloOf())).value);
  t.is(answer.answer === 'image' ? answer.stores.length : 0, 1);
});

test('a device is given its order, begins, reports and is done', async (t) => {
  const lab = await openMerlinLab(
    t,
    `stores = ["https://mirror.example/store"]\n${UNSIGNED}layout = "wes7"\n`,
  );
  const reply = await lab.send(START, helloOf());
  t.is(reply.pin, lab.pin);
  t.like(reply, { status: 200, type: 'application/json' });
  const order = orderOf(reply);
  t.deepEqual(ANSWER.parse(reply.value), {
    answer: 'image',
    order: { ...order, goesOn: false, attempt: 1 },
    image: { name: 'lab-pc', id: VERSION },
    stores: [
      { url: 'http://127.0.0.1:30880/store', pin: null },
      { url: 'https://mirror.example/store', pin: null },
    ],
    boot: { url: 'http://127.0.0.1:30880/boot-files', listDigest: LIST_DIGEST },
    disk: null,
    layout: 'wes7',
    policy: 'auto',
    hasBackup: true,
    hasSecureBoot: false,
    trust: { keys: [], allowsUnsigned: true },
  });
  t.is((await lab.send(routeOf(order, 'begin'), BEGIN, order.ticket)).status, 200);
  const progress = { phase: 'image', doneBytes: 1, totalBytes: 7 };
  t.is((await lab.send(routeOf(order, 'progress'), progress, order.ticket)).status, 200);
  t.is((await lab.send(routeOf(order, 'progress'), progress, order.ticket)).status, 200);
  t.is((await lab.send(routeOf(order, 'end'), END, order.ticket)).status, 200);
  t.is((await lab.send(routeOf(order, 'end'), END, order.ticket)).status, 200, 'sent once more');
  t.is(lab.orders.recordOf('mac-52-54-00-12-34-56')?.state, 'done');
  t.deepEqual(
    lab.said.map(([mac, { phase, doneBytes }]) => `${mac} ${phase} ${doneBytes}`).slice(0, 4),
    ['asked 0', 'begin 0', 'image 1', 'image 1'].map((text) => `${TEST_MAC} ${text}`),
  );
  t.deepEqual(
    lab.lines
      .map(({ message }) => message)
      .filter((message) => /merlin (?!service)/.test(message))
      .slice(0, 4),
    ['merlin asked what to do', 'merlin begins', 'merlin phase', 'merlin has done its order'],
  );
  const again = await lab.send(START, helloOf());
  t.deepEqual(again.value, { answer: 'nothing', reason: 'its order is done' });
});

for (const [title, policy, hello, reason] of [
  ['the policy does not name', '', helloOf(), 'the policy of the server does not name this device'],
  [
    'the policy has no order for',
    `${ROW}action = "merlin"\n`,
    helloOf(),
    'the policy has no order for this device',
  ],
  [
    'nobody answers',
    `answer = "off"\n${UNSIGNED}`,
    helloOf(),
    'the policy of the server answers nobody',
  ],
] as const)
  test(`a device that ${title} has nothing to do`, async (t) => {
    const { send } = await openMerlinLab(t, policy);
    t.deepEqual((await send(START, hello)).value, { answer: 'nothing', reason });
  });

test('a device is known by any of its cards, and by its UUID', async (t) => {
  const uuid = '11112222-3333-4444-5555-666677778888';
  const { send, setPolicy } = await openMerlinLab(t, UNSIGNED);
  const macs = ['52:54:00:00:00:01', TEST_MAC];
  t.is((await send(START, helloOf({ macs }))).value['answer'], 'image');
  setPolicy(`[[device]]\nuuid = "${uuid}"\naction = "capture"\nname = "golden"\n`);
  const { value } = await send(START, helloOf({ uuid }));
  t.like(value, { answer: 'capture', name: 'golden', disk: null });
  t.notThrows(() => ANSWER.parse(value));
});

test('a device that starts again gets a new ticket, and the old one counts no more', async (t) => {
  const lab = await openMerlinLab(t, UNSIGNED);
  const first = await give(lab);
  const second = await give(lab);
  t.is(second.id, first.id);
  t.is(second.attempt, 2);
  const refused = await lab.send(routeOf(first, 'begin'), BEGIN, first.ticket);
  t.like(refused, { status: 403, type: 'application/problem+json' });
  t.like(refused.value, { code: 'PXE_TICKET_REFUSED', status: 403 });
  t.is((await lab.send(routeOf(second, 'begin'), BEGIN, second.ticket)).status, 200);
});

test('a half-done order goes on with the version that it began with', async (t) => {
  let id = VERSION;
  const asked: string[] = [];
  const resolveImage = async (image: string) => {
    asked.push(image);
    return { name: 'lab-pc', id };
  };
  const lab = await openMerlinLab(t, UNSIGNED, { resolveImage });
  const first = await give(lab);
  await lab.send(routeOf(first, 'begin'), BEGIN, first.ticket);
  id = 'cd'.repeat(32);
  const second = await give(lab);
  t.true(second.goesOn);
  t.deepEqual(asked, ['lab-pc:latest', `lab-pc@${VERSION}`]);
});

test('an order whose image is missing fails, and is not given again', async (t) => {
  const resolveImage = async (): Promise<never> => {
    throw new NacreError('IMAGE_NOT_FOUND', { image: 'lab-pc', near: '' } as never);
  };
  const lab = await openMerlinLab(t, UNSIGNED, { resolveImage });
  const reply = await lab.send(START, helloOf());
  t.is(reply.status, 409);
  t.is(reply.value['code'], 'IMAGE_NOT_FOUND');
  t.like(lab.orders.recordOf('mac-52-54-00-12-34-56'), {
    state: 'failed',
    failure: 'IMAGE_NOT_FOUND',
  });
  t.like(lab.said.at(-1)?.[1], { phase: 'failed', code: 'IMAGE_NOT_FOUND' });
  t.deepEqual((await lab.send(START, helloOf())).value, {
    ...{ answer: 'nothing', reason: 'its order failed: IMAGE_NOT_FOUND' },
  });
});

test('a half-done order whose image cannot be had now stays open', async (t) => {
  let isThere = true;
  const resolveImage = async () => {
    if (isThere) return { name: 'lab-pc', id: VERSION };
    throw new NacreError('STORE_NOT_FOUND', { path: '/store' } as never);
  };
  const lab = await openMerlinLab(t, UNSIGNED, { resolveImage });
  const first = await give(lab);
  await lab.send(routeOf(first, 'begin'), BEGIN, first.ticket);
  isThere = false;
  t.is((await lab.send(START, helloOf())).status, 409);
  isThere = true;
  t.true((await give(lab)).goesOn);
});

test('images are checked with the key beside the policy, and never without', async (t) => {
  const lab = await openMerlinLab(t, `${IMAGE}trust = "release.pub"\n`);
  const missing = await lab.send(START, helloOf());
  t.like(missing.value, { code: 'PXE_TRUST_UNUSABLE', status: 409 });
  t.is(lab.orders.recordOf('mac-52-54-00-12-34-56')?.state, 'failed');

  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const file = path.join(lab.folder, 'release.pub');
  const trust = async (order: number): Promise<Reply> => {
    lab.setPolicy(`${IMAGE}trust = "release.pub"\norder = ${order}\n`);
    return lab.send(START, helloOf());
  };
  await writeFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  t.is((await trust(2)).value['code'], 'PXE_TRUST_UNUSABLE');
  const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
  await writeFile(file, rsa.export({ type: 'spki', format: 'pem' }));
  t.regex(String((await trust(3)).value['title']), /kind rsa, needed is ed25519/);
  await writeFile(file, 'x'.repeat(3000));
  t.regex(String((await trust(4)).value['title']), /more than 2048 bytes/);
  const pem = publicKey.export({ type: 'spki', format: 'pem' });
  await writeFile(file, pem);
  t.deepEqual((await trust(5)).value['trust'], { keys: [pem], allowsUnsigned: false });
});

test('a device that fails says why, and the order is not given again', async (t) => {
  const lab = await openMerlinLab(t, UNSIGNED);
  const order = await give(lab);
  await lab.send(routeOf(order, 'begin'), BEGIN, order.ticket);
  const end = { ...END, code: 'DISK_FAILS', message: 'sector 5\u001b[2J' };
  t.is((await lab.send(routeOf(order, 'end'), end, order.ticket)).status, 200);
  t.like(lab.orders.recordOf('mac-52-54-00-12-34-56'), { state: 'failed', failure: 'DISK_FAILS' });
  t.like(lab.said.at(-1)?.[1], {
    phase: 'failed',
    code: 'DISK_FAILS',
    message: 'sector 5\\x1b[2J',
  });
  const progress = { phase: 'image', doneBytes: 1, totalBytes: 7 };
  const late = await lab.send(routeOf(order, 'progress'), progress, order.ticket);
  t.like(late.value, { status: 409, code: 'PXE_ORDER_REFUSED' });
});

test('an order that is not begun cannot be done', async (t) => {
  const lab = await openMerlinLab(t, UNSIGNED);
  const order = await give(lab);
  const reply = await lab.send(routeOf(order, 'end'), END, order.ticket);
  t.like(reply.value, { status: 409, code: 'PXE_ORDER_REFUSED' });
});

test('an order is given five times and fails then', async (t) => {
  const lab = await openMerlinLab(t, UNSIGNED);
  for (let attempt = 1; attempt <= 5; attempt++) t.is((await give(lab)).attempt, attempt);
  t.like((await lab.send(START, helloOf())).value, { status: 409, code: 'PXE_ORDER_ATTEMPTS' });
  t.is(lab.orders.recordOf('mac-52-54-00-12-34-56')?.state, 'failed');
});
