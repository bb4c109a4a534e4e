/** Small images for tests of the format and the store. */
import { createHash } from 'node:crypto';
import type { GenerationRecord } from '../../src/codec/generation-record.ts';
import { fromHex } from '../../src/codec/hex.ts';
import {
  MASK_RECORD_BYTES,
  RUN_MASKED,
  RUN_RECORD_BYTES,
  RUN_ZERO,
} from '../../src/codec/image-limits.ts';
import type { Manifest, ManifestPartition } from '../../src/codec/manifest.ts';
import { chunkCountOf, fullMaskOf, type PartitionRecords } from '../../src/codec/run-records.ts';
import type { Random } from './random.ts';

/** SHA-256 of bytes. */
export const sha256 = (bytes: Uint8Array): Uint8Array =>
  createHash('sha256').update(bytes).digest();

/** One run record. */
export const runRecord = (first: number, count: number, kind: number): Uint8Array => {
  const record = Buffer.alloc(RUN_RECORD_BYTES);
  record.writeBigUInt64LE(BigInt(first), 0);
  record.writeUInt32LE(count, 8);
  record.writeUInt16LE(kind, 12);
  return record;
};

/** Two chunks of the example in docs/image-format.md. */
export const EXAMPLE_CHUNKS: readonly Uint8Array[] = [
  Buffer.alloc(65_536, 'N'),
  Buffer.concat([Buffer.alloc(4096, 'A'), Buffer.alloc(4096, 'C')], 65_536),
];

/** Both chunks in one frame, as zstd 1.5.4 made it: `zstd -1 --no-check`. */
export const EXAMPLE_FRAME: Uint8Array =
  fromHex('28b52ffda000000200ad0000284e4e414300041000fc5f5df8ef1fff7db6ffd7db') ?? new Uint8Array();

/** The frame record of `EXAMPLE_FRAME` in a pack with SHA-256. */
export const exampleFrameRecord = (): Uint8Array => {
  const record = Buffer.alloc(16);
  record.writeUInt32LE(EXAMPLE_FRAME.length, 0);
  record.writeUInt8(EXAMPLE_CHUNKS.length, 4);
  record.set(sha256(EXAMPLE_FRAME).subarray(0, 8), 8);
  return record;
};

/** Digests of `EXAMPLE_CHUNKS`. */
export const exampleDigests = (): Uint8Array => Buffer.concat(EXAMPLE_CHUNKS.map(sha256));

/** The generation record of docs/image-format.md: a verified version, and a newer one that is being filled. */
export const exampleRecord = (): GenerationRecord => ({
  sequence: 7,
  current: 'a1'.repeat(32),
  generations: [
    { id: 'a1'.repeat(32), isComplete: true, isVerified: true },
    { id: 'b2'.repeat(32), isComplete: false, isVerified: false },
  ],
});

/** The example of docs/image-format.md: a bare disk of 200,704 bytes with three used chunks. */
export const exampleManifest = (): Manifest => ({
  algorithm: 2,
  name: 'example',
  title: 'Example',
  comment: '',
  creator: 'nacre',
  createdAt: '2026-11-21T12:00:00Z',
  parent: null,
  releaseCounter: 0,
  disk: { sizeBytes: 200_704, sectorSize: 512, model: '', serial: '', table: 'none', entries: [] },
  bootRegions: [],
  partitions: [
    {
      number: 0,
      role: 'data',
      fileSystem: 'raw',
      label: '',
      uuid: '',
      startBytes: 0,
      sizeBytes: 200_704,
      usedBytes: 77_824,
      minimumBytes: 200_704,
      clusterBytes: 4096,
      positionalFields: [],
      gaps: [],
      runs: Buffer.concat([
        runRecord(0, 1, 0),
        runRecord(1, 1, RUN_MASKED),
        runRecord(3, 1, RUN_ZERO),
      ]),
      masks: Buffer.from([0x03, 0x00]),
      digests: exampleDigests(),
    },
  ],
});

const SECTOR = 512;

/** A used chunk: a digest unless it is zero, a mask unless it is full. */
export interface SampleChunk {
  readonly chunk: number;
  readonly mask: number | undefined;
  readonly digest: Uint8Array | undefined;
}

const kindOf = (chunk: SampleChunk): number =>
  (chunk.digest === undefined ? RUN_ZERO : 0) | (chunk.mask === undefined ? 0 : RUN_MASKED);

