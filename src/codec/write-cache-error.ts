/** The error for bytes of a write cache that break a rule of their format. */
import { NacreError } from '../errors.ts';

/** `snapshot store`: what the kernel writes; `record`: mode and state, ours. */
export type WriteCachePart = 'snapshot store' | 'record';

/** What was found and what is needed. */
export const writeCacheError = (
  part: WriteCachePart,
  field: string,
  found: string | number,
  needed: string | number,
): NacreError<'WRITE_CACHE_FORMAT'> =>
  new NacreError('WRITE_CACHE_FORMAT', { part, field, found, needed });
