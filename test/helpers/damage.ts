/** Bytes with one change, for tests that feed damaged files to a parser. */

/** A copy with `value` at `offset`, little-endian in `length` bytes. */
export const withNumber = (
  bytes: Uint8Array,
  offset: number,
  length: number,
  value: bigint | number,
): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  let rest = BigInt(value);
  for (let index = 0; index < length; index++) {
    copy[offset + index] = Number(rest & 255n);
    rest >>= 8n;
  }
  return copy;
};

/** A copy with the byte at `offset` turned over. */
export const withFlippedByte = (bytes: Uint8Array, offset: number): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  copy[offset] = (copy[offset] ?? 0) ^ 0xff;
  return copy;
};
