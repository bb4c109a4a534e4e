import test from 'ava';
import { LoginLimit } from '../../../src/manager/identity/login-limit.ts';

const makeLimit = () => {
  let nowMs = 0;
  const limit = new LoginLimit(() => nowMs);
  const fail = (user: string, address: string, times: number): void => {
    for (let count = 0; count < times; count += 1) limit.begin(user, address);
  };
  const waitOf = (user: string, address: string): unknown => {
    try {
      limit.check(user, address);
      return 0;
    } catch (reason) {
      return Object(reason).facts.seconds;
    }
  };
  return { limit, fail, waitOf, pass: (ms: number) => (nowMs += ms) };
};

test('the wait of a user doubles with each failure, up to a quarter of an hour, from wherever they come', (t) => {
  const { fail, waitOf } = makeLimit();
  fail('admin', 'a', 4);
  t.is(waitOf('admin', 'a'), 0);
  fail('admin', 'b', 1);
  t.is(waitOf('admin', 'c'), 2);
  fail('admin', 'b', 1);
  t.is(waitOf('admin', 'c'), 4);
  fail('admin', 'b', 40);
  t.is(waitOf('admin', 'c'), 900);
  t.is(waitOf('kim', 'c'), 0);
});

test('an address that tries many users waits too, and those who are elsewhere do not', (t) => {
  const { fail, waitOf } = makeLimit();
  for (let count = 0; count < 20; count += 1) fail(`user${count}`, 'a', 1);
  t.is(waitOf('kim', 'a'), 2);
  t.is(waitOf('kim', 'b'), 0);
});

test('a wait ends, success clears the user, and an hour forgets', (t) => {
  const { limit, fail, waitOf, pass } = makeLimit();
  fail('admin', 'a', 5);
  pass(2000);
  t.is(waitOf('admin', 'a'), 0);
  limit.begin('admin', 'a');
  limit.succeeded('admin', 'a');
  fail('admin', 'a', 4);
  t.is(waitOf('admin', 'a'), 0);
  fail('lee', 'b', 6);
  pass(3_600_000);
  fail('lee', 'b', 1);
  t.is(waitOf('lee', 'b'), 0);
});
