/** Changes bytes at random: what a mutation-based fuzzer does to its seeds. */
import type { Random } from '../helpers/random.ts';

const NUMBERS = [
  0n,
  1n,
  2n ** 7n,
  2n ** 8n - 1n,
  2n ** 15n,
  2n ** 16n - 1n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 32n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
] as const;

type Mutation = (bytes: Buffer, random: Random, other: Uint8Array) => Buffer;

const flipBit: Mutation = (bytes, random) => {
  const at = random.below(bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  return bytes;
};

const setByte: Mutation = (bytes, random) => {
  bytes[random.below(bytes.length)] = random.below(256);
  return bytes;
};

const setNumber: Mutation = (bytes, random) => {
  const length = random.pick([1, 2, 4, 8]);
  const at = random.below(bytes.length);
  let rest = random.pick(NUMBERS);
  for (let index = 0; index < length && at + index < bytes.length; index++) {
    bytes[at + index] = Number(rest & 255n);
    rest >>= 8n;
  }
  return bytes;
};

const setDigit: Mutation = (bytes, random) => {
  const digits = [...bytes.entries()].filter(([, byte]) => byte >= 0x30 && byte <= 0x39);
  const [at] = digits[random.below(digits.length)] ?? [0];
  bytes[at] = 0x30 + random.below(10);
  return bytes;
};

const cut: Mutation = (bytes, random) => bytes.subarray(0, random.below(bytes.length));

const remove: Mutation = (bytes, random) => {
  const at = random.below(bytes.length);
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(40))]);
};

const repeat: Mutation = (bytes, random) => {
  const at = random.below(bytes.length);
  const end = at + 1 + random.below(40);
  return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)]);
};

const splice: Mutation = (bytes, random, other) => {
  const at = random.below(bytes.length);
  const from = other.subarray(random.below(other.length + 1));
  return Buffer.concat([bytes.subarray(0, at), from.subarray(0, random.below(200))]);
};

const overwrite: Mutation = (bytes, random, other) => {
  const start = random.below(other.length + 1);
  const part = other.subarray(start, start + random.below(64));
  Buffer.from(part).copy(bytes, random.below(bytes.length));
  return bytes;
};

const MUTATIONS = [
  flipBit,
  setByte,
  setNumber,
  setNumber,
  setDigit,
  cut,
  remove,
  repeat,
  splice,
  overwrite,
] as const;

/** A changed copy of `bytes`: one to four changes, some with parts of `other`. */
export const mutate = (bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array => {
  let changed: Buffer = Buffer.from(bytes);
  for (let left = 1 + random.below(4); left > 0 && changed.length > 0; left--) {
    changed = random.pick(MUTATIONS)(changed, random, other);
  }
  return changed;
};
