import test from 'ava';
import { fromHex, isDigestHex, toHex } from '../../src/codec/hex.ts';

test('bytes come back from their digits', (t) => {
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  t.deepEqual(fromHex(toHex(bytes)), bytes);
  t.is(toHex(bytes), Buffer.from(bytes).toString('hex'));
  t.deepEqual(fromHex('FFa0'), Uint8Array.of(255, 160));
});

test('text that is no hexadecimal is refused', (t) => {
  for (const text of ['a', 'zz', '0x00', ' 00', '0-']) t.is(fromHex(text), undefined);
  t.false(isDigestHex('A'.repeat(64)));
  t.false(isDigestHex(`${'a'.repeat(64)}\n`));
  t.true(isDigestHex('0'.repeat(64)));
});
