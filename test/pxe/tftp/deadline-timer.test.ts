import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import { DeadlineTimer } from '../../../src/pxe/tftp/deadline-timer.ts';

/** A timer, the deadlines that it told, and the next one. */
const timerWithCalls = () => {
  const calls: number[] = [];
  let wake: (now: number) => void = () => undefined;
  const timer = new DeadlineTimer((now) => {
    calls.push(now);
    wake(now);
  });
  const next = (): Promise<number> =>
    new Promise((resolve) => {
      wake = resolve;
    });
  return { timer, calls, next };
};

test('it tells a deadline that is over, once, and can be set again', async (t) => {
  const { timer, calls, next } = timerWithCalls();
  for (let count = 1; count <= 3; count++) {
    const now = performance.now();
    timer.set(now + 3, now);
    t.true((await next()) >= now + 3);
    t.is(calls.length, count);
  }
});

test('a deadline may move away and come nearer', async (t) => {
  const { timer, calls, next } = timerWithCalls();
  const now = performance.now();
  timer.set(now + 3, now);
  timer.set(now + 1e6, now);
  timer.set(now + 20, now);
  t.true((await next()) >= now + 20);
  t.is(calls.length, 1);
});

test('a stopped timer tells nothing', async (t) => {
  const stopped = timerWithCalls();
  const other = timerWithCalls();
  const now = performance.now();
  stopped.timer.set(now + 1, now);
  stopped.timer.stop();
  other.timer.set(now + 5, now);
  await other.next();
  t.deepEqual(stopped.calls, []);
});

test('what came while the process was held up counts before the deadline does', async (t) => {
  const { timer, calls } = timerWithCalls();
  const socket = createSocket('udp4');
  t.teardown(() => {
    timer.stop();
    socket.close();
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const received = once(socket, 'message');
  socket.on('message', () => timer.set(performance.now() + 1e6, performance.now()));
  const now = performance.now();
  timer.set(now + 1, now);
  await new Promise((resolve) => {
    socket.send('ack', socket.address().port, '127.0.0.1', resolve);
    process.nextTick(() => {
      while (performance.now() < now + 20);
    });
  });
  await received;
  await setImmediate();
  await setImmediate();
  t.deepEqual(calls, []);
});
