/**
 * The place in a built boot file that is filled when it is served: what the file could not know when it was built, such as the
 * address of its server. `pxe/make/place` makes it, 400 characters that occur once. The command line of merlin.efi ends with
 * it, and in local-disk.efi it is a line of GRUB's script; both pass over the blanks that fill it up.
 */

import type { Pieces } from '../../job/serving/http-content.ts';

export const PLACE_BYTES = 400;
const MARK = 'nacre_place=';
const EMPTY = Buffer.from(MARK.padEnd(PLACE_BYTES, '-'));

/** Where the place of a file begins; `undefined` when there is none, or more than one. */
export const findPlace = (bytes: Uint8Array): number | undefined => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = buffer.indexOf(EMPTY);
  if (at < 0 || buffer.indexOf(EMPTY, at + 1) >= 0) return undefined;
  return at;
};

/**
 * The file with a text in its place; the other pieces are the bytes of the file itself.
 *
 * @throws RangeError for a text that is longer than the place, or not printable ASCII
 */
export const fillPlace = (bytes: Uint8Array, at: number, text: string): Pieces => {
  if (!/^[ -~]*$/.test(text) || text.length > PLACE_BYTES)
    throw new RangeError(`no text of at most ${PLACE_BYTES} printable characters: "${text}"`);
  const filled = Buffer.from(text.padEnd(PLACE_BYTES, ' '));
  return [bytes.subarray(0, at), filled, bytes.subarray(at + PLACE_BYTES)];
};
