/**
 * Bytes of a boot sector that say where the volume lies: hidden sectors and geometry (reference: NTFS and
 * FAT boot sectors, offsets 0x18, 0x1A, 0x1C and their backup copies). A volume that is put at another place
 * gets them rewritten; one that keeps its place keeps them as they were captured, right or wrong.
 */
import type { PositionalField } from '../codec/manifest-text.ts';
import type { NativeImagePartition } from '../disk/native.ts';

/** What firmware and Windows assume for every disk that is addressed by LBA. */
const SECTORS_PER_TRACK = 63;
const HEADS = 255;

const placedValue = (kind: PositionalField['kind'], startLba: number): number => {
  if (kind === 'sectors-per-track') return SECTORS_PER_TRACK;
  if (kind === 'heads') return HEADS;
  return startLba;
};

const littleEndian = (value: number, length: number): Uint8Array => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes.subarray(0, length);
};

/** Where a partition was captured and where it goes now, in bytes from the start of its disk. */
export interface Placement {
  readonly capturedStartBytes: number;
  readonly startBytes: number;
  readonly sectorSize: number;
}

/** The overlay for the native pipeline; empty when the volume keeps its place. */
export const placedFields = (
  fields: readonly PositionalField[],
  placement: Placement,
): NativeImagePartition['fields'] => {
  if (placement.startBytes === placement.capturedStartBytes) return [];
  const startLba = placement.startBytes / placement.sectorSize;
  return fields.map(({ offset, kind, hex }) => {
    const captured = Buffer.from(hex, 'hex');
    return { offset, captured, placed: littleEndian(placedValue(kind, startLba), captured.length) };
  });
};
