import test from 'ava';
import { parseTrustAnchors, serializeTrustAnchors } from '../../src/codec/trust-anchors.ts';
import { makeKeyPair } from '../../src/image/store/signature.ts';

const KEYS = [makeKeyPair().publicPem, makeKeyPair().publicPem];
const INVALID = { code: 'BOOT_TRUST_INVALID' };

for (const anchors of [
  { keys: KEYS, allowsUnsigned: false },
  { keys: KEYS.slice(1), allowsUnsigned: true },
  { keys: [], allowsUnsigned: true },
]) {
  test(`${anchors.keys.length} keys, unsigned ${anchors.allowsUnsigned}, come back`, (t) => {
    t.deepEqual(parseTrustAnchors(serializeTrustAnchors(anchors)), anchors);
  });
}

test('a file that was edited on Windows is read', (t) => {
  const text = serializeTrustAnchors({ keys: KEYS, allowsUnsigned: false }).toString();
  t.is(parseTrustAnchors(Buffer.from(text.replaceAll('\n', '\r\n'))).keys.length, 2);
});

test('no key and no word about unsigned images is refused', (t) => {
  t.throws(() => parseTrustAnchors(Buffer.from('')), INVALID);
  t.throws(() => parseTrustAnchors(Buffer.from('unsigned=no\n')), INVALID);
  t.throws(() => parseTrustAnchors(Buffer.from('unsigned=maybe\n')), INVALID);
  t.throws(() => parseTrustAnchors(Buffer.from(`${KEYS[0]}`)), INVALID);
  t.throws(() => parseTrustAnchors(Buffer.from('unsigned=yes\nunsigned=no\n')), INVALID);
  t.throws(() => parseTrustAnchors(Buffer.alloc(70_000, '#')), INVALID);
  const many = Array.from({ length: 17 }, () => KEYS[0] ?? '');
  t.throws(() => serializeTrustAnchors({ keys: many, allowsUnsigned: false }), INVALID);
  t.throws(() => serializeTrustAnchors({ keys: ['no key'], allowsUnsigned: true }), INVALID);
});

test('a file that was cut off never allows more than it did', (t) => {
  const bytes = serializeTrustAnchors({ keys: KEYS, allowsUnsigned: false });
  for (let length = 0; length < bytes.length; length++) {
    try {
      t.false(parseTrustAnchors(bytes.subarray(0, length)).allowsUnsigned);
    } catch (reason) {
      t.like(reason, INVALID);
    }
  }
});
