/**
 * JSON texts of a store: locators, signatures, image records and their list are written back as they were read; and
 * what a web server says of a range.
 */
import assert from 'node:assert/strict';
import { isDigestHex } from '../../src/codec/hex.ts';
import { isImageName } from '../../src/codec/image-name.ts';
import { parseLocator, serializeLocator } from '../../src/codec/locator.ts';
import { parseSignatures, serializeSignatures } from '../../src/codec/signatures.ts';
import { type ErrorCode, isNacreError } from '../../src/errors.ts';
import { parseImageNames, serializeImageNames } from '../../src/image/store/image-names.ts';
import {
  emptyRecord,
  parseImageRecord,
  serializeImageRecord,
  withoutVersion,
  withVersion,
} from '../../src/image/store/image-record.ts';
import { checkSignatures, makeKeyPair, signManifest } from '../../src/image/store/signature.ts';
import { parseContentRange } from '../../src/image/store/web-range.ts';

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
  Buffer.from(serializeImageNames(['lab-pc', 'till.2'])),
  Buffer.from('bytes 4096-8191/1048576'),
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
  const names = parseImageNames(text);
  if (names !== undefined) {
    assert(names.every(isImageName));
    assert.deepEqual(parseImageNames(serializeImageNames(names)), names);
  }
  const range = parseContentRange(text);
  if (range !== undefined) {
    const { start, last, sizeBytes } = range;
    assert(start >= 0 && start <= last && last < (sizeBytes ?? Number.POSITIVE_INFINITY));
  }
};
