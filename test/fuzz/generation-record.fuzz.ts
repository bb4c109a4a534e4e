/** Generation records: what is accepted is written back bit for bit, and a twin never makes it unreadable. */
import assert from 'node:assert/strict';
import {
  GENERATION_RECORD_BYTES,
  newestRecord,
  parseGenerationRecord,
  serializeGenerationRecord,
} from '../../src/codec/generation-record.ts';
import { isNacreError } from '../../src/errors.ts';
import { exampleRecord, sha256 } from '../helpers/sample-image.ts';

/** Inputs to start from. */
export const seeds = (): readonly Uint8Array[] => [
  serializeGenerationRecord(exampleRecord(), sha256),
  serializeGenerationRecord({ sequence: 0, current: undefined, generations: [] }, sha256),
];

/** With a digest that fits: else no change would get past it. */
const withDigest = (bytes: Uint8Array): Uint8Array => {
  const record = Buffer.alloc(GENERATION_RECORD_BYTES);
  record.set(bytes.subarray(0, GENERATION_RECORD_BYTES));
  record.set(sha256(record.subarray(0, 480)), 480);
  return record;
};

const check = (bytes: Uint8Array): void => {
  const record = parseGenerationRecord(bytes, sha256);
  const written = serializeGenerationRecord(record, sha256);
  assert.deepEqual(Buffer.from(written), Buffer.from(bytes.subarray(0, GENERATION_RECORD_BYTES)));
  assert.deepEqual(newestRecord([undefined, bytes], sha256), { slot: 1, record });
  const newer = serializeGenerationRecord({ ...record, sequence: 2 ** 53 - 1 }, sha256);
  assert.equal(newestRecord([bytes, newer], sha256)?.record.sequence, 2 ** 53 - 1);
};

/** One input; throws only when something is wrong. */
export const run = (bytes: Uint8Array): void => {
  for (const input of [bytes, withDigest(bytes)]) {
    try {
      check(input);
    } catch (error) {
      if (!isNacreError(error, 'IMAGE_FORMAT') && !isNacreError(error, 'IMAGE_FORMAT_VERSION'))
        throw error;
    }
  }
};
