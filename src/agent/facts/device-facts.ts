/** What the disk of a device says of itself: boot agent, trust anchors, generations of its backup partition. */
import { type DeviceLayout, parseDeviceLayout } from '../../codec/device-layout.ts';
import type { GrubBlock } from '../../codec/grub-block.ts';
import { parseTrustAnchors, type TrustAnchors } from '../../codec/trust-anchors.ts';
import { BOOT_AGENT_FILES } from '../../disk/boot-places.ts';
import { readBootState } from '../../disk/boot-state.ts';
import { isNacreError } from '../../errors.ts';
import { openBackupOf } from '../../image/backup/backup.ts';
import { findBackup } from '../../image/backup/backup-place.ts';
import type { Generation } from '../../image/backup/generations.ts';
import { readBootAgent } from '../boot-agent-volume.ts';

/** What Merlin goes by. */
export interface BootAgentFacts {
  readonly layout: DeviceLayout;
  readonly trust: TrustAnchors;
}

/** @throws NacreError BOOT_PARTITION_NOT_FOUND, BOOT_TRUST_INVALID, IMAGE_FORMAT, FAT_NOT_FOUND */
export const readBootAgentFacts = (path: string): Promise<BootAgentFacts> =>
  readBootAgent({ path }, async (volume) => ({
    layout: parseDeviceLayout(await volume.read(BOOT_AGENT_FILES.device)),
    trust: parseTrustAnchors(await volume.read(BOOT_AGENT_FILES.trust)),
  }));

/** A partition that jobs fill, and what is on it. */
export interface BackupFacts {
  readonly sizeBytes: number;
  readonly freeBytes: number;
  readonly generations: readonly Generation[];
}

/** @throws NacreError BACKUP_NOT_FOUND, BACKUP_SEVERAL, DISK_… */
export const readBackupFacts = async (path: string): Promise<BackupFacts> => {
  const { window } = await findBackup({ path });
  using backup = await openBackupOf({ path });
  const { freeBytes } = await backup.volume.space();
  return { sizeBytes: window.sizeBytes, freeBytes, generations: await backup.generations() };
};

/** What of a disk a check-in tells; undefined for what it does not have. */
export interface DeviceFacts {
  readonly hasBootAgent: boolean;
  readonly block: GrubBlock | undefined;
  readonly backup: BackupFacts | undefined;
}

const orUndefined = async <Result>(work: Promise<Result>): Promise<Result | undefined> => {
  try {
    return await work;
  } catch (reason) {
    if (isNacreError(reason)) return undefined;
    throw reason;
  }
};

/** Looks at a disk that may be of any kind: what cannot be read is not there. */
export const readDeviceFacts = async (path: string): Promise<DeviceFacts> => {
  const facts = await orUndefined(readBootAgentFacts(path));
  const state = await orUndefined(readBootAgent({ path }, readBootState));
  return {
    hasBootAgent: facts !== undefined,
    block: state?.block,
    backup: await orUndefined(readBackupFacts(path)),
  };
};