const encodeRuns = (chunks: readonly SampleChunk[]): Uint8Array => {
  const runs: { first: number; count: number; kind: number }[] = [];
  for (const chunk of chunks) {
    const last = runs.at(-1);
    const kind = kindOf(chunk);
    const continues = last?.kind === kind && last.first + last.count === chunk.chunk;
    if (last !== undefined && continues) last.count++;
    else runs.push({ first: chunk.chunk, count: 1, kind });
  }
  return Buffer.concat(runs.map((run) => runRecord(run.first, run.count, run.kind)));
};

/** Packed records of used chunks in rising order. */
export const encodeRecords = (chunks: readonly SampleChunk[]): PartitionRecords => {
  const masks = chunks.flatMap(({ mask }) => (mask === undefined ? [] : [mask]));
  const maskBytes = Buffer.alloc(masks.length * MASK_RECORD_BYTES);
  for (const [index, mask] of masks.entries()) maskBytes.writeUInt16LE(mask, index * 2);
  const digests = chunks.flatMap(({ digest }) => (digest === undefined ? [] : [digest]));
  return { runs: encodeRuns(chunks), masks: maskBytes, digests: Buffer.concat(digests) };
};

const randomRecords = (random: Random, sizeBytes: number): PartitionRecords => {
  const chunks: SampleChunk[] = [];
  for (
    let chunk = 0;
    chunk < chunkCountOf(sizeBytes);
    chunk += 1 + (random.below(4) === 0 ? 2 : 0)
  ) {
    const full = fullMaskOf(chunk, sizeBytes);
    const isMasked = full > 1 && random.below(2) === 0;
    const mask = isMasked ? 1 + random.below(full - 1) : undefined;
    chunks.push({ chunk, mask, digest: random.below(3) === 0 ? undefined : random.bytes(32) });
  }
  return encodeRecords(chunks);
};

const randomPartition = (
  random: Random,
  number: number,
  place: { readonly startBytes: number; readonly sizeBytes: number },
): ManifestPartition => ({
  number,
  role: random.pick(['os', 'boot', 'data']),
  fileSystem: random.pick(['ntfs', 'fat32', 'ext4', 'raw']),
  label: random.pick(['', 'システム', 'ROOT']),
  uuid: '0123-4567',
  ...place,
  usedBytes: place.sizeBytes - random.below(place.sizeBytes),
  minimumBytes: place.sizeBytes,
  clusterBytes: 4096,
  positionalFields: [{ offset: 0x1c, kind: 'hidden-sectors', hex: '00080000' }],
  gaps: random.below(2) === 0 ? [] : [{ offset: 0, length: 512 }],
  ...randomRecords(random, place.sizeBytes),
});

/** A random manifest that follows every rule, with up to 4 partitions of an MBR disk. */
export const randomManifest = (random: Random): Manifest => {
  const entries = [];
  const partitions: ManifestPartition[] = [];
  let lba = 2048;
  for (let number = 1; number <= random.below(5); number++) {
    const sectors = 1 + random.below(4000);
    entries.push({
      number,
      firstLba: lba,
      lastLba: lba + sectors - 1,
      type: 7,
      active: number === 1,
      kind: 'primary' as const,
    });
    const place = { startBytes: lba * SECTOR, sizeBytes: sectors * SECTOR };
    partitions.push(randomPartition(random, number, place));
    lba += sectors + random.below(100);
  }
  return {
    ...exampleManifest(),
    algorithm: random.pick([1, 2]),
    title: '画像 1',
    parent: random.below(2) === 0 ? null : Buffer.from(random.bytes(32)).toString('hex'),
    releaseCounter: random.below(2 ** 31),
    ...(random.below(2) === 0 ? {} : { machines: ['Wyse 5070', 'シンクライアント'] }),
    disk: {
      sizeBytes: (lba + 1) * SECTOR,
      sectorSize: SECTOR,
      model: 'QEMU',
      serial: 'S1',
      table: 'mbr',
      signature: 'c0ffee00',
      entries,
    },
    bootRegions: [
      { offset: 0, bytes: random.bytes(440) },
      { offset: SECTOR, bytes: random.bytes(SECTOR * (1 + random.below(4))) },
    ],
    partitions,
  };
};
