/**
 * Datagrams of TFTP (RFC 1350 section 5, options of RFC 2347). Numbers are big-endian.
 *
 * ```
 * RRQ, WRQ  0 opcode u16 = 1, 2 | 2 file name, 0 | mode, 0 | for each option: name, 0, value, 0
 * DATA      0 opcode u16 = 3 | 2 block number u16 | 4 content; less than a whole block ends the file
 * ACK       0 opcode u16 = 4 | 2 block number u16
 * ERROR     0 opcode u16 = 5 | 2 code u16 | 4 message, 0
 * OACK      0 opcode u16 = 6 | 2 for each option: name, 0, value, 0
 * ```
 * Each byte of a text becomes one character (Latin-1), so that no two names are taken for one another.
 */
import { concatBytes, viewOf } from './bytes.ts';

/** Longest request (RFC 2347 section 2). */
export const REQUEST_LIMIT_BYTES = 512;
/** Options behind this many are passed over, as if they had not been asked for. */
export const OPTION_LIMIT = 16;
/** Bytes of a DATA datagram before its content. */
export const DATA_HEAD_BYTES = 4;

/** Error codes that have a use here (RFC 1350 section 5, RFC 2347 section 3). */
export const TFTP_ERRORS = {
  undefined: 0,
  fileNotFound: 1,
  accessViolation: 2,
  illegalOperation: 4,
  optionsRefused: 8,
} as const;

/** How a file's bytes are written on the wire. */
export type TransferMode = 'octet' | 'netascii';

/** Name as it was written: options have no case, and a client gets back the one it sent. */
export interface TftpOption {
  readonly name: string;
  readonly value: string;
}

/** A datagram that can be written too. */
export type WritableTftpPacket =
  | {
      readonly kind: 'read-request';
      readonly name: string;
      readonly mode: TransferMode;
      readonly options: readonly TftpOption[];
    }
  | { readonly kind: 'data'; readonly block: number; readonly content: Uint8Array }
  | { readonly kind: 'ack'; readonly block: number }
  | { readonly kind: 'error'; readonly code: number; readonly message: string }
  | { readonly kind: 'oack'; readonly options: readonly TftpOption[] };

/** A datagram that was understood. Of a WRQ nothing is read, since none is granted. */
export type TftpPacket = WritableTftpPacket | { readonly kind: 'write-request' };

/** A datagram that was not understood, and whether its sender may be told so: an ERROR never answers an ERROR. */
export interface MalformedTftpPacket {
  readonly kind: 'malformed';
  readonly reason: string;
  readonly answer: 'silence' | 'illegal-operation';
}

const OPCODES = { rrq: 1, wrq: 2, data: 3, ack: 4, error: 5, oack: 6 } as const;

const ignored = (reason: string): MalformedTftpPacket => ({
  kind: 'malformed',
  reason,
  answer: 'silence',
});

const illegal = (reason: string): MalformedTftpPacket => ({
  kind: 'malformed',
  reason,
  answer: 'illegal-operation',
});

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

/** Texts that each end in a NUL; `undefined` when the last one does not. */
const textsOf = (bytes: Uint8Array): readonly string[] | undefined =>
  bytes.at(-1) === 0 ? latin1(bytes.subarray(0, -1)).split('\0') : undefined;

/** Pairs of name and value; `undefined` for a name without a value. An empty name is padding: nothing follows. */
const optionsOf = (texts: readonly string[]): readonly TftpOption[] | undefined => {
  const options: TftpOption[] = [];
  for (let at = 0; at < texts.length && options.length < OPTION_LIMIT; at += 2) {
    const [name = '', value] = texts.slice(at, at + 2);
    if (name === '') break;
    if (value === undefined) return undefined;
    options.push({ name, value });
  }
  return options;
};

