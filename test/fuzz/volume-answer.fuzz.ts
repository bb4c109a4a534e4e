/** Answers of nacre-files: read, or refused by one code, and the same however the pipe cuts them. */
import assert from 'node:assert/strict';
import { AnswerStream, type VolumeAnswer } from '../../src/codec/volume-protocol.ts';
import { isNacreError } from '../../src/errors.ts';

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

const text = (value: string): Buffer => Buffer.concat([u32(value.length), Buffer.from(value)]);

const frame = (...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([u32(body.length), body]);
};

const DONE = frame(Buffer.of(0), Buffer.alloc(8, 1));
const ERROR = frame(
  Buffer.of(1),
  text('VOLUME_NOT_FOUND'),
  Buffer.of(2),
  ...[text('path'), Buffer.of(0), text('a/b')],
  ...[text('size'), Buffer.of(1), Buffer.alloc(8)],
);
const ITEM = frame(Buffer.of(2), text('name'), Buffer.of(1), Buffer.alloc(28));
const BYTES = frame(Buffer.of(3), text('content'));

const NEED = frame(Buffer.of(4), Buffer.alloc(12, 1));

/** Inputs to start from. */
export const seeds = (): readonly Uint8Array[] => [
  Buffer.concat([ITEM, ITEM, DONE]),
  Buffer.concat([BYTES, BYTES, DONE]),
  Buffer.concat([NEED, BYTES, NEED, DONE]),
  ERROR,
];

/** What is read before the end or a refusal, with the code of that. */
const read = (parts: readonly Uint8Array[]): readonly (VolumeAnswer | string)[] => {
  const stream = new AnswerStream();
  const answers: (VolumeAnswer | string)[] = [];
  try {
    for (const part of parts) for (const answer of stream.take(part)) answers.push(answer);
  } catch (error) {
    if (!isNacreError(error, 'VOLUME_HELPER_FAILED')) throw error;
    answers.push(error.message);
  }
  return answers;
};

/** One input; throws only when something is wrong. */
export const run = (bytes: Uint8Array): void => {
  const whole = read([bytes]);
  const half = bytes.length >> 1;
  const halves = read([bytes.subarray(0, half), bytes.subarray(half)]);
  assert.equal(halves.length, whole.length);
  whole.forEach((answer, index) => {
    if (typeof answer === 'string') assert.equal(halves[index], answer);
    else assert.equal(Object(halves[index])['kind'], answer.kind);
  });
};
