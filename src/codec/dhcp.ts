/**
 * DHCP messages (RFC 2131 section 2), big-endian.
 *
 * ```
 * 0 op u8 (1 request, 2 reply) | 1 htype u8 | 2 hlen u8 | 3 hops u8 | 4 xid u32 | 8 secs u16 | 10 flags u16
 * 12 ciaddr | 16 yiaddr | 20 siaddr | 24 giaddr | 28 chaddr 16 | 44 sname 64 | 108 file 128
 * 236 cookie 63 82 53 63 | 240 options
 * ```
 *
 * Option 52 says that `file`, `sname` or both hold more options; those are read after the others, `file` first.
 */
import { concatBytes, equalBytes, viewOf } from './bytes.ts';
import {
  byteText,
  type DhcpOptions,
  joinOptions,
  OPTION,
  OPTION_LIMIT,
  type OptionPiece,
  serializeOptions,
  splitOptions,
  textBytes,
} from './dhcp-options.ts';
import { toHex } from './hex.ts';
import { ipv4At, ipv4Bytes } from './ipv4.ts';

/** Option 53 (RFC 2132 section 9.6). */
export const MESSAGE_TYPES = {
  DISCOVER: 1,
  OFFER: 2,
  REQUEST: 3,
  DECLINE: 4,
  ACK: 5,
  NAK: 6,
  RELEASE: 7,
  INFORM: 8,
} as const;
export type DhcpMessageType = keyof typeof MESSAGE_TYPES;

/** Who sends: clients make requests, servers replies. */
export type DhcpOperation = 'request' | 'reply';

/** A message as far as it matters to servers for Ethernet. */
export interface DhcpMessage {
  readonly type: DhcpMessageType;
  readonly hops: number;
  readonly xid: number;
  readonly secs: number;
  /** BROADCAST_FLAG or 0. */
  readonly flags: number;
  /** Address that the client has and uses. */
  readonly ciaddr: string;
  /** Address that the client gets. */
  readonly yiaddr: string;
  /** Address of the server with the boot file. */
  readonly siaddr: string;
  /** Address of the relay. */
  readonly giaddr: string;
  /** 16 bytes, the MAC first. */
  readonly chaddr: Uint8Array;
  /** Each byte is a character; empty when the field holds options. */
  readonly sname: string;
  /** Likewise. */
  readonly file: string;
  /** All but 52 and 53. */
  readonly options: DhcpOptions;
}

/** The field for which a message is dropped. */
export type DhcpFlaw =
  | 'length'
  | 'op'
  | 'htype'
  | 'hlen'
  | 'chaddr'
  | 'cookie'
  | 'options'
  | `option ${number}`;

/** Flag of a client that cannot take unicast before it has its address. */
export const BROADCAST_FLAG = 0x8000;
/** Shortest message that all clients and relays take: that of BOOTP (RFC 951). */
export const SHORTEST_MESSAGE_BYTES = 300;
/** Longest request that is read: what fits an Ethernet frame. */
export const REQUEST_LIMIT_BYTES = 1500;

const OPTIONS_OFFSET = 240;
const COOKIE = Uint8Array.of(0x63, 0x82, 0x53, 0x63);
const OPERATIONS = { request: 1, reply: 2 } as const satisfies Record<DhcpOperation, number>;
const ETHERNET = 1;
const MAC_BYTES = 6;
const CHADDR_BYTES = 16;
const SNAME = { offset: 44, length: 64 } as const;
const FILE = { offset: 108, length: 128 } as const;
const OVERLOAD_FILE = 1;
const OVERLOAD_SNAME = 2;
const LEAST_LARGEST_MESSAGE = 576;

const hasLength =
  (length: number) =>
  (value: Uint8Array): boolean =>
    value.length === length;

const u16 = (value: Uint8Array): number => (value[0] ?? 0) * 256 + (value[1] ?? 0);

/** What an option has to be like where anybody reads it. */
const OPTION_RULES: ReadonlyMap<number, (value: Uint8Array) => boolean> = new Map([
  [OPTION.requestedAddress, hasLength(4)],
  [OPTION.serverIdentifier, hasLength(4)],
  [OPTION.largestMessage, (value) => value.length === 2 && u16(value) >= LEAST_LARGEST_MESSAGE],
  [OPTION.clientIdentifier, (value) => value.length >= 2],
  [OPTION.architecture, (value) => value.length >= 2 && value.length % 2 === 0],
  [OPTION.networkInterface, hasLength(3)],
  [OPTION.machineIdentifier, (value) => value.length === 17 && value[0] === 0],
]);

const headerFlaw = (bytes: Uint8Array, operation: DhcpOperation): DhcpFlaw | undefined => {
  if (bytes.length < OPTIONS_OFFSET || bytes.length > REQUEST_LIMIT_BYTES) return 'length';
  if (bytes[0] !== OPERATIONS[operation]) return 'op';
  if (bytes[1] !== ETHERNET) return 'htype';
  if (bytes[2] !== MAC_BYTES) return 'hlen';
  if (!equalBytes(bytes.subarray(236, OPTIONS_OFFSET), COOKIE)) return 'cookie';
  const mac = bytes.subarray(28, 28 + MAC_BYTES);
  // No interface has a group address or none; an answer to one would reach everybody or nobody.
  return ((mac[0] ?? 0) & 1) === 1 || mac.every((byte) => byte === 0) ? 'chaddr' : undefined;
};

