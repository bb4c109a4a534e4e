/** Proves a generation by reading: every chunk of it, back from the backup partition. */
import { CHUNK_BYTES, DIGEST_BYTES } from '../../codec/image-limits.ts';
import type { Manifest } from '../../codec/manifest.ts';
import type { OnProgress } from '../operation.ts';
import { DigestIndex } from '../store/digest-index.ts';
import { checkPacks, type DamagedChunk } from '../store/pack-check.ts';
import type { StoredPack } from '../store/pack-file.ts';
import { digestsOf } from '../store/version-files.ts';
import { wantedIn } from './fill-frames.ts';
import type { Pace } from './pace.ts';

export interface GenerationCheckOptions {
  readonly pace: Pace;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

export interface GenerationCheck {
  /** Bytes of chunks that were read and right. */
  readonly verifiedBytes: number;
  readonly damaged: readonly DamagedChunk[];
}

/** Reads the chunks of a version out of its packs, one pack at a time. Damage is reported, not thrown. */
export const checkGeneration = async (
  manifest: Manifest,
  packs: readonly StoredPack[],
  { pace, signal, onProgress }: GenerationCheckOptions,
): Promise<GenerationCheck> => {
  const wanted = new DigestIndex(digestsOf(manifest));
  const parts = packs.map((pack) => ({ pack, digests: wantedIn(wanted, pack) }));
  const totalBytes = parts.reduce(
    (sum, { digests }) => sum + (digests.length / DIGEST_BYTES) * CHUNK_BYTES,
    0,
  );
  const damaged: DamagedChunk[] = [];
  let doneBytes = 0;
  for (const { pack, digests } of parts) {
    // Without a digest the addon would check all that the pack has.
    if (digests.length === 0) continue;
    const before = doneBytes;
    const result = await checkPacks([pack], manifest.algorithm, {
      wanted: digests,
      signal,
      onProgress: (progress) =>
        onProgress?.({ ...progress, doneBytes: before + progress.doneBytes, totalBytes }),
    });
    damaged.push(...result.damaged);
    doneBytes += result.checkedChunks * CHUNK_BYTES;
    await pace.spend(pack.sizeBytes);
  }
  return { verifiedBytes: doneBytes - damaged.length * CHUNK_BYTES, damaged };
};