const parseReadRequest = (datagram: Uint8Array): TftpPacket | MalformedTftpPacket => {
  if (datagram.length > REQUEST_LIMIT_BYTES) return illegal('a request above 512 bytes');
  const texts = textsOf(datagram.subarray(2));
  if (texts === undefined) return illegal('a text of the request does not end');
  const [name = '', mode = '', ...rest] = texts;
  if (name === '') return illegal('no file name');
  const known = mode.toLowerCase();
  if (known !== 'octet' && known !== 'netascii') return illegal('an unknown mode');
  const options = optionsOf(rest);
  if (options === undefined) return illegal('an option without a value');
  return { kind: 'read-request', name, mode: known, options };
};

const parseOack = (datagram: Uint8Array): TftpPacket | MalformedTftpPacket => {
  const texts = datagram.length > REQUEST_LIMIT_BYTES ? undefined : textsOf(datagram.subarray(2));
  const options = texts === undefined ? undefined : optionsOf(texts);
  if (options === undefined || options.length === 0)
    return ignored('an OACK without whole options');
  return { kind: 'oack', options };
};

/** The datagrams that begin with two numbers. */
const parseNumbered = (
  datagram: Uint8Array,
  opcode: number,
): TftpPacket | MalformedTftpPacket | undefined => {
  if (datagram.length < DATA_HEAD_BYTES) return undefined;
  const number = viewOf(datagram).getUint16(2);
  if (opcode === OPCODES.ack) return { kind: 'ack', block: number };
  const rest = datagram.subarray(DATA_HEAD_BYTES);
  if (opcode === OPCODES.data) return { kind: 'data', block: number, content: rest };
  const end = rest.indexOf(0);
  const message = latin1(end < 0 ? rest : rest.subarray(0, end));
  return opcode === OPCODES.error ? { kind: 'error', code: number, message } : undefined;
};

/**
 * Parses one datagram; bytes behind an ACK or the text of an ERROR are passed over. The content of DATA is a view.
 * Never throws: what is not understood comes back as `malformed`.
 */
export const parseTftpPacket = (datagram: Uint8Array): TftpPacket | MalformedTftpPacket => {
  if (datagram.length < 2) return ignored('no opcode');
  const opcode = viewOf(datagram).getUint16(0);
  if (opcode === OPCODES.rrq) return parseReadRequest(datagram);
  if (opcode === OPCODES.wrq) return { kind: 'write-request' };
  if (opcode === OPCODES.oack) return parseOack(datagram);
  return parseNumbered(datagram, opcode) ?? ignored('cut off, or of an unknown opcode');
};

const u16 = (value: number): Uint8Array => Uint8Array.of((value >> 8) & 0xff, value & 0xff);

const text = (value: string): Uint8Array => Buffer.from(`${value}\0`, 'latin1');

const optionTexts = (options: readonly TftpOption[]): Uint8Array[] =>
  options.flatMap(({ name, value }) => [text(name), text(value)]);

/** Writes opcode and number of a DATA datagram before its content; the number rolls over. */
export const putDataHead = (datagram: Uint8Array, block: number): void => {
  datagram[0] = 0;
  datagram[1] = OPCODES.data;
  datagram[2] = (block >> 8) & 0xff;
  datagram[3] = block & 0xff;
};

const partsOf = (packet: WritableTftpPacket): readonly Uint8Array[] => {
  switch (packet.kind) {
    case 'read-request':
      return [
        u16(OPCODES.rrq),
        text(packet.name),
        text(packet.mode),
        ...optionTexts(packet.options),
      ];
    case 'data':
      return [u16(OPCODES.data), u16(packet.block), packet.content];
    case 'ack':
      return [u16(OPCODES.ack), u16(packet.block)];
    case 'error':
      return [u16(OPCODES.error), u16(packet.code), text(packet.message)];
    case 'oack':
      return [u16(OPCODES.oack), ...optionTexts(packet.options)];
  }
};

/** The bytes of a datagram. Texts hold no NUL: the caller wrote them, or they came from `parseTftpPacket`. */
export const serializeTftpPacket = (packet: WritableTftpPacket): Uint8Array =>
  concatBytes(partsOf(packet));
