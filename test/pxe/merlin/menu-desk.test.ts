/** Somebody stands at the administrator's menu of a device, and what the server says to that. */
import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import { serializePasswordHash } from '../../../src/codec/password-hash.ts';
import { hashPassword } from '../../../src/disk/password-hash.ts';
import { MENU_ANSWER, type MenuHello } from '../../../src/job/merlin-protocol.ts';
import { TEST_MAC } from '../../helpers/dhcp-clients.ts';
import { helloOf, type MerlinLab, openMerlinLab, VERSION } from '../../helpers/merlin-lab.ts';

const MENU = '/merlin/v1/menu';
const DEVICE = 'mac-52-54-00-12-34-56';
const line = serializePasswordHash(await hashPassword('open sesame'));
const LOCKED = `[menu]\npassword = "${line}"\n`;
const IMAGE = `[[device]]\nmac = "${TEST_MAC}"\naction = "image"\nimage = "lab-pc"\nunsigned = true\n`;
const POLICY = `${LOCKED}${IMAGE}`;
const END = { code: null, message: '', writtenBytes: 5, verifiedBytes: 7 };
const BEGIN = { disk: '/dev/sda', serial: 'S1' };

const menuOf = (more: Partial<MenuHello> = {}): MenuHello => ({
  ...{ hello: helloOf(), wish: 'info', password: 'open sesame', visit: '1'.repeat(32) },
  ...more,
});

interface Given {
  readonly id: string;
  readonly ticket: string;
  readonly goesOn: boolean;
  readonly attempt: number;
}

const enter = async ({ send }: MerlinLab, more: Partial<MenuHello> = {}) => {
  const reply = await send(MENU, menuOf(more));
  if (reply.status === 200) MENU_ANSWER.parse(reply.value);
  return reply;
};
const orderOf = async (lab: MerlinLab, more: Partial<MenuHello> = {}): Promise<Given> =>
  (await enter(lab, { wish: 'image', ...more })).value['order'] as Given;
const tell = (lab: MerlinLab, { id, ticket }: Given, step: string, body: object) =>
  lab.send(`/merlin/v1/orders/${id}/${step}`, body, ticket);

test('the right password opens the menu, and the log says who stands there and never what he typed', async (t) => {
  const lab = await openMerlinLab(t, POLICY);
  t.deepEqual((await enter(lab, { password: null })).value, { answer: 'ask' });
  for (const wish of ['merlin', 'repair', 'info'] as const)
    t.deepEqual((await enter(lab, { wish })).value, { answer: 'open' });
  t.deepEqual((await enter(lab, { password: 'open sesam' })).value, { answer: 'wrong' });
  const logged = lab.lines.filter(({ message }) => message.startsWith('menu'));
  t.deepEqual(
    logged.map(({ message }) => message),
    [...Array(3).fill('menu password is right'), 'menu password is wrong'],
  );
  t.like(logged.at(-1)?.fields, { mac: TEST_MAC, address: '127.0.0.1', wish: 'info' });
  t.notRegex(JSON.stringify(lab.lines), /sesam/);
});

for (const [title, policy, wish, reason] of [
  ['a policy without a password', IMAGE, 'info', 'no-password'],
  ['a shell that the policy does not allow', POLICY, 'shell', 'no-shell'],
  ['a device without a row', LOCKED, 'image', 'no-image'],
  [
    'a device whose row orders no image',
    `${LOCKED}[[device]]\nmac = "${TEST_MAC}"\naction = "capture"\nname = "golden"\n`,
    'image',
    'no-image',
  ],
] as const)
  test(`${title} keeps the menu shut, before and after a password`, async (t) => {
    const lab = await openMerlinLab(t, policy);
    for (const password of [null, 'open sesame', 'wrong'])
      t.deepEqual((await enter(lab, { wish, password })).value, { answer: 'shut', reason });
    t.is(lab.orders.recordOf(DEVICE), undefined);
  });

test('a shell is opened where the policy allows one', async (t) => {
  const lab = await openMerlinLab(t, `${LOCKED}rescue-shell = true\n`);
  t.deepEqual((await enter(lab, { wish: 'shell' })).value, { answer: 'open' });
});

test('a wrong password orders nothing, and after three nobody is looked at for a while', async (t) => {
  const lab = await openMerlinLab(t, POLICY);
  for (let count = 0; count < 3; count++)
    t.deepEqual((await enter(lab, { wish: 'image', password: 'x' })).value, { answer: 'wrong' });
  const late = await enter(lab, { wish: 'image' });
  t.like(late.value, { answer: 'later' });
  const wait = Number(late.value['waitSeconds']);
  t.true(wait > 0 && wait <= 20, String(wait));
  t.is(lab.orders.recordOf(DEVICE), undefined);
});

