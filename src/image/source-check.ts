/** Decides how a partition is captured: by its used-block map, raw, or not at all. */
import type { NativeFileSystem } from '../disk/native.ts';
import { type ErrorCode, NacreError } from '../errors.ts';

/** Refusals by the state that the file system's own structures show. */
const REFUSAL = {
  dirty: 'IMAGE_SOURCE_DIRTY',
  hibernated: 'IMAGE_SOURCE_HIBERNATED',
  journal: 'IMAGE_SOURCE_JOURNAL',
  unsupported: 'IMAGE_SOURCE_UNSUPPORTED',
  damaged: 'IMAGE_SOURCE_DAMAGED',
} as const satisfies Record<Exclude<NativeFileSystem['state'], 'clean'>, ErrorCode>;

/**
 * The file system whose map selects the blocks; `raw` takes every block.
 *
 * @throws NacreError IMAGE_SOURCE_… when the map cannot be trusted and `forceRaw` is not given
 */
export const captureMode = (
  found: NativeFileSystem,
  place: { readonly path: string; readonly number: number },
  forceRaw: boolean,
): NativeFileSystem['type'] => {
  if (found.state === 'clean') return found.type;
  if (forceRaw) return 'raw';
  throw new NacreError(REFUSAL[found.state], {
    path: place.path,
    partition: place.number,
    fileSystem: found.type,
    reason: found.reason,
  });
};
