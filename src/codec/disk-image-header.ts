/**
 * What the headers of other programs' disk images say about where their bytes come from.
 *
 * qemu-img opens whatever an image names: a backing file, a data file, the extents of a VMDK. An image
 * from a stranger could so make it read any file of this machine. These checks come before qemu-img
 * sees the file. Sources: QEMU docs/interop/qcow2, VMDK 5.0 technical note, VHD specification 1.0.
 */

/** Why an image is not converted as it is. */
export interface ImageReference {
  /** `reference`: bytes come from elsewhere; `unsupported`: encrypted and the like; `damaged`. */
  readonly kind: 'reference' | 'unsupported' | 'damaged';
  readonly what: string;
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const printable = (bytes: Uint8Array): string =>
  String.fromCharCode(...bytes.subarray(0, 200)).replace(/[^ -~]/g, '?');

const QCOW2_HEADER_BYTES = 72;
const QCOW2_FEATURES_END = 80;

/**
 * Checks the first bytes of a qcow2 file (big-endian: backing file at 8 and 16, encryption at 32,
 * incompatible features at 72 from version 3 on).
 */
export const checkQcow2 = (bytes: Uint8Array): ImageReference | undefined => {
  if (bytes.length < QCOW2_HEADER_BYTES) {
    return { kind: 'damaged', what: `header of ${bytes.length} bytes` };
  }
  const view = viewOf(bytes);
  const version = view.getUint32(4);
  if (version !== 2 && version !== 3) return { kind: 'unsupported', what: `qcow ${version}` };
  const backingOffset = view.getBigUint64(8);
  if (backingOffset !== 0n) {
    const start = Number(backingOffset);
    const name = printable(bytes.subarray(start, start + view.getUint32(16)));
    return { kind: 'reference', what: `the backing file ${JSON.stringify(name)}` };
  }
  if (view.getUint32(32) !== 0) return { kind: 'unsupported', what: 'encryption' };
  return version === 3 ? checkQcow2Features(bytes) : undefined;
};

const checkQcow2Features = (bytes: Uint8Array): ImageReference | undefined => {
  if (bytes.length < QCOW2_FEATURES_END) return { kind: 'damaged', what: 'header cut short' };
  const features = viewOf(bytes).getBigUint64(72);
  if ((features & 0b100n) !== 0n) return { kind: 'reference', what: 'an external data file' };
  if ((features & 0b10n) !== 0n) return { kind: 'damaged', what: 'its "corrupt" mark is set' };
  return undefined;
};

/** Length of a VHD footer, at the end of the file and, for dynamic disks, also at its start. */
export const VHD_FOOTER_BYTES = 512;

/** True for a VHD footer whose checksum holds (one's complement of the sum of its other bytes). */
export const isVhdFooter = (bytes: Uint8Array): boolean => {
  if (bytes.length < VHD_FOOTER_BYTES) return false;
  if (printable(bytes.subarray(0, 8)) !== 'conectix') return false;
  let sum = 0;
  for (let at = 0; at < VHD_FOOTER_BYTES; at += 1) {
    if (at < 64 || at >= 68) sum += bytes[at] ?? 0;
  }
  return viewOf(bytes).getUint32(64) === ~sum >>> 0;
};

/** Checks a VHD footer: a differencing disk (type 4) has a parent, which qemu-img would leave out. */
export const checkVhd = (footer: Uint8Array): ImageReference | undefined => {
  const type = viewOf(footer).getUint32(60);
  if (type === 4) return { kind: 'reference', what: 'the parent of a differencing disk' };
  return type === 2 || type === 3 ? undefined : { kind: 'unsupported', what: `VHD type ${type}` };
};

/** What a VMDK names: files that must lie beside it. */
export interface VmdkReferences {
  readonly problem: ImageReference | undefined;
  readonly extents: readonly VmdkExtent[];
}

/** A file that a VMDK descriptor names. */
export interface VmdkExtent {
  readonly name: string;
  /** Bytes that a flat file must have; 0 for other types. */
  readonly neededBytes: number;
}

/** Place of the descriptor inside a sparse VMDK. */
export interface VmdkDescriptorPlace {
  readonly offset: number;
  readonly length: number;
  /** Without a capacity of its own the file is only the shell of a descriptor with extents. */
  readonly isShell: boolean;
}

/** A descriptor is a page of text. */
export const VMDK_DESCRIPTOR_MAXIMUM_BYTES = 1 << 20;

/**
 * Reads the header of a sparse VMDK (little-endian: capacity at 12, descriptor offset at 28 and length
 * at 36, all in sectors).
 */
export const parseVmdkHeader = (bytes: Uint8Array): VmdkDescriptorPlace | ImageReference => {
  if (bytes.length < 512) return { kind: 'damaged', what: `header of ${bytes.length} bytes` };
  const view = viewOf(bytes);
  const offset = view.getBigUint64(28, true) * 512n;
  const length = view.getBigUint64(36, true) * 512n;
  if (length > BigInt(VMDK_DESCRIPTOR_MAXIMUM_BYTES) || offset >= 1n << 53n) {
    return { kind: 'damaged', what: `descriptor of ${length} bytes at ${offset}` };
  }
  const isShell = view.getBigUint64(12, true) === 0n;
  return { offset: Number(offset), length: Number(length), isShell };
};

const EXTENT = /^\s*(?:RW|RDONLY|NOACCESS)\s+(\d+)\s+(\w+)(?:\s+"([^"]*)"(?:\s+(\d+))?)?/;
const PLAIN_NAME = /^[^/\\:]{1,255}$/;

const isPlainName = (name: string | undefined): name is string =>
  name !== undefined && PLAIN_NAME.test(name) && name !== '.' && name !== '..';

const parseExtent = (line: string): VmdkExtent | ImageReference | undefined => {
  const [whole, sectors, type = '', name, offset = '0'] = EXTENT.exec(line) ?? [];
  const kind = type.toUpperCase();
  if (whole === undefined || kind === 'ZERO') return undefined;
  if (!isPlainName(name)) {
    return { kind: 'reference', what: `the extent ${JSON.stringify(name ?? line)}` };
  }
  const isFlat = kind === 'FLAT' || kind === 'VMFS';
  return { name, neededBytes: isFlat ? (Number(sectors) + Number(offset)) * 512 : 0 };
};

/** Checks the text of a VMDK descriptor: no parent, and extents that are plain names. */
export const checkVmdkDescriptor = (text: string): VmdkReferences => {
  const extents: VmdkExtent[] = [];
  for (const line of text.replace(/\0.*$/s, '').split(/\r?\n/)) {
    const parent = /^\s*parentCID\s*=\s*"?(\w+)/i.exec(line)?.[1];
    if (parent !== undefined && parent.toLowerCase() !== 'ffffffff') {
      return { problem: { kind: 'reference', what: `the parent disk ${parent}` }, extents };
    }
    const extent = parseExtent(line);
    if (extent === undefined) continue;
    if ('kind' in extent) return { problem: extent, extents };
    extents.push(extent);
  }
  return { problem: undefined, extents };
};