/** The bits of option 52, 0 when it is missing; `undefined` for a value that it cannot have. */
const overloadOf = (main: DhcpOptions): number | undefined => {
  const value = main.get(OPTION.overload);
  if (value === undefined) return 0;
  const bits = value.length === 1 ? value[0] : undefined;
  return bits === undefined || bits < 1 || bits > 3 ? undefined : bits;
};

const fieldOf = (bytes: Uint8Array, { offset, length }: typeof SNAME | typeof FILE): Uint8Array =>
  bytes.subarray(offset, offset + length);

interface Fields {
  readonly options: Map<number, Uint8Array>;
  readonly overload: number;
}

const readFields = (bytes: Uint8Array): Fields | DhcpFlaw => {
  const main = splitOptions(bytes.subarray(OPTIONS_OFFSET));
  if (main === undefined) return 'options';
  const overload = overloadOf(joinOptions(main));
  if (overload === undefined) return `option ${OPTION.overload}`;
  const pieces: OptionPiece[] = [...main];
  for (const [bit, field] of [
    [OVERLOAD_FILE, FILE],
    [OVERLOAD_SNAME, SNAME],
  ] as const) {
    const more = (overload & bit) === 0 ? [] : splitOptions(fieldOf(bytes, field));
    if (more === undefined) return 'options';
    pieces.push(...more);
  }
  if (pieces.length > OPTION_LIMIT) return 'options';
  // A second overload inside of an overloaded field would mean nothing; it is left out.
  const options = joinOptions(pieces);
  options.delete(OPTION.overload);
  return { options, overload };
};

const TYPE_NAMES = Object.keys(MESSAGE_TYPES) as readonly DhcpMessageType[];

const typeOf = (options: DhcpOptions): DhcpMessageType | undefined => {
  const value = options.get(OPTION.messageType);
  return value?.length === 1 ? TYPE_NAMES[(value[0] ?? 0) - 1] : undefined;
};

const brokenOption = (options: DhcpOptions): number | undefined => {
  for (const [code, isRight] of OPTION_RULES) {
    const value = options.get(code);
    if (value !== undefined && !isRight(value)) return code;
  }
  return undefined;
};

/**
 * Reads a datagram. What it gives are views of `bytes`. Nothing in it is proved or fit to be shown.
 *
 * @returns the field for which the datagram is dropped: a message is whole or it is not one
 */
export const parseDhcp = (
  bytes: Uint8Array,
  operation: DhcpOperation = 'request',
): DhcpMessage | DhcpFlaw => {
  const flaw = headerFlaw(bytes, operation);
  if (flaw !== undefined) return flaw;
  const fields = readFields(bytes);
  if (typeof fields === 'string') return fields;
  const { options, overload } = fields;
  const type = typeOf(options);
  if (type === undefined) return `option ${OPTION.messageType}`;
  options.delete(OPTION.messageType);
  const broken = brokenOption(options);
  if (broken !== undefined) return `option ${broken}`;
  const view = viewOf(bytes);
  return {
    type,
    hops: view.getUint8(3),
    xid: view.getUint32(4),
    secs: view.getUint16(8),
    flags: view.getUint16(10),
    ciaddr: ipv4At(bytes, 12),
    yiaddr: ipv4At(bytes, 16),
    siaddr: ipv4At(bytes, 20),
    giaddr: ipv4At(bytes, 24),
    chaddr: bytes.subarray(28, 28 + CHADDR_BYTES),
    sname: (overload & OVERLOAD_SNAME) === 0 ? byteText(fieldOf(bytes, SNAME)) : '',
    file: (overload & OVERLOAD_FILE) === 0 ? byteText(fieldOf(bytes, FILE)) : '',
    options,
  };
};

const putField = (
  bytes: Uint8Array,
  { offset, length }: typeof SNAME | typeof FILE,
  text: string,
): void => {
  const value = textBytes(text);
  if (value.length >= length) throw new TypeError(`"${text}" is longer than ${length - 1} bytes`);
  bytes.set(value, offset);
};

/** Writes a message, at least 300 bytes long. @throws TypeError for a `sname` or `file` that does not fit */
export const serializeDhcp = (message: DhcpMessage, operation: DhcpOperation): Uint8Array => {
  const header = new Uint8Array(OPTIONS_OFFSET);
  const view = viewOf(header);
  header.set([OPERATIONS[operation], ETHERNET, MAC_BYTES, message.hops]);
  view.setUint32(4, message.xid);
  view.setUint16(8, message.secs);
  view.setUint16(10, message.flags);
  const { ciaddr, yiaddr, siaddr, giaddr } = message;
  for (const [index, address] of [ciaddr, yiaddr, siaddr, giaddr].entries()) {
    header.set(ipv4Bytes(address), 12 + index * 4);
  }
  header.set(message.chaddr.subarray(0, CHADDR_BYTES), 28);
  putField(header, SNAME, message.sname);
  putField(header, FILE, message.file);
  header.set(COOKIE, 236);
  const type = Uint8Array.of(OPTION.messageType, 1, MESSAGE_TYPES[message.type]);
  const whole = concatBytes([header, type, serializeOptions(message.options)]);
  return whole.length >= SHORTEST_MESSAGE_BYTES
    ? whole
    : concatBytes([whole, new Uint8Array(SHORTEST_MESSAGE_BYTES - whole.length)]);
};

/** The MAC of a message: lower case, with colons. */
export const macOf = ({ chaddr }: Pick<DhcpMessage, 'chaddr'>): string =>
  toHex(chaddr.subarray(0, MAC_BYTES)).replace(/..(?=.)/g, '$&:');
