/** A responder that is killed at every write of an order, and a device that loses its power at every step. */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import test from 'ava';
import { isNacreError } from '../../../src/errors.ts';
import {
  type OrderFiles,
  type OrderRecord,
  openOrderFiles,
} from '../../../src/pxe/policy/order-record.ts';
import { MOST_ATTEMPTS, Orders } from '../../../src/pxe/policy/orders.ts';
import type { OrderAction } from '../../../src/pxe/policy/policy.ts';
import { steppingClock } from '../../helpers/clock.ts';
import { Random } from '../../helpers/random.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const DEVICE = 'mac-52-54-00-12-34-56';
const ORDER: OrderAction = {
  kind: 'image',
  image: 'lab-pc:latest',
  layout: undefined,
  layoutPolicy: 'auto',
  hasBackup: false,
  disk: undefined,
  trust: undefined,
  allowsUnsigned: true,
  order: undefined,
};

class Cut extends Error {}

/** Files as they would lie on a disk; that a real one is replaced at once is a test of its own. */
const keptFiles = (): OrderFiles => {
  const kept = new Map<string, string>();
  return {
    read: async () => ({
      records: [...kept.values()].map((text): OrderRecord => JSON.parse(text)),
      damaged: [],
    }),
    write: async (record) => void kept.set(record.device, JSON.stringify(record)),
  };
};

/** Counts steps down, and cuts at the one that is told. */
class Cutter {
  #left: number;

  constructor(at: number) {
    this.#left = at;
  }

  step(): void {
    if (this.#left-- === 0) throw new Cut();
  }
}

/** Files whose responder dies before a write, or after it and before anybody is told. */
const cutFiles = (files: OrderFiles, cutter: Cutter): OrderFiles => ({
  read: () => files.read(),
  write: async (record: OrderRecord) => {
    cutter.step();
    await files.write(record);
    cutter.step();
  },
});

/** A device: what its disk says survives its power, its ticket does not. */
interface Disk {
  /** Id of the order whose work is half done. */
  dirty: string | undefined;
  /** Runs that began to write, and those that ended. */
  begun: number;
  finished: number;
}

/** One start of Merlin; false when there is nothing to do. The device is cut where the cutter says. */
const startDevice = async (orders: Orders, disk: Disk, cutter: Cutter): Promise<boolean> => {
  if (!['waiting', 'given', 'running'].includes(orders.stateOf(DEVICE, ORDER))) return false;
  cutter.step();
  const { id, ticket, goesOn } = await orders.give(DEVICE, ORDER);
  cutter.step();
  // It began and its disk does not say so: nothing was written, or all was and the report got lost.
  if (goesOn && disk.dirty !== id) {
    const report = disk.finished > 0 ? 'finish' : 'fail';
    if (report === 'finish') await orders.finish(DEVICE, ticket);
    else await orders.fail(DEVICE, ticket, 'CANCELLED');
    return true;
  }
  await orders.start(DEVICE, ticket);
  cutter.step();
  if (!goesOn) disk.begun++;
  disk.dirty = id;
  cutter.step();
  disk.dirty = undefined;
  disk.finished++;
  cutter.step();
  await orders.finish(DEVICE, ticket);
  cutter.step();
  return true;
};

const openOrders = (files: OrderFiles, seed: number): Promise<Orders> => {
  const random = new Random(seed);
  return Orders.open({ files, now: steppingClock(), random: (length) => random.bytes(length) });
};

/** Runs until there is nothing to do, with cuts of the responder and the device; each cut starts both again. */
const runWithCuts = async (
  cuts: readonly number[],
): Promise<Disk & { state: string; isPast: boolean }> => {
  const files = keptFiles();
  const disk: Disk = { dirty: undefined, begun: 0, finished: 0 };
  let isPast = false;
  for (let turn = 0; turn <= cuts.length + MOST_ATTEMPTS; turn++) {
    const cutter = new Cutter(cuts[turn] ?? Number.MAX_SAFE_INTEGER);
    try {
      const orders = await openOrders(cutFiles(files, cutter), turn);
      const isBusy = await startDevice(orders, disk, cutter);
      isPast ||= turn === 0;
      if (!isBusy) return { ...disk, state: orders.stateOf(DEVICE, ORDER), isPast };
    } catch (reason) {
      if (!(reason instanceof Cut) && !isNacreError(reason, 'PXE_ORDER_ATTEMPTS')) throw reason;
    }
  }
  throw new Error('it never ends');
};

test('cut at every step, an order begins at most once and its end is known', async (t) => {
  let count = 0;
  for (let first = 0; ; first++) {
    let isPast = false;
    for (const second of [0, 2, 3, 5, 8, 11, 99]) {
      const end = await runWithCuts([first, second]);
      const what = `cuts at ${first} and ${second}`;
      t.true(end.begun <= 1, what);
      t.is(end.dirty, undefined, what);
      t.true(end.finished <= 1, what);
      t.is(end.state, end.finished > 0 ? 'done' : 'failed', what);
      isPast = end.isPast;
      count++;
    }
    if (isPast) break;
  }
  t.true(count > 70);
});

test('a device that loses its power in the middle of every run is given up', async (t) => {
  // A run that goes on has a step less before it writes: its start is stored already.
  const end = await runWithCuts([7, ...Array.from({ length: 20 }, () => 5)]);
  t.is(end.state, 'failed');
  t.is(end.begun, 1);
  t.is(end.finished, 0);
});

test('a record that is replaced is the old one or the new one at every moment', async (t) => {
  const folder = `${await temporaryFolder(t)}/orders`;
  const files = await openOrderFiles(folder);
  const orders = await openOrders(files, 1);
  const { ticket } = await orders.give(DEVICE, ORDER);
  const whole = await readFile(`${folder}/${DEVICE}.json`);
  // What a cut leaves of the file beside it.
  for (let length = 0; length <= whole.length; length += 64) {
    await writeFile(`${folder}/${DEVICE}.json.new`, whole.subarray(0, length));
    const again = await openOrders(files, 2);
    t.is(again.stateOf(DEVICE, ORDER), 'given');
    t.deepEqual(await readdir(folder), [`${DEVICE}.json`]);
  }
  // A record that was cut itself, as a file system may leave one, is never taken for another one.
  for (let length = 0; length < whole.length - 1; length++) {
    await writeFile(`${folder}/${DEVICE}.json`, whole.subarray(0, length));
    t.is((await openOrders(files, 2)).stateOf(DEVICE, ORDER), 'failed');
  }
  await rm(`${folder}/${DEVICE}.json`);
  await t.throwsAsync((await openOrders(files, 2)).start(DEVICE, ticket), {
    code: 'PXE_ORDER_REFUSED',
  });
});
