import test from 'ava';
import type { Manifest, ManifestPartition } from '../../../src/codec/manifest.ts';
import { NacreError } from '../../../src/errors.ts';
import { diffManifests } from '../../../src/image/store/image-diff.ts';
import { encodeRecords, exampleManifest, sha256 } from '../../helpers/sample-image.ts';

const digest = (letter: string): Uint8Array => sha256(Buffer.from(letter));

const diskOf = (
  chunks: readonly { chunk: number; letter: string; mask?: number }[],
  change: Partial<ManifestPartition> = {},
): Manifest => {
  const records = encodeRecords(
    chunks.map(({ chunk, letter, mask }) => ({
      chunk,
      mask,
      digest: letter === '0' ? undefined : digest(letter),
    })),
  );
  const manifest = exampleManifest();
  return {
    ...manifest,
    partitions: manifest.partitions.map((part) => ({ ...part, ...records, ...change })),
  };
};

const A = diskOf([
  { chunk: 0, letter: 'a' },
  { chunk: 1, letter: 'b', mask: 0x00ff },
  { chunk: 3, letter: '0' },
]);

test('a version needs nothing over itself', (t) => {
  t.deepEqual(diffManifests(A, A), {
    chunks: 0,
    bytes: 0,
    perPartition: [{ number: 0, chunks: 0, bytes: 0 }],
  });
});

test('another digest, a new chunk and a newly used block are differences, a freed one is none', (t) => {
  const changed = diskOf([
    { chunk: 0, letter: 'x' },
    { chunk: 1, letter: 'b', mask: 0x01ff },
    { chunk: 2, letter: 'c', mask: 0x0003 },
    { chunk: 3, letter: '0' },
  ]);
  const difference = diffManifests(A, changed);
  t.is(difference.chunks, 3);
  t.is(difference.bytes, 65_536 + 9 * 4096 + 2 * 4096);
  const freed = diskOf([{ chunk: 1, letter: 'b', mask: 0x000f }]);
  t.is(diffManifests(A, freed).chunks, 0);
});

test('a chunk that became zero or is zero no more is a difference', (t) => {
  const zero = diskOf([
    { chunk: 0, letter: '0' },
    { chunk: 3, letter: 'z' },
  ]);
  const difference = diffManifests(A, zero);
  t.is(difference.chunks, 2);
  t.is(difference.bytes, 65_536 + 4096);
});

test('a partition that the other version does not have is needed whole', (t) => {
  const other = { ...A, partitions: A.partitions.map((part) => ({ ...part, number: 5 })) };
  t.deepEqual(diffManifests(A, other).perPartition, [
    { number: 5, chunks: 3, bytes: 65_536 + 8 * 4096 + 4096 },
  ]);
});

test('versions with different digests are not compared', (t) => {
  const error = t.throws(() => diffManifests(A, { ...A, algorithm: 1 }), {
    instanceOf: NacreError,
  });
  t.is(error?.code, 'IMAGE_DIGESTS_DIFFER');
});
