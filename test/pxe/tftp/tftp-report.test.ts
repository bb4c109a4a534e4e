import test from 'ava';
import { pino } from 'pino';
import { refusal, TransferLog } from '../../../src/pxe/tftp/tftp-report.ts';
import { TransferSlots } from '../../../src/pxe/tftp/transfer-slots.ts';

const REFUSED = { address: '10.0.0.1', file: 'x', ...refusal('not-found') };

const capture = () => {
  const lines: Record<string, unknown>[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
  return { lines, log: new TransferLog(log) };
};

test('a transfer is one line with its figures', (t) => {
  const { lines, log } = capture();
  const end = {
    outcome: 'done',
    reason: undefined,
    bytes: 7,
    resentBlocks: 1,
    seconds: 2,
  } as const;
  log.write({ address: '10.0.0.1', file: 'a', ...end }, 0);
  t.is(lines.length, 1);
  t.like(lines[0], { level: 30, msg: 'tftp transfer ended', address: '10.0.0.1', file: 'a' });
  t.like(lines[0], { outcome: 'done', bytes: 7, resentBlocks: 1, seconds: 2 });
});

test('a thousand refusals in a second are twenty lines, and the next second says what is left out', (t) => {
  const { lines, log } = capture();
  for (let count = 0; count < 1000; count++) log.write(REFUSED, 5000 + count / 2);
  t.is(lines.length, 20);
  log.write(REFUSED, 6000);
  t.like(lines[20], { msg: 'tftp request refused', refusalsLeftOut: 980 });
  log.write(REFUSED, 6001);
  t.false('refusalsLeftOut' in (lines[21] ?? {}));
});

test('slots are counted for each address and in all, and come back', (t) => {
  const slots = new TransferSlots(3, 2);
  t.deepEqual(
    ['a', 'a', 'a', 'b', 'b', 'c'].map((address) => slots.take(address)),
    [true, true, false, true, false, false],
  );
  slots.release('a');
  t.true(slots.take('c'));
  t.false(slots.take('a'));
  for (const address of ['a', 'b', 'c']) slots.release(address);
  t.true(slots.take('a'));
});
