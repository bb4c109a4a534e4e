/** Orders carried out against the server's real parts: a blank disk becomes an imaged one. */
import { execFileSync } from 'node:child_process';
import { statSync, truncateSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { runImageOrder } from '../../../src/agent/order/image-order.ts';
import { readBootState } from '../../../src/disk/boot-state.ts';
import { inspectDisk, openForRead } from '../../../src/disk/device.ts';
import { FatVolume } from '../../../src/disk/fat.ts';
import { findLabelledPartition } from '../../../src/disk/labelled-partition.ts';
import { isNacreError } from '../../../src/errors.ts';
import { openBackupOf } from '../../../src/image/backup/backup.ts';
import type { OnProgress } from '../../../src/image/operation.ts';
import { verifyDisk } from '../../../src/image/verify-disk.ts';
import { TEST_MAC } from '../../helpers/dhcp-clients.ts';
import { makeOrderLab, type OrderLab } from '../../helpers/order-lab.ts';
import { serveFolder } from '../../helpers/web-server.ts';

const DEVICE = 'mac-52-54-00-12-34-56';
const LAYOUT = 'action = "image"\nimage = "lab"\nunsigned = true\nlayout = "wes7"\n';
const WHOLE = 'action = "image"\nimage = "lab"\nunsigned = true\n';

/** Nothing is fetched for what is done. */
const unasked = () => Promise.reject(new Error('nothing is fetched'));

const stateOf = ({ server }: OrderLab) => server.orders.recordOf(DEVICE)?.state;
const phasesOf = ({ server }: OrderLab): readonly string[] => [
  ...new Set(server.said.map(([, { phase }]) => phase ?? '')),
];

const failureOf = async (t: ExecutionContext, run: Promise<unknown>) => {
  const error = await t.throwsAsync(run);
  if (!isNacreError(error)) throw error;
  return error;
};

const blockOf = async (path: string) => {
  using disk = await openForRead(path);
  using volume = await FatVolume.open(disk, await findLabelledPartition(disk, 'NACRE-BA'));
  return (await readBootState(volume))?.block;
};

const expectImaged = async (t: ExecutionContext, { lab, path, run, ...rest }: OrderLab) => {
  const block = await blockOf(path);
  t.like(block, { mode: 'os', isDirty: false, status: '0' });
  const [answer] = rest.answers;
  t.is(block?.cmdid, answer?.answer === 'image' ? answer.order.id : '');
  using backup = await openBackupOf({ path });
  const [generation] = await backup.generations();
  t.like(generation, { isCurrent: true, verified: true, complete: true });
  const table = execFileSync('/usr/sbin/sfdisk', ['--verify', path], { encoding: 'utf8' });
  t.regex(table, /No errors detected/);
};

test('a blank disk gets layout, OS and backup straight from the store, and the server knows', async (t) => {
  const order = await makeOrderLab(t, { row: LAYOUT });
  const report = await order.run();
  t.like(report, { name: 'lab', wasDone: false });
  t.true(report?.kind === 'image' && report.writtenBytes > 0);
  await expectImaged(t, order);
  t.is(stateOf(order), 'done');
  t.deepEqual(phasesOf(order).slice(0, 1), ['asked']);
  t.true(phasesOf(order).includes('begin'));
  t.is(phasesOf(order).at(-1), 'done');
  t.is(await order.run(), undefined, 'nothing is left to do');
  t.like(order.answers.at(-1), { answer: 'nothing', reason: 'its order is done' });
});

test('without a layout the disk becomes that of the image', async (t) => {
  const order = await makeOrderLab(t, { row: WHOLE });
  await order.run();
  t.is(stateOf(order), 'done');
  const { lab, path } = order;
  t.like(await verifyDisk({ store: lab.store, image: 'lab', path }), { same: true });
});

test('the packs come from the copy near the machine, and from the server once that is gone', async (t) => {
  const order = await makeOrderLab(t, { row: WHOLE });
  const near = await serveFolder(t, order.lab.at('store'));
  const subnet = `[[subnet]]\nnetwork = "127.0.0.0/8"\nstore = "${near.url}/"\n`;
  const policyWith = (word: string) =>
    `${subnet}[[device]]\nmac = "${TEST_MAC}"\norder = "${word}"\n${WHOLE}`;
  order.server.setPolicy(policyWith('first'));
  await order.run();
  t.is(stateOf(order), 'done');
  t.true(near.requests.some(({ name }) => name.endsWith('.pack')));
  await near.close();
  truncateSync(order.path, 0);
  truncateSync(order.path, 512 * 2 ** 20);
  order.server.setPolicy(policyWith('second'));
  await order.run();
  t.is(stateOf(order), 'done');
  t.like(await verifyDisk({ store: order.lab.store, image: 'lab', path: order.path }), {
    same: true,
  });
});

test('an order that is done and was not reported is reported, and nothing is written', async (t) => {
  const order = await makeOrderLab(t, { row: LAYOUT });
  const { server } = order;
  await order.run();
  const [answer] = order.answers;
  if (answer?.answer !== 'image') return t.fail();
  // The same order as the disk knows it, and as the server knew it before the report.
  const record = server.orders.recordOf(DEVICE);
  t.is(record?.id, answer.order.id);
  const disks = [await inspectDisk(order.path)];
  const report = await runImageOrder({
    order: { ...answer, order: { ...answer.order, goesOn: true } },
    disks,
    store: order.lab.store,
    bootFiles: { location: '', read: unasked, readSmall: unasked },
    folder: order.lab.folder,
    nodePart: '',
    machine: { maker: '', product: '' },
    beforeWrite: () => Promise.reject(new Error('nothing is written')),
  });
  t.like(report, { wasDone: true, writtenBytes: 0 });
  return undefined;
});

/** Points of an order at which something is taken away: a phase, and how much of it is done. */
const POINTS = [
  ['boot-files', 0],
  ['fill', 0],
  ['fill', 0.5],
  ['restore', 0],
  ['restore', 0.5],
] as const;

/** Calls `work` once, when the progress of an order comes to this point. */
const atPoint = (
  [phase, share]: (typeof POINTS)[number],
  work: () => Promise<void>,
): { readonly onProgress: OnProgress; readonly worked: () => Promise<void> | undefined } => {
  let worked: Promise<void> | undefined;
  const onProgress: OnProgress = (progress) => {
    if (progress.phase !== phase || progress.doneBytes < share * progress.totalBytes) return;
    worked ??= work();
  };
  return { onProgress, worked: () => worked };
};

for (const point of POINTS)
  test(`a server that is gone at ${point.join(' ')} is waited for, and the order goes on`, async (t) => {
    const order = await makeOrderLab(t, { row: LAYOUT });
    const { onProgress, worked } = atPoint(point, async () => {
      await Promise.all([order.files.stop(), order.server.stop()]);
      await order.files.start();
      await order.server.start();
    });
    await order.run({ onProgress });
    t.truthy(worked(), 'the point was reached');
    await worked();
    await expectImaged(t, order);
    t.is(stateOf(order), 'done');
    t.is(order.answers.length, 1);
  });

for (const point of POINTS)
  test(`a machine that loses its power at ${point.join(' ')} does what is missing at its next start`, async (t) => {
    const order = await makeOrderLab(t, { row: LAYOUT });
    const power = new AbortController();
    const { onProgress } = atPoint(point, async () => power.abort());
    const error = await failureOf(t, order.run({ onProgress, signal: power.signal }));
    t.is(error.code, 'CANCELLED');
    t.is(stateOf(order), point[0] === 'boot-files' ? 'given' : 'running');
    await order.run();
    await expectImaged(t, order);
    t.is(stateOf(order), 'done');
  });

for (const [title, row, spoil, code, before] of [
  [
    'a boot file that is not the one of the list',
    LAYOUT,
    (name: string, bytes: Buffer) => (name === 'vmlinuz' ? Buffer.alloc(bytes.length) : bytes),
    'BOOT_FILES_DAMAGED',
    /vmlinuz has the SHA-256/,
  ],
  [
    'a list that is not the one of the server',
    LAYOUT,
    (name: string, bytes: Buffer) => (name === 'boot.json' ? Buffer.from('{}') : bytes),
    'BOOT_FILES_DAMAGED',
    /boot.json has the SHA-256 .*, the server named/,
  ],
  ['a disk that is not there', `${LAYOUT}disk = "Z9"\n`, undefined, 'MERLIN_NO_DISK', /Z9/],
  [
    'a layout that the image does not fit',
    LAYOUT.replace('wes7', 'uefi'),
    undefined,
    'LAYOUT_NO_LOADER',
    /./,
  ],
] as const)
  test(`${title} fails the order before anything is written`, async (t) => {
    const order = await makeOrderLab(t, { row, ...(spoil === undefined ? {} : { spoil }) });
    const blocks = statSync(order.path).blocks;
    const error = await failureOf(t, order.run());
    t.is(error.code, code);
    t.regex(error.message, before);
    t.is(statSync(order.path).blocks, blocks, 'the disk is as it was');
    t.is(stateOf(order), 'failed');
    t.is(order.server.orders.recordOf(DEVICE)?.failure, code);
    t.is(await order.run(), undefined, 'a failed order is not done again');
  });

test('a server that shows another key hears nothing', async (t) => {
  const order = await makeOrderLab(t, { row: LAYOUT });
  const error = await failureOf(t, order.run({ pin: 'ab'.repeat(32) }));
  t.is(error.code, 'STORE_WEB_PIN');
  t.is(stateOf(order), undefined);
});

test('a policy that answers nobody leaves nothing to do', async (t) => {
  const order = await makeOrderLab(t, { row: LAYOUT });
  order.server.setPolicy('answer = "off"\n');
  t.is(await order.run(), undefined);
  t.like(order.answers[0], { answer: 'nothing' });
});
