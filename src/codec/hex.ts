/** Lower-case hexadecimal text: digests, ids and GUIDs. */

const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Two lower-case digits for each byte. */
export const toHex = (bytes: Uint8Array): string => {
  let text = '';
  for (const byte of bytes) text += DIGITS[byte];
  return text;
};

/** Bytes of hexadecimal text; `undefined` for an odd length or any other character. */
export const fromHex = (text: string): Uint8Array | undefined => {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  return Uint8Array.from({ length: text.length / 2 }, (_, index) =>
    Number.parseInt(text.slice(index * 2, index * 2 + 2), 16),
  );
};

/** True for 64 lower-case digits: the printed form of a digest or of a version's id. */
export const isDigestHex = (text: string): boolean => /^[0-9a-f]{64}$/.test(text);
