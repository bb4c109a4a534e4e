import test from 'ava';
import { Parts } from '../../../src/pxe/service/parts.ts';

const makePart = (name: string, closed: string[], failure?: Error): AsyncDisposable => ({
  [Symbol.asyncDispose]: async () => {
    closed.push(name);
    if (failure !== undefined) throw failure;
  },
});

test('parts are closed the other way round, once', async (t) => {
  const closed: string[] = [];
  const parts = new Parts();
  for (const name of ['one', 'two', 'three']) parts.own(makePart(name, closed));
  await Promise.all([parts.close(), parts.close()]);
  await parts.close();
  t.deepEqual(closed, ['three', 'two', 'one']);
});

test('a part that fails to close keeps none of the others open', async (t) => {
  const closed: string[] = [];
  const parts = new Parts();
  parts.own(makePart('one', closed));
  parts.own(makePart('two', closed, new Error('two')));
  parts.own(makePart('three', closed, new Error('three')));
  await t.throwsAsync(parts.close(), { message: 'three' });
  t.deepEqual(closed, ['three', 'two', 'one']);
});
