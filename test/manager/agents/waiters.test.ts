import test from 'ava';
import { Waiters } from '../../../src/manager/agents/waiters.ts';

const stays = new AbortController().signal;

test('an agent that waits is woken, and answered when its time is over or it has gone', async (t) => {
  const waiters = new Waiters();
  const woken = waiters.wait('a', 60_000, stays);
  waiters.wake('b');
  waiters.wake('a');
  t.is(await woken, 'woken');
  t.is(await waiters.wait('a', 1, stays), 'over');
  const leaving = new AbortController();
  const left = waiters.wait('a', 60_000, leaving.signal);
  leaving.abort();
  t.is(await left, 'over');
  t.is(await waiters.wait('a', 60_000, leaving.signal), 'over');
  t.deepEqual(waiters.devices, []);
});

test('a second request of a device ends the first one, and there is room for so many', async (t) => {
  const waiters = new Waiters(2);
  const first = waiters.wait('a', 60_000, stays);
  const second = waiters.wait('a', 60_000, stays);
  t.is(await first, 'over');
  const other = waiters.wait('b', 60_000, stays);
  t.false(waiters.hasRoom);
  t.is(await waiters.wait('c', 60_000, stays), 'over', 'at once');
  waiters.close();
  t.deepEqual(await Promise.all([second, other]), ['over', 'over']);
  t.is(await waiters.wait('a', 60_000, stays), 'over');
});
