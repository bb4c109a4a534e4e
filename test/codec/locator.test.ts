import test from 'ava';
import { parseLocator, serializeLocator } from '../../src/codec/locator.ts';
import { parseSignatures, serializeSignatures, signedText } from '../../src/codec/signatures.ts';
import { isNacreError } from '../../src/errors.ts';

const PACK_A = 'a'.repeat(64);
const PACK_B = 'b'.repeat(64);
const SIGNATURE = { key: `${'A'.repeat(59)}=`, signature: `${'B'.repeat(86)}==` };
const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

test('a locator and signatures come back from their bytes', (t) => {
  t.deepEqual(parseLocator(serializeLocator({ packs: [PACK_B, PACK_A] })).packs, [PACK_B, PACK_A]);
  t.deepEqual(parseSignatures(serializeSignatures([SIGNATURE])), [SIGNATURE]);
  t.deepEqual(parseSignatures(json({ signatures: [] })), []);
  t.is(signedText(PACK_A), `nacre manifest ${PACK_A}`);
});

test('texts that are cut off anywhere are refused', (t) => {
  const locator = serializeLocator({ packs: [PACK_A] });
  for (let length = 0; length < locator.length; length++) {
    t.true(
      isNacreError(
        t.throws(() => parseLocator(locator.subarray(0, length))),
        'IMAGE_FORMAT',
      ),
    );
  }
  const signatures = serializeSignatures([SIGNATURE]);
  for (let length = 0; length < signatures.length; length++) {
    const error = t.throws(() => parseSignatures(signatures.subarray(0, length)));
    t.true(isNacreError(error, 'IMAGE_FORMAT'));
  }
});

const BAD_LOCATORS: readonly (readonly [string, unknown])[] = [
  ['no packs', {}],
  ['a path as a name', { packs: ['../../etc/passwd'] }],
  ['an upper-case digest', { packs: ['A'.repeat(64)] }],
  ['a short digest', { packs: ['a'.repeat(63)] }],
  ['a digest twice', { packs: [PACK_A, PACK_A] }],
  ['a list', []],
];

for (const [what, value] of BAD_LOCATORS) {
  test(`a locator with ${what} is refused`, (t) => {
    t.true(
      isNacreError(
        t.throws(() => parseLocator(json(value))),
        'IMAGE_FORMAT',
      ),
    );
  });
}

const BAD_SIGNATURES: readonly (readonly [string, unknown])[] = [
  ['no list', {}],
  ['a key of another length', { signatures: [{ ...SIGNATURE, key: 'AAAA' }] }],
  ['a signature of another length', { signatures: [{ ...SIGNATURE, signature: 'AAAA' }] }],
  ['more than 128 signatures', { signatures: Array.from({ length: 129 }, () => SIGNATURE) }],
];

for (const [what, value] of BAD_SIGNATURES) {
  test(`signatures with ${what} are refused`, (t) => {
    t.true(
      isNacreError(
        t.throws(() => parseSignatures(json(value))),
        'IMAGE_FORMAT',
      ),
    );
  });
}

test('files above their limits are refused before they are read as JSON', (t) => {
  t.regex(t.throws(() => parseLocator(new Uint8Array(2 ** 24 + 1)))?.message ?? '', /length/);
  t.regex(t.throws(() => parseSignatures(new Uint8Array(2 ** 16 + 1)))?.message ?? '', /length/);
});
