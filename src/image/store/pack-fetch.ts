/** Copies a pack from where only its reader reaches it into a file, with several reads under way at a time. */
import { open } from 'node:fs/promises';
import { NacreError } from '../../errors.ts';
import type { OnProgress } from '../operation.ts';
import { writeAt } from './folder-store.ts';
import type { StoredPack } from './pack-file.ts';

const PIECE_BYTES = 2 ** 20;
const READS = 4;
const PROGRESS_INTERVAL_MS = 100;

export interface FetchOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/**
 * Writes the bytes of a pack into a new file.
 * @throws NacreError what the reader refuses with, `CANCELLED`; errors of `node:fs`
 */
export const fetchPack = async (
  { read, sizeBytes }: Required<Pick<StoredPack, 'read' | 'sizeBytes'>>,
  target: string,
  { signal, onProgress }: FetchOptions,
): Promise<void> => {
  const handle = await open(target, 'wx', 0o644);
  let next = 0;
  let doneBytes = 0;
  let reportedMs = 0;
  const report = (): void => {
    const now = performance.now();
    if (now - reportedMs < PROGRESS_INTERVAL_MS && doneBytes < sizeBytes) return;
    reportedMs = now;
    onProgress?.({ phase: 'copy', doneBytes, totalBytes: sizeBytes, writtenBytes: doneBytes });
  };
  const copy = async (): Promise<void> => {
    const buffer = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, sizeBytes));
    while (next < sizeBytes) {
      if (signal?.aborted) throw new NacreError('CANCELLED', { phase: 'copy' });
      const offset = next;
      const piece = buffer.subarray(0, Math.min(PIECE_BYTES, sizeBytes - offset));
      next += piece.length;
      await read(offset, piece, 0);
      await writeAt(handle, piece, offset);
      doneBytes += piece.length;
      report();
    }
  };
  try {
    const results = await Promise.allSettled(Array.from({ length: READS }, copy));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  } finally {
    await handle.close();
  }
};
