/** The disk that jobs are for: the one that the OS runs from, unless the administrator named another. */
import { BOOT_AGENT_LABEL } from '../../disk/boot-places.ts';
import { type DeviceInfo, listDisks, openForRead } from '../../disk/device.ts';
import { findLabelledPartition } from '../../disk/labelled-partition.ts';
import { isNacreError } from '../../errors.ts';
import type { AgentSettings } from '../state/agent-settings.ts';

const holdsSystem = ({ uses }: DeviceInfo): boolean => uses.some(({ kind }) => kind === 'system');

const hasBootAgent = async ({ path }: DeviceInfo): Promise<boolean> => {
  try {
    using disk = await openForRead(path, { allowInUse: true });
    return (await findLabelledPartition(disk, BOOT_AGENT_LABEL)).sizeBytes > 0;
  } catch (reason) {
    if (isNacreError(reason)) return false;
    throw reason;
  }
};

/**
 * Path of the disk; undefined where it is not clear. An OS that lies over several disks is asked which of them has a boot
 * agent partition.
 */
export const findOwnDisk = async ({
  disk,
}: Pick<AgentSettings, 'disk'>): Promise<string | undefined> => {
  if (disk !== undefined) return disk;
  const ofSystem = (await listDisks()).filter(holdsSystem);
  if (ofSystem.length <= 1) return ofSystem[0]?.path;
  const able: string[] = [];
  for (const info of ofSystem) if (await hasBootAgent(info)) able.push(info.path);
  return able.length === 1 ? able[0] : undefined;
};
