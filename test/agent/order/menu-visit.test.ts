/** Somebody at the administrator's menu: Merlin's side against a real server. */
import test, { type ExecutionContext } from 'ava';
import { type MenuVisitOptions, runMenuVisit } from '../../../src/agent/order/menu-visit.ts';
import { serializePasswordHash } from '../../../src/codec/password-hash.ts';
import { hashPassword } from '../../../src/disk/password-hash.ts';
import { isNacreError } from '../../../src/errors.ts';
import { TEST_MAC } from '../../helpers/dhcp-clients.ts';
import { type MerlinLab, type MerlinLabOptions, openMerlinLab } from '../../helpers/merlin-lab.ts';
import { makeOrderLab } from '../../helpers/order-lab.ts';

const DEVICE = 'mac-52-54-00-12-34-56';
const hash = serializePasswordHash(await hashPassword('open sesame'));
const ROW = 'action = "image"\nimage = "lab"\nunsigned = true\n';
const MENU = `[menu]\npassword = "${hash}"\n`;

type Start = () => Promise<Omit<MenuVisitOptions, 'wish' | 'visit' | 'askPassword'>>;

/** One visit of somebody who types these, and what he was asked: whether the one before was wrong. */
const visit = async (
  { start }: { readonly start: Start },
  typed: readonly string[],
  more: Partial<MenuVisitOptions> = {},
) => {
  const asked: boolean[] = [];
  const left = [...typed];
  const end = await runMenuVisit({
    ...(await start()),
    wish: 'info',
    visit: '1'.repeat(32),
    askPassword: async (isWrong) => {
      asked.push(isWrong);
      return left.shift();
    },
    ...more,
  });
  return { end, asked };
};

/** A server, and a machine without a disk. */
const labWith = async (
  t: ExecutionContext,
  row = `${ROW}${MENU}`,
  more: MerlinLabOptions = {},
): Promise<{ readonly server: MerlinLab; readonly start: Start }> => {
  const server = await openMerlinLab(t, `[[device]]\nmac = "${TEST_MAC}"\n${row}`, more);
  const url = `https://127.0.0.1:${server.port}`;
  const machine = { cards: [{ mac: TEST_MAC }], disks: [], block: undefined, nodePart: '/nowhere' };
  return { server, start: async () => ({ url, pin: server.pin, ...machine }) };
};

const failureOf = async (t: ExecutionContext, run: Promise<unknown>): Promise<string> => {
  const error = await t.throwsAsync(run);
  return isNacreError(error) ? error.code : String(error);
};

test('the right password opens the menu, after a wrong one too', async (t) => {
  const lab = await labWith(t);
  t.deepEqual(await visit(lab, ['open sesame']), { end: { outcome: 'open' }, asked: [false] });
  const { end, asked } = await visit(lab, ['', 'open sesam', 'open sesame']);
  t.deepEqual(end, { outcome: 'open' });
  t.deepEqual(asked, [false, true, true]);
});

test('three wrong ones end the visit, and so does whoever leaves', async (t) => {
  const lab = await labWith(t);
  const { end, asked } = await visit(lab, ['a', 'x'.repeat(2000), '', 'open sesame']);
  t.deepEqual(end, { outcome: 'shut', reason: 'wrong' });
  t.deepEqual(asked, [false, true, true]);
  t.deepEqual((await visit(lab, [])).end, { outcome: 'shut', reason: 'left' });
});

for (const [reason, row, wish] of [
  ['no-password', ROW, 'info'],
  ['no-image', `action = "local-disk"\n${MENU}`, 'image'],
  ['no-shell', `${ROW}${MENU}`, 'shell'],
] as const)
  test(`nobody is asked in vain: ${reason}`, async (t) => {
    const { end, asked } = await visit(await labWith(t, row), ['open sesame'], { wish });
    t.deepEqual(end, { outcome: 'shut', reason });
    t.deepEqual(asked, []);
  });

test('without a server, and without its pin, nobody is asked either', async (t) => {
  const lab = await labWith(t);
  for (const more of [{ url: '' }, { pin: '' }])
    t.deepEqual(await visit(lab, ['open sesame'], more), {
      ...{ end: { outcome: 'shut', reason: 'no-server' }, asked: [] },
    });
});

test('another server than the one of the pin never sees a password', async (t) => {
  const lab = await labWith(t);
  let asked = 0;
  const askPassword = async () => {
    asked++;
    return 'open sesame';
  };
  const run = visit(lab, [], { pin: '0'.repeat(64), askPassword });
  t.is(await failureOf(t, run), 'STORE_WEB_PIN');
  t.is(asked, 0);
});

test('a password that is put off is sent again by itself', async (t) => {
  const guard = { triesOfOne: 1, pauseOfOneMs: 3000 };
  const lab = await labWith(t, undefined, { guard });
  const waits: number[] = [];
  const onLater = (seconds: number) => waits.push(seconds);
  const { end } = await visit(lab, ['wrong', 'open sesame'], { onLater });
  t.deepEqual(end, { outcome: 'open' });
  // On a busy machine a part of the pause is over before the next try, and a timer may end just before it.
  const [first, ...more] = waits;
  t.true(first !== undefined && first >= 1 && first <= 3, String(waits));
  t.true(more.length === 0 || (more.length === 1 && more[0] === 1), String(waits));
});

test('an image is ordered anew for a disk that has had it, and done once for one visit', async (t) => {
  const lab = await makeOrderLab(t, { row: `${ROW}${MENU}` });
  const first = await lab.run();
  t.true(first?.kind === 'image' && first.writtenBytes > 0);
  t.is(await lab.run(), undefined);

  const { end } = await visit(lab, ['open sesame'], { wish: 'image' });
  if (end.outcome !== 'imaged') return t.fail(end.outcome);
  // Everything was compared, and nothing differed.
  t.is(end.report.writtenBytes, 0);
  t.true(end.report.verifiedBytes > 0);
  const record = lab.server.orders.recordOf(DEVICE);
  t.like(record, { state: 'done', attempts: 1 });
  const late = visit(lab, ['open sesame'], { wish: 'image' });
  t.is(await failureOf(t, late), 'MERLIN_SERVER_REFUSED');
  t.is(lab.server.orders.recordOf(DEVICE)?.id, record?.id);
  const other = await visit(lab, ['open sesame'], { wish: 'image', visit: '2'.repeat(32) });
  t.is(other.end.outcome, 'imaged');
  t.not(lab.server.orders.recordOf(DEVICE)?.id, record?.id);
});
