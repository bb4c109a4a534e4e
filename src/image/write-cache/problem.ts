/** Why the changes in a write cache are not whole: nothing may be made of them then. */
import { toHex } from '../../codec/hex.ts';
import { BASE_HEAD_BYTES } from '../../codec/write-cache-record.ts';
import type { OpenDisk } from '../../disk/device.ts';
import { fromNative } from '../../disk/native.ts';
import { blake3, type WriteCachePlace, type WriteCacheStore } from '../../disk/write-cache.ts';

/**
 * `lost`: the device had to drop changes at a start. `invalid`: the kernel gave the store up. `full`: whether a write was
 * refused since is not on the disk. `base-changed`: the base is not the one that the changes are for. `unreadable`: the
 * store breaks its format.
 */
export type WriteCacheProblem = 'lost' | 'invalid' | 'full' | 'base-changed' | 'unreadable';

/** Digest of the head of the base as it is now, hex. */
export const baseHeadOf = async (disk: OpenDisk, { record }: WriteCachePlace): Promise<string> => {
  const lengthBytes = Math.min(BASE_HEAD_BYTES, record.baseBytes);
  return toHex(blake3(await fromNative(disk.device.read(record.baseStart, lengthBytes))));
};

/** Undefined when the changes are whole, also when there are none. */
export const problemOf = async (
  disk: OpenDisk,
  place: WriteCachePlace,
  { header, table }: WriteCacheStore,
): Promise<WriteCacheProblem | undefined> => {
  const { isLost, isMerging, baseHead } = place.record;
  if (isLost) return 'lost';
  if (header === undefined) return undefined;
  if (!header.isValid) return 'invalid';
  if (table?.isFull === true) return 'full';
  // While it is merged the base changes, as it should.
  if (isMerging || baseHead === undefined) return undefined;
  return (await baseHeadOf(disk, place)) === baseHead ? undefined : 'base-changed';
};
