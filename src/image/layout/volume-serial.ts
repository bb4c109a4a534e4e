/** Serial numbers of the volumes that a layout makes. */
import { createHash } from 'node:crypto';

/** A number from 1 to 2^32 - 1 that is always the same for a volume of a disk, and differs between disks. */
export const volumeSerial = (diskIdentity: string, part: string): number =>
  createHash('sha256').update(`${diskIdentity} ${part}`).digest().readUInt32LE(0) || 1;
