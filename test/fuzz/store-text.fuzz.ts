/** JSON texts of a store: locators, signatures and image records are written back as they were read. */
import assert from 'node:assert/strict';
import { isDigestHex } from '../../src/codec/hex.ts';
import { parseLocator, serializeLocator } from '../../src/codec/locator.ts';
import { parseSignatures, serializeSignatures } from '../../src/codec/signatures.ts';
import { type ErrorCode, isNacreError } from '../../src/errors.ts';
import {
  emptyRecord,
  parseImageRecord,
  serializeImageRecord,
  withoutVersion,
  withVersion,
} from '../../src/image/store/image-record.ts';
import { checkSignatures, makeKeyPair, signManifest } from '../../src/image/store/signature.ts';

const ID = 'ab'.repeat(32);
const TIME = '2026-11-21T12:00:00.000Z';

const record = () => {
  const row = { id: ID, createdAt: TIME, parent: null, comment: 'first' };
  const one = withVersion(emptyRecord('lab-pc', 'Lab'), row, TIME);
  return withoutVersion(withVersion(one, { ...row, id: 'cd'.repeat(32) }, TIME), ID, TIME);
};

/** Inputs to start from. */
export const seeds = (): readonly Uint8Array[] => [
  serializeLocator({ packs: [ID, 'cd'.repeat(32)] }),
  serializeSignatures([signManifest(ID, makeKeyPair().privatePem)]),
  Buffer.from(serializeImageRecord(record())),
];

/** The value, unless the bytes are refused as they should be. */
const accepted = <Value>(code: ErrorCode, parse: () => Value): Value | undefined => {
  try {
    return parse();
  } catch (error) {
    if (isNacreError(error, code)) return undefined;
    throw error;
  }
};

/** One input; throws only when something is wrong. */
export const run = (bytes: Uint8Array): void => {
  const locator = accepted('IMAGE_FORMAT', () => parseLocator(bytes));
  if (locator !== undefined) {
    assert(locator.packs.every(isDigestHex));
    assert.deepEqual(parseLocator(serializeLocator(locator)), locator);
  }
  const signatures = accepted('IMAGE_FORMAT', () => parseSignatures(bytes));
  if (signatures !== undefined) {
    assert.deepEqual(parseSignatures(serializeSignatures(signatures)), signatures);
    assert.equal(checkSignatures(ID, signatures).length, signatures.length);
  }
  const text = Buffer.from(bytes).toString('utf8');
  const image = accepted('STORE_IMAGE_DAMAGED', () => parseImageRecord('lab-pc', text));
  if (image !== undefined) {
    assert.deepEqual(parseImageRecord('lab-pc', serializeImageRecord(image)), image);
  }
};
