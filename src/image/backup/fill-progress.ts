/** Progress of a copy: what was read back counts as done, and it is told at most ten times a second. */
import type { OnProgress } from '../operation.ts';
import type { CopyOptions } from './pack-copy.ts';

const INTERVAL_MS = 100;

/** `onMoved` of a copy of about so many bytes. */
export const fillProgress = (
  totalBytes: number,
  onProgress: OnProgress | undefined,
  clock: () => number = () => performance.now(),
): CopyOptions['onMoved'] => {
  let [doneBytes, writtenBytes, toldAt] = [0, 0, Number.NEGATIVE_INFINITY];
  return ({ written = 0, verified = 0 }) => {
    // Pieces are whole, packs are not: the last one may pass the end.
    writtenBytes = Math.min(totalBytes, writtenBytes + written);
    doneBytes = Math.min(totalBytes, doneBytes + verified);
    const now = clock();
    if (doneBytes < totalBytes && now - toldAt < INTERVAL_MS) return;
    toldAt = now;
    onProgress?.({ phase: 'fill', doneBytes, totalBytes, writtenBytes });
  };
};
