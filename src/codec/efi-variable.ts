/**
 * Variables of UEFI firmware as Linux shows them in efivarfs: what starts, and in which order (UEFI 2.10 sections 3.1.3,
 * 3.3 and 10). Firmware writes what it likes: whatever does not add up is no variable.
 *
 * ```
 * file        attributes u32 | data
 * BootOrder   numbers u16
 * Boot####    attributes u32 | path length u16 | description UTF-16 to a zero | device path | data of the loader
 * node        type u8 | subtype u8 | length u16, with these four bytes | data
 * ```
 */

/** Longest file that is looked at. */
export const EFI_VARIABLE_BYTES = 64 * 1024;
const MOST_ENTRIES = 512;
const MOST_NODES = 64;
const LONGEST_DESCRIPTION = 256;

const ATTRIBUTES_BYTES = 4;
const OPTION_HEAD_BYTES = 6;
const NODE_HEAD_BYTES = 4;
const ACTIVE = 1;

/** Kinds of nodes of a device path. */
const MESSAGING = 3;
const MEDIA = 4;
const BIOS_BOOT = 5;
const END = 0x7f;
const HARD_DRIVE = 1;
/** MAC address, IPv4, IPv6, URI. */
const NETWORK_NODES: readonly number[] = [11, 12, 13, 24];
/** BIOS Boot Specification 1.01, appendix A. */
const BBS_HARD_DISK = 2;
const BBS_NETWORK = 0x80;
const GUID_SIGNATURE = 2;

export interface EfiVariable {
  readonly attributes: number;
  readonly data: Uint8Array;
}

/** A start that the firmware knows. */
export interface EfiBootEntry {
  /** The firmware passes over one that is not. */
  readonly isActive: boolean;
  readonly description: string;
  readonly starts: 'disk' | 'network' | 'other';
  /** GUID of the partition that it starts from, lower case; empty without one. */
  readonly partitionGuid: string;
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** A file of efivarfs. Undefined for what is none. */
export const parseEfiVariable = (file: Uint8Array): EfiVariable | undefined => {
  if (file.length < ATTRIBUTES_BYTES || file.length > EFI_VARIABLE_BYTES) return undefined;
  return {
    attributes: viewOf(file).getUint32(0, true),
    data: file.subarray(ATTRIBUTES_BYTES),
  };
};

/** The same the other way round. */
export const serializeEfiVariable = ({ attributes, data }: EfiVariable): Uint8Array => {
  const file = new Uint8Array(ATTRIBUTES_BYTES + data.length);
  viewOf(file).setUint32(0, attributes, true);
  file.set(data, ATTRIBUTES_BYTES);
  return file;
};

/** `BootOrder`, or `BootCurrent` with its one number. Undefined for half a number, and for too many. */
export const parseBootNumbers = (data: Uint8Array): readonly number[] | undefined => {
  if (data.length % 2 !== 0 || data.length > MOST_ENTRIES * 2) return undefined;
  const view = viewOf(data);
  return Array.from({ length: data.length / 2 }, (_, index) => view.getUint16(index * 2, true));
};

export const serializeBootNumbers = (numbers: readonly number[]): Uint8Array => {
  const data = new Uint8Array(numbers.length * 2);
  for (const [index, number] of numbers.entries()) viewOf(data).setUint16(index * 2, number, true);
  return data;
};

/** `Boot0001`. */
export const bootEntryName = (number: number): string =>
  `Boot${number.toString(16).toUpperCase().padStart(4, '0')}`;

interface Node {
  readonly type: number;
  readonly subtype: number;
  readonly data: Uint8Array;
}

/** Nodes up to the end; undefined where they do not fill their place. */
const parseNodes = (bytes: Uint8Array): readonly Node[] | undefined => {
  const nodes: Node[] = [];
  const view = viewOf(bytes);
  for (let at = 0; at + NODE_HEAD_BYTES <= bytes.length && nodes.length < MOST_NODES; ) {
    const [type, subtype] = [view.getUint8(at), view.getUint8(at + 1)];
    const length = view.getUint16(at + 2, true);
    if (length < NODE_HEAD_BYTES || at + length > bytes.length) return undefined;
    if (type === END && subtype === 0xff) return nodes;
    nodes.push({ type, subtype, data: bytes.subarray(at + NODE_HEAD_BYTES, at + length) });
    at += length;
  }
  return undefined;
};

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Its first three fields are little-endian (UEFI appendix A). */
const guidText = (bytes: Uint8Array): string => {
  const turned = (from: number, to: number): string => hex(bytes.slice(from, to).reverse());
  const rest = [hex(bytes.subarray(8, 10)), hex(bytes.subarray(10, 16))];
  return [turned(0, 4), turned(4, 6), turned(6, 8), ...rest].join('-');
};

/** Partition number u32, start u64, size u64, signature of 16 bytes, table u8, kind of signature u8. */
const guidOf = ({ type, subtype, data }: Node): string => {
  const isPartition = type === MEDIA && subtype === HARD_DRIVE && data.length >= 38;
  return isPartition && data[37] === GUID_SIGNATURE ? guidText(data.subarray(20, 36)) : '';
};

const bbsKind = ({ type, subtype, data }: Node): number =>
  type === BIOS_BOOT && subtype === 1 && data.length >= 2 ? viewOf(data).getUint16(0, true) : 0;

const startOf = (nodes: readonly Node[]): EfiBootEntry['starts'] => {
  const isNetwork = ({ type, subtype }: Node): boolean =>
    type === MESSAGING && NETWORK_NODES.includes(subtype);
  if (nodes.some((node) => isNetwork(node) || bbsKind(node) === BBS_NETWORK)) return 'network';
  const isDisk = ({ type, subtype }: Node): boolean => type === MEDIA && subtype === HARD_DRIVE;
  return nodes.some((node) => isDisk(node) || bbsKind(node) === BBS_HARD_DISK) ? 'disk' : 'other';
};

/** Bytes of a text with the zero at its end; undefined without one. */
const textBytes = (bytes: Uint8Array): number | undefined => {
  for (let at = 0; at + 2 <= bytes.length && at <= LONGEST_DESCRIPTION * 2; at += 2)
    if (bytes[at] === 0 && bytes[at + 1] === 0) return at + 2;
  return undefined;
};

/** The data of `Boot####`. Undefined for what does not add up. */
export const parseBootEntry = (data: Uint8Array): EfiBootEntry | undefined => {
  if (data.length < OPTION_HEAD_BYTES) return undefined;
  const view = viewOf(data);
  const rest = data.subarray(OPTION_HEAD_BYTES);
  const textLength = textBytes(rest);
  const pathLength = view.getUint16(4, true);
  if (textLength === undefined || textLength + pathLength > rest.length) return undefined;
  const nodes = parseNodes(rest.subarray(textLength, textLength + pathLength));
  if (nodes === undefined) return undefined;
  return {
    isActive: (view.getUint32(0, true) & ACTIVE) !== 0,
    description: new TextDecoder('utf-16le').decode(rest.subarray(0, textLength - 2)),
    starts: startOf(nodes),
    partitionGuid: nodes.map(guidOf).find((guid) => guid !== '') ?? '',
  };
};
