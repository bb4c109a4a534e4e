import test from 'ava';
import { contentReader } from '../../../src/codec/tftp-content.ts';
import { SendWindow } from '../../../src/pxe/tftp/send-window.ts';

const OACK = Uint8Array.of(0, 6);

/** A window over `length` bytes in blocks of 8, and the numbers of what it sends; -1 is the OACK. */
const windowOver = (length: number, windowBlocks: number, hasOack = false) => {
  const content = Buffer.alloc(length, 7);
  const read = contentReader(content, 'octet');
  const oack = hasOack ? OACK : undefined;
  const window = new SendWindow({ read, oack, blockBytes: 8, windowBlocks });
  let sent: number[] = [];
  const send = (datagram: Uint8Array): void => {
    sent.push(datagram === OACK ? -1 : Buffer.from(datagram).readUInt16BE(2));
  };
  const take = (): number[] => {
    const numbers = sent;
    sent = [];
    return numbers;
  };
  return { window, send, take };
};

test('one block after the other is sent and acknowledged, up to a short last one', (t) => {
  const { window, send, take } = windowOver(20, 1);
  window.sendNew(send);
  t.deepEqual(take(), [1]);
  t.is(window.acknowledge(1), 'advanced');
  window.sendNew(send);
  window.sendNew(send);
  t.deepEqual(take(), [2]);
  t.is(window.acknowledge(2), 'advanced');
  t.false(window.isAllSent);
  window.sendNew(send);
  t.true(window.isAllSent);
  t.is(window.ackedBytes, 16);
  t.is(window.acknowledge(3), 'finished');
  t.is(window.ackedBytes, 20);
  t.is(window.resentBlocks, 0);
});

for (const [length, blocks] of [
  [0, [1]],
  [7, [1]],
  [8, [1, 2]],
  [9, [1, 2]],
  [16, [1, 2, 3]],
] as const) {
  test(`${length} bytes are ${blocks.length} blocks of 8`, (t) => {
    const { window, send, take } = windowOver(length, 64);
    window.sendNew(send);
    t.deepEqual(take(), [...blocks]);
    t.is(window.acknowledge(blocks.length), 'finished');
    t.is(window.ackedBytes, length);
  });
}

test('an OACK is sent alone, as block 0', (t) => {
  const { window, send, take } = windowOver(100, 4, true);
  window.sendNew(send);
  window.sendNew(send);
  t.deepEqual(take(), [-1]);
  t.true(window.isGreeting);
  t.is(window.acknowledge(1), 'ignored');
  window.sendOldest(send);
  t.deepEqual(take(), [-1]);
  t.is(window.acknowledge(0), 'advanced');
  t.false(window.isGreeting);
  t.true(window.isAtStart);
  window.sendNew(send);
  t.deepEqual(take(), [1, 2, 3, 4]);
});

test('an ACK inside of the window tells of a gap, from where all is sent again', (t) => {
  const { window, send, take } = windowOver(100, 4);
  window.sendNew(send);
  t.deepEqual(take(), [1, 2, 3, 4]);
  t.is(window.acknowledge(2), 'gap');
  window.sendAgain(send);
  window.sendNew(send);
  t.deepEqual(take(), [3, 4, 5, 6]);
  t.is(window.resentBlocks, 2);
  t.is(window.acknowledge(6), 'advanced');
  window.sendNew(send);
  t.deepEqual(take(), [7, 8, 9, 10]);
});

test('what was sent before is sent again with the same bytes', (t) => {
  const content = Buffer.from(Array.from({ length: 43 }, (_, index) => index));
  const read = contentReader(content, 'octet');
  const window = new SendWindow({ read, oack: undefined, blockBytes: 8, windowBlocks: 4 });
  const bytesOf = (block: number): Buffer =>
    Buffer.concat([Buffer.of(0, 3, 0, block), content.subarray((block - 1) * 8, block * 8)]);
  const check = (first: number) => {
    let block = first;
    return (datagram: Uint8Array): void => {
      t.deepEqual(Buffer.from(datagram), bytesOf(block));
      block++;
    };
  };
  window.sendNew(check(1));
  window.sendOldest(check(1));
  window.acknowledge(3);
  window.sendAgain(check(4));
  window.sendNew(check(5));
  window.sendAgain(check(4));
  window.sendOldest(check(4));
});

for (const [block, meaning] of [
  [0, 'repeated'],
  [4, 'advanced'],
  [3, 'gap'],
  [5, 'ignored'],
  [500, 'ignored'],
  [65_535, 'ignored'],
] as const) {
  test(`with 1 to 4 on their way an ACK of ${block} is ${meaning}`, (t) => {
    const { window, send } = windowOver(100, 4);
    window.sendNew(send);
    t.is(window.acknowledge(block), meaning);
  });
}

test('an ACK of a block before the last acknowledged one is ignored', (t) => {
  const { window, send } = windowOver(1000, 4);
  window.sendNew(send);
  window.acknowledge(4);
  window.sendNew(send);
  for (const block of [0, 1, 2, 3]) t.is(window.acknowledge(block), 'ignored');
  t.is(window.acknowledge(4), 'repeated');
});

test('block numbers roll over, and no byte is lost there', (t) => {
  const { window, send, take } = windowOver(8 * 70_000, 64);
  for (let acked = 0; acked < 70_000; acked += 64) {
    window.sendNew(send);
    const numbers = take();
    t.is(numbers.at(-1), Math.min(acked + 64, 70_001) & 0xffff);
    window.acknowledge(numbers.at(-1) ?? 0);
  }
  t.is(window.ackedBytes, 8 * 70_000);
});
