import test from 'ava';
import { DigestIndex, RecordSet } from '../../../src/image/store/digest-index.ts';
import { Random } from '../../helpers/random.ts';

test('every digest is found at its first place, others are not', (t) => {
  const random = new Random(1);
  const digests = random.bytes(5000 * 32);
  digests.copyWithin(4999 * 32, 7 * 32, 8 * 32);
  const index = new DigestIndex(digests);
  t.is(index.count, 5000);
  for (let record = 0; record < 4999; record++) {
    if (index.find(digests, record * 32) !== record) t.fail(`record ${record}`);
  }
  t.is(index.find(digests, 4999 * 32), 7);
  t.is(index.find(random.bytes(32), 0), -1);
  t.is(new DigestIndex().find(digests, 0), -1);
});

test('an index grows and keeps the numbers of its records', (t) => {
  const digests = new Random(2).bytes(3000 * 32);
  const index = new DigestIndex(digests.slice(0, 3 * 32));
  for (let record = 0; record < 3000; record++) t.is(index.add(digests, record * 32), record);
  for (let record = 0; record < 3000; record++) t.is(index.add(digests, record * 32), record);
  t.is(index.count, 3000);
});

test('digests that are chosen to look alike are told apart', (t) => {
  const digests = new Uint8Array(2000 * 32);
  for (let record = 0; record < 2000; record++) {
    new DataView(digests.buffer).setUint32(record * 32 + 28, record, true);
  }
  const index = new DigestIndex(digests);
  for (let record = 0; record < 2000; record++) t.is(index.find(digests, record * 32), record);
});

test('a set of records counts each once', (t) => {
  const set = new RecordSet(20);
  t.true(set.add(19));
  t.false(set.add(19));
  t.true(set.add(0));
  t.true(set.has(0) && set.has(19) && !set.has(1));
  t.is(set.size, 2);
});
