/**
 * Boot sectors that say where their volume lies (src/image/boot-fields.ts): on a disk that has the volume at another place than the image,
 * they are sent as they would be at the place of the image.
 */

import { serializePieceHead } from '../../codec/frame-piece.ts';
import { BLOCK_BYTES, BLOCKS_PER_CHUNK, CHUNK_BYTES } from '../../codec/image-limits.ts';
import type { ManifestPartition } from '../../codec/manifest.ts';
import type { PositionalField } from '../../codec/manifest-text.ts';
import { ChunkCursor } from '../../codec/run-records.ts';
import type { OpenDisk } from '../../disk/device.ts';
import { fromNative, native } from '../../disk/native.ts';
import type { UploadBegin, UploadTarget } from './upload-target.ts';

const FRAME_RECORD_BYTES = 16;

interface Placed {
  readonly base: ManifestPartition;
  readonly place: { readonly startBytes: number };
}

interface Sender {
  readonly disk: OpenDisk;
  readonly target: UploadTarget;
  readonly begin: UploadBegin;
}

/** A piece of one chunk that is not compressed. */
const pieceOf = (algorithm: UploadBegin['algorithm'], bytes: Buffer, digest: Buffer) => {
  const frame = Buffer.alloc(FRAME_RECORD_BYTES);
  frame.writeUInt32LE(bytes.length, 0);
  frame.writeUInt8(1, 4);
  frame.writeUInt8(1, 5);
  digest.copy(frame, 8, 0, 8);
  return [serializePieceHead(algorithm, frame, digest), bytes];
};

/** Used blocks of a chunk of this disk; the rest is zero. */
const readChunk = async (
  disk: OpenDisk,
  place: Placed['place'],
  { chunk, mask }: ChunkCursor,
  sizeBytes: number,
): Promise<Buffer> => {
  const bytes = Buffer.alloc(CHUNK_BYTES);
  const length = Math.min(CHUNK_BYTES, sizeBytes - chunk * CHUNK_BYTES);
  const read = await fromNative(disk.device.read(place.startBytes + chunk * CHUNK_BYTES, length));
  read.copy(bytes);
  for (let block = 0; block < BLOCKS_PER_CHUNK; block++)
    if ((mask & (1 << block)) === 0) bytes.fill(0, block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES);
  return bytes;
};

/** The value that the image has for a field of this disk. */
const inBase = (base: ManifestPartition, { offset, kind, hex }: PositionalField): PositionalField =>
  base.positionalFields.find((one) => one.offset === offset && one.kind === kind) ?? {
    ...{ offset, kind, hex },
  };

/**
 * Records and fields of a captured partition as if it had lain where the image has it; chunks that are other ones by that are sent.
 *
 * @throws what the target throws
 */
export const asPlacedBefore = async (
  { base, place }: Placed,
  captured: ManifestPartition,
  { disk, target, begin }: Sender,
): Promise<Pick<ManifestPartition, 'digests' | 'positionalFields'>> => {
  const { positionalFields: found, sizeBytes } = captured;
  if (base.startBytes === place.startBytes || found.length === 0)
    return { digests: captured.digests, positionalFields: found };
  const fields = found.map((field) => inBase(base, field)) as PositionalField[];
  const digests = Buffer.from(captured.digests);
  const cursor = new ChunkCursor(captured, sizeBytes);
  while (cursor.next()) {
    const own = fields.filter(({ offset }) => Math.floor(offset / CHUNK_BYTES) === cursor.chunk);
    if (own.length === 0 || cursor.isZero) continue;
    const bytes = await readChunk(disk, place, cursor, sizeBytes);
    for (const { offset, hex } of own) bytes.write(hex, offset % CHUNK_BYTES, 'hex');
    const digest = native.digest(begin.algorithm, bytes);
    digest.copy(digests, cursor.digestOffset);
    await target.putFrames(pieceOf(begin.algorithm, bytes, digest));
  }
  return { digests, positionalFields: fields };
};
