/**
 * Images made chunk by chunk, for tests that must know which chunk lies in which frame of which pack.
 * Packs look as the addon leaves them: room for a header, then frames, here stored uncompressed.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CHUNK_BYTES, type DigestAlgorithm } from '../../src/codec/image-limits.ts';
import { type NativeCapturedPack, native } from '../../src/disk/native.ts';
import type { CaptureSession, PublishRequest } from '../../src/image/store/capture-session.ts';
import { DigestIndex } from '../../src/image/store/digest-index.ts';
import type { ImageStore } from '../../src/image/store/store.ts';
import type { PublishedVersion } from '../../src/image/store/version-publish.ts';
import { encodeRecords, exampleManifest, type SampleChunk } from './sample-image.ts';

/** Content of a chunk by a letter, so that equal letters are equal chunks. */
export const chunkOf = (letter: string): Uint8Array => Buffer.alloc(CHUNK_BYTES, letter);

const recordOf = (algorithm: DigestAlgorithm, stored: Uint8Array): Uint8Array => {
  const record = Buffer.alloc(16);
  record.writeUInt32LE(stored.length, 0);
  record.writeUInt8(stored.length / CHUNK_BYTES, 4);
  record.writeUInt8(1, 5);
  record.set(native.digest(algorithm, stored).subarray(0, 8), 8);
  return record;
};

/** Writes an unfinished pack with one chunk in each frame. */
export const writeHandMadePack = async (
  directory: string,
  algorithm: DigestAlgorithm,
  letters: readonly string[],
): Promise<NativeCapturedPack> => {
  const chunks = letters.map(chunkOf);
  const file = path.join(directory, '0.pack');
  await writeFile(file, Buffer.concat([Buffer.alloc(32), ...chunks]));
  return {
    path: file,
    frames: Buffer.concat(chunks.map((chunk) => recordOf(algorithm, chunk))),
    digests: Buffer.concat(chunks.map((chunk) => native.digest(algorithm, chunk))),
    sizeBytes: 32 + chunks.length * CHUNK_BYTES,
  };
};

/** A bare disk with a chunk for each letter; `-` is an unused chunk, `0` a zero one. */
export const requestOf = async (
  session: CaptureSession,
  letters: string,
): Promise<PublishRequest> => {
  const { algorithm, directory } = session;
  const digestOf = (letter: string): Buffer => native.digest(algorithm, chunkOf(letter));
  const known = new DigestIndex(session.knownDigests());
  const fresh = [...new Set(letters)].filter(
    (letter) => !'-0'.includes(letter) && known.find(digestOf(letter), 0) < 0,
  );
  const chunks = [...letters].flatMap((letter, chunk): SampleChunk[] => {
    if (letter === '-') return [];
    const digest = letter === '0' ? undefined : digestOf(letter);
    return [{ chunk, mask: undefined, digest }];
  });
  const sizeBytes = letters.length * CHUNK_BYTES;
  const { partitions, bootRegions, disk } = exampleManifest();
  return {
    comment: '',
    creator: 'test',
    bootRegions,
    disk: { ...disk, sizeBytes },
    partitions: partitions.map((partition) => ({
      ...partition,
      sizeBytes,
      usedBytes: chunks.length * CHUNK_BYTES,
      minimumBytes: sizeBytes,
      ...encodeRecords(chunks),
    })),
    packs: fresh.length === 0 ? [] : [await writeHandMadePack(directory, algorithm, fresh)],
  };
};

/** Captures a hand-made disk into a store. */
export const publishLetters = async (
  store: ImageStore,
  name: string,
  letters: string,
  extra: Partial<PublishRequest> & { readonly parent?: string | null } = {},
): Promise<PublishedVersion> => {
  const { parent, ...fields } = extra;
  const session = await store.beginCapture({ name, parent, algorithm: 1 });
  return session.publish({ ...(await requestOf(session, letters)), ...fields });
};
