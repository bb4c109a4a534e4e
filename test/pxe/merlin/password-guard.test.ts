import test from 'ava';
import { hashPassword } from '../../../src/disk/password-hash.ts';
import { PasswordGuard } from '../../../src/pxe/merlin/password-guard.ts';

const hash = await hashPassword('open sesame');
const LIMITS = {
  ...{ triesOfOne: 3, pauseOfOneMs: 20_000, triesOfAll: 5, pauseOfAllMs: 2000, waiting: 16 },
};

const guardAt = (time: { ms: number }) => new PasswordGuard(() => time.ms, LIMITS);

test('a right password is right as often as it comes, and costs no try', async (t) => {
  const guard = guardAt({ ms: 0 });
  for (let count = 0; count < 6; count++)
    t.is(await guard.check(hash, 'open sesame', ['device a']), 'right');
  t.is(await guard.check(hash, 'x', ['device a']), 'wrong');
});

test('after three that were wrong even the right one has to wait', async (t) => {
  const time = { ms: 0 };
  const guard = guardAt(time);
  for (let count = 0; count < 3; count++)
    t.is(await guard.check(hash, `wrong ${count}`, ['device a', 'address 1']), 'wrong');
  t.deepEqual(await guard.check(hash, 'open sesame', ['device a']), { waitMs: 20_000 });
  // Neither another device at the same address, nor the same device at another one.
  t.deepEqual(await guard.check(hash, 'x', ['device b', 'address 1']), { waitMs: 20_000 });
  t.deepEqual(await guard.check(hash, 'x', ['device a', 'address 2']), { waitMs: 20_000 });
  time.ms = 19_999;
  t.like(await guard.check(hash, 'x', ['device a']), { waitMs: 1 });
  time.ms = 20_000;
  t.is(await guard.check(hash, 'x', ['device a']), 'wrong');
  t.like(await guard.check(hash, 'open sesame', ['device a']), { waitMs: 20_000 });
});

test('whoever makes up devices and addresses is slowed down like one', async (t) => {
  const time = { ms: 0 };
  const guard = guardAt(time);
  for (let count = 0; count < 5; count++)
    t.is(await guard.check(hash, 'x', [`device ${count}`, `address ${count}`]), 'wrong');
  t.deepEqual(await guard.check(hash, 'open sesame', ['device new']), { waitMs: 2000 });
  time.ms = 2000;
  t.is(await guard.check(hash, 'open sesame', ['device new']), 'right');
});

test('a crowd at once is looked at one by one, and most of it not at all', async (t) => {
  const guard = guardAt({ ms: 0 });
  const crowd = Array.from({ length: 40 }, (_, index) =>
    guard.check(hash, `x${index}`, ['device a']),
  );
  const verdicts = await Promise.all(crowd);
  t.is(verdicts.filter((verdict) => verdict === 'wrong').length, 3);
  t.true(verdicts.every((verdict) => verdict !== 'right'));
});
