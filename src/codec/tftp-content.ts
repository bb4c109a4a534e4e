/** A file as a mode of TFTP has it on the wire, block by block. */
import type { TransferMode } from './tftp.ts';

/** Fills `target` with what comes next. @returns bytes written: fewer than fit only at the end, then 0 */
export type ReadContent = (target: Uint8Array) => number;

const NUL = 0x00;
const LF = 0x0a;
const CR = 0x0d;

const readOctets = (content: Uint8Array): ReadContent => {
  let at = 0;
  return (target) => {
    const part = content.subarray(at, at + target.length);
    target.set(part);
    at += part.length;
    return part.length;
  };
};

/** What stands on the wire behind the first byte of a pair (RFC 764, "The NVT printer and keyboard"). */
const secondOf = (byte: number): number | undefined => {
  if (byte === LF) return LF;
  return byte === CR ? NUL : undefined;
};

/** A line feed becomes CR LF, a bare CR becomes CR NUL; a pair may lie in two blocks. */
const readNetascii = (content: Uint8Array): ReadContent => {
  let at = 0;
  let second: number | undefined;
  return (target) => {
    let length = 0;
    for (; length < target.length; length++) {
      if (second !== undefined) {
        target[length] = second;
        second = undefined;
        continue;
      }
      const byte = content[at++];
      if (byte === undefined) break;
      target[length] = byte === LF ? CR : byte;
      second = secondOf(byte);
    }
    return length;
  };
};

/** Reads a file from its start; nothing is copied ahead, whatever its size. */
export const contentReader = (content: Uint8Array, mode: TransferMode): ReadContent =>
  mode === 'octet' ? readOctets(content) : readNetascii(content);