test('an image that was done is ordered anew, once for each visit', async (t) => {
  const lab = await openMerlinLab(t, POLICY);
  const first = (await lab.send('/merlin/v1/start', helloOf())).value['order'] as Given;
  await tell(lab, first, 'begin', BEGIN);
  await tell(lab, first, 'end', END);
  t.is(lab.orders.recordOf(DEVICE)?.state, 'done');

  const reply = await enter(lab, { wish: 'image' });
  t.like(reply.value, { answer: 'image', image: { name: 'lab-pc', id: VERSION } });
  const given = reply.value['order'] as Given;
  t.not(given.id, first.id);
  t.like(given, { goesOn: false, attempt: 1 });
  // The answer got lost: the same order, and the first ticket counts no more.
  const again = await orderOf(lab);
  t.is(again.id, given.id);
  t.is((await tell(lab, given, 'begin', BEGIN)).status, 403);
  t.is((await tell(lab, again, 'begin', BEGIN)).status, 200);
  // The power went: it goes on without a password, by a start like any other.
  const resumed = (await lab.send('/merlin/v1/start', helloOf())).value['order'] as Given;
  t.like(resumed, { id: given.id, goesOn: true });
  t.is((await tell(lab, resumed, 'end', END)).status, 200);
  t.deepEqual((await lab.send('/merlin/v1/start', helloOf())).value, {
    ...{ answer: 'nothing', reason: 'its order is done' },
  });
  // What was done at this visit is not done once more because a message comes late.
  t.like((await enter(lab, { wish: 'image' })).value, { status: 409, code: 'PXE_ORDER_REFUSED' });
  const other = await orderOf(lab, { visit: '2'.repeat(32) });
  t.not(other.id, given.id);
});

test('an order that failed, or that is half done, gives way to the new one', async (t) => {
  const lab = await openMerlinLab(t, POLICY);
  const first = (await lab.send('/merlin/v1/start', helloOf())).value['order'] as Given;
  await tell(lab, first, 'begin', BEGIN);
  const second = await orderOf(lab);
  t.not(second.id, first.id);
  t.false(second.goesOn);
  t.is((await tell(lab, first, 'end', END)).status, 403);
  await tell(lab, second, 'end', { ...END, code: 'DISK_FAILS' });
  t.is(lab.orders.recordOf(DEVICE)?.state, 'failed');
  const third = await orderOf(lab, { visit: '3'.repeat(32) });
  t.is((await tell(lab, third, 'begin', BEGIN)).status, 200);
});

test('an image that is missing is said, and fails the new order', async (t) => {
  const { NacreError } = await import('../../../src/errors.ts');
  const resolveImage = async (): Promise<never> => {
    throw new NacreError('IMAGE_NOT_FOUND', { image: 'lab-pc', near: '' } as never);
  };
  const lab = await openMerlinLab(t, POLICY, { resolveImage });
  t.like((await enter(lab, { wish: 'image' })).value, { status: 409, code: 'IMAGE_NOT_FOUND' });
  t.like(lab.orders.recordOf(DEVICE), { state: 'failed', failure: 'IMAGE_NOT_FOUND' });
});

test('no password reaches a file', async (t) => {
  const lab = await openMerlinLab(t, POLICY);
  await orderOf(lab);
  for (const entry of readdirSync(lab.folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile())
      t.notRegex(readFileSync(`${entry.parentPath}/${entry.name}`, 'utf8'), /open sesame/);
});

const limit = 'x'.repeat(1025);
for (const [title, body] of [
  ['a wish that is none', menuOf({ wish: 'reboot' as 'info' })],
  ['an empty password', menuOf({ password: '' })],
  ['a password that is too long', menuOf({ password: limit })],
  ['a password that is no text', menuOf({ password: 7 as never })],
  ['a visit that is none', menuOf({ visit: '../../x' })],
  ['a device that is none', menuOf({ hello: helloOf({ macs: [] }) })],
  ['nothing', {}],
] as const)
  test(`${title} is refused, and not repeated`, async (t) => {
    const lab = await openMerlinLab(t, POLICY);
    const reply = await lab.send(MENU, body);
    t.is(reply.status, 400);
    t.is(reply.value['code'], 'PXE_MESSAGE_REFUSED');
    t.notRegex(JSON.stringify([reply.value, lab.lines]), /open sesame|xxxx/);
  });

test('a message that breaks off anywhere is refused', async (t) => {
  const lab = await openMerlinLab(t, POLICY, { limits: { messagesPerSecond: 1000 } });
  const whole = JSON.stringify(menuOf());
  for (let length = 0; length < whole.length; length += 7)
    t.is((await lab.send(MENU, whole.slice(0, length))).status, 400);
});
