/**
 * The options of a DHCP message (RFC 2132).
 *
 * ```
 * option   0 code | 1 length n | 2 n bytes        code 0 is one byte of padding, 255 the end
 * ```
 *
 * A value above 255 bytes is several options with the same code, one after the other (RFC 3396).
 */
import { concatBytes } from './bytes.ts';
import { ipv4At } from './ipv4.ts';

/** Codes by the names of RFC 2132 and, for network boot, RFC 4578 and iPXE. */
export const OPTION = {
  subnetMask: 1,
  router: 3,
  vendorOptions: 43,
  requestedAddress: 50,
  leaseSeconds: 51,
  overload: 52,
  messageType: 53,
  serverIdentifier: 54,
  parameterList: 55,
  text: 56,
  largestMessage: 57,
  renewalSeconds: 58,
  rebindingSeconds: 59,
  vendorClass: 60,
  clientIdentifier: 61,
  serverName: 66,
  bootFile: 67,
  userClass: 77,
  relayAgent: 82,
  architecture: 93,
  networkInterface: 94,
  machineIdentifier: 97,
  ipxe: 175,
} as const;

/** Values by their codes, in the order of the message. */
export type DhcpOptions = ReadonlyMap<number, Uint8Array>;

/** One option as it lies in a message; long values come in several. */
export type OptionPiece = readonly [code: number, value: Uint8Array];

/** Most options of one field; the largest client seen sends 16. */
export const OPTION_LIMIT = 128;

const PAD = 0;
const END = 255;
const PIECE_LIMIT_BYTES = 255;

/** What lies at an offset: an option, or one byte of padding without one. Undefined when it runs past the end. */
const optionAt = (
  field: Uint8Array,
  at: number,
): { readonly option?: OptionPiece; readonly next: number } | undefined => {
  const code = field[at] ?? END;
  if (code === PAD) return { next: at + 1 };
  const length = field[at + 1];
  if (length === undefined || at + 2 + length > field.length) return undefined;
  const next = at + 2 + length;
  return { option: [code, field.subarray(at + 2, next)], next };
};

/** Options from the front, up to code 255 or the end; one that runs past the end is not among them. */
const readOptions = (
  field: Uint8Array,
): { readonly options: readonly OptionPiece[]; readonly isWhole: boolean } => {
  const options: OptionPiece[] = [];
  let at = 0;
  while (at < field.length && field[at] !== END) {
    const found = optionAt(field, at);
    if (found === undefined || options.length > OPTION_LIMIT) return { options, isWhole: false };
    if (found.option !== undefined) options.push(found.option);
    at = found.next;
  }
  return { options, isWhole: options.length <= OPTION_LIMIT };
};

/**
 * Options of one field, in order: up to code 255, or to the end of the field where that is missing.
 * @returns undefined when one runs past the end of the field, or there are more than OPTION_LIMIT
 */
export const splitOptions = (field: Uint8Array): readonly OptionPiece[] | undefined => {
  const { options, isWhole } = readOptions(field);
  return isWhole ? options : undefined;
};

/**
 * Items of a list inside of an option, which has the same form; options 43 and 175 have one. Where an item runs past
 * the end the rest is ignored: nothing in the message depends on it.
 */
export const nestedOptions = (value: Uint8Array): DhcpOptions =>
  new Map(readOptions(value).options);

/** Joins the pieces of each option in their order (RFC 3396 section 7). */
export const joinOptions = (pieces: readonly OptionPiece[]): Map<number, Uint8Array> => {
  const parts = new Map<number, Uint8Array[]>();
  for (const [code, value] of pieces) {
    const earlier = parts.get(code);
    if (earlier === undefined) parts.set(code, [value]);
    else earlier.push(value);
  }
  return new Map(
    [...parts].map(([code, values]) => {
      const [only] = values;
      return [code, values.length === 1 && only !== undefined ? only : concatBytes(values)];
    }),
  );
};

const piecesOf = ([code, value]: OptionPiece): Uint8Array[] => {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < value.length; at += PIECE_LIMIT_BYTES) {
    const part = value.subarray(at, at + PIECE_LIMIT_BYTES);
    pieces.push(Uint8Array.of(code, part.length), part);
  }
  return pieces;
};

/** A field of options with its end. What a relay added comes last (RFC 3046 section 2.2). */
export const serializeOptions = (options: DhcpOptions): Uint8Array => {
  const entries = [...options];
  const isRelay = ([code]: OptionPiece): boolean => code === OPTION.relayAgent;
  const ordered = [...entries.filter((entry) => !isRelay(entry)), ...entries.filter(isRelay)];
  return concatBytes([...ordered.flatMap(piecesOf), Uint8Array.of(END)]);
};

/** Bytes of a text whose characters are bytes. */
export const textBytes = (text: string): Uint8Array =>
  Uint8Array.from(text, (character) => character.charCodeAt(0));

/** Each byte as one character, up to the first 0. Hostile until it went through `printable`. */
export const byteText = (bytes: Uint8Array): string => {
  const end = bytes.indexOf(0);
  return String.fromCharCode(...(end < 0 ? bytes : bytes.subarray(0, end)));
};

/** The address in an option of four bytes; `undefined` when it is missing or of another length. */
export const optionAddress = (options: DhcpOptions, code: number): string | undefined => {
  const value = options.get(code);
  return value?.length === 4 ? ipv4At(value) : undefined;
};

/** Four bytes, big-endian. */
export const u32Bytes = (value: number): Uint8Array =>
  Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
