/** How much a version takes on a backup partition: its frames with their records, and the manifest. */
import { DIGEST_BYTES, FRAME_RECORD_BYTES } from '../../codec/image-limits.ts';
import type { Manifest } from '../../codec/manifest.ts';
import { DigestIndex } from '../store/digest-index.ts';
import { type Frame, framesOf } from '../store/gc-mark.ts';
import type { StoredPack } from '../store/pack-file.ts';

const digestsOf = ({ partitions }: Manifest): DigestIndex => {
  const index = new DigestIndex();
  for (const { digests } of partitions)
    for (let at = 0; at < digests.length; at += DIGEST_BYTES) index.add(digests, at);
  return index;
};

/** Numbers of the wanted chunks in a frame. */
const recordsIn = (wanted: DigestIndex, pack: StoredPack, frame: Frame): readonly number[] =>
  Array.from({ length: frame.chunks }, (_, chunk) =>
    wanted.find(pack.digests, (frame.firstChunk + chunk) * DIGEST_BYTES),
  ).filter((record) => record >= 0);

/** Bytes for the chunks of a version, each counted with the first frame that has it, and for its manifest. */
export const storedSizeOf = (manifest: Manifest, packs: readonly StoredPack[]): number => {
  const wanted = digestsOf(manifest);
  const seen = new Set<number>();
  let bytes = manifest.partitions.reduce(
    (sum, { digests, runs, masks }) => sum + digests.length + runs.length + masks.length,
    0,
  );
  for (const pack of packs) {
    for (const frame of framesOf(pack)) {
      const fresh = recordsIn(wanted, pack, frame).filter((record) => !seen.has(record));
      if (fresh.length === 0) continue;
      for (const record of fresh) seen.add(record);
      bytes += frame.storedBytes + FRAME_RECORD_BYTES + frame.chunks * DIGEST_BYTES;
    }
  }
  return bytes;
};
