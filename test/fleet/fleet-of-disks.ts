/** Devices with disk files, and what of their jobs is on them. */
import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { readBootAgentFacts } from '../../src/agent/facts/device-facts.ts';
import { openForRead } from '../../src/disk/device.ts';
import { findPartition } from '../../src/disk/labelled-partition.ts';
import { listVolumeFolder, readVolumeFile } from '../../src/disk/volume-files.ts';
import { openBackupOf } from '../../src/image/backup/backup.ts';
import { verifyBackup } from '../../src/image/backup/backup-verify.ts';
import { run } from '../helpers/volumes.ts';
import type { SimulatedDevice } from './device.ts';
import { each } from './each.ts';
import type { Ends } from './ends.ts';
import { enrol, type FleetGround, joinCode, makeDevice } from './ground.ts';
import { makeIdentity } from './identities.ts';

/** Second byte of their addresses. */
const NET = 8;
const AT_ONCE = 4;
/** The one file that the newer version has and the older one has not. */
export const NEW_FILE = 'new.file';

export interface DiskFleet {
  readonly devices: readonly SimulatedDevice[];
  /** A /24 that all of them are in, with the limit of the test. */
  readonly subnets: readonly string[];
  readonly close: () => Promise<void>;
}

export interface DiskFleetOptions {
  readonly count: number;
  /** Jobs at work in a subnet at the same time. */
  readonly mostJobs: number;
  readonly ends: Ends;
}

const limitSubnet = async ({ manager }: FleetGround, cidr: string, mostJobs: number) => {
  const where = `/api/v1/subnets/${cidr.replace('/', '_')}`;
  const { status, text } = await manager.ask('PUT', where, { body: { mostJobs } });
  if (status !== 200) throw new Error(`no subnet ${cidr}: ${text}`);
};

const subnetOf = (address: string): string => address.replace(/\d+$/, '0/24');

/** Copies the disk file, enrols, and starts all of them. */
export const openDiskFleet = async (
  ground: FleetGround,
  { count, mostJobs, ends }: DiskFleetOptions,
): Promise<DiskFleet> => {
  const code = await joinCode(ground);
  const indexes = Array.from({ length: count }, (_, index) => index);
  const devices = await each(indexes, AT_ONCE, async (index) => {
    const identity = makeIdentity(NET, index);
    const disk = path.join(ground.folder, `${identity.name}.img`);
    run('cp', ['--sparse=always', '--reflink=auto', ground.disk, disk]);
    const enrolled = await enrol(ground, identity, code);
    const { id } = enrolled;
    return makeDevice(ground, enrolled, {
      disk,
      onLine: (line) => ends.hear(id, line),
      onFailure: (reason) => ends.fail(reason),
    });
  });
  const subnets = [...new Set(devices.map(({ identity }) => subnetOf(identity.localAddress)))];
  for (const cidr of subnets) await limitSubnet(ground, cidr, mostJobs);
  await each(devices, AT_ONCE, (device) => device.start());
  await ends.admitted(devices.map(({ id }) => id));
  return {
    ...{ devices, subnets },
    close: async () => {
      await each(devices, AT_ONCE, async (device) => {
        await device.close();
        await rm(device.disk, { force: true });
      });
    },
  };
};

/** What lies on the disk of a device. */
export interface OnDisk {
  /** The generation that is current, after every chunk of it was read; empty where something is wrong. */
  readonly backup: string;
  /** Of the file of the newer version; empty where there is none. */
  readonly newFile: string;
  /** The key of the device is in the OS that Merlin made. */
  readonly hasKey: boolean;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const currentBackup = async (disk: string): Promise<string> => {
  using backup = await openBackupOf({ path: disk });
  const { ok, generations } = await verifyBackup(backup);
  const current = generations.find(({ isCurrent }) => isCurrent);
  return ok && current?.verified === true ? current.id : '';
};

/** Reads it from the bytes of its disk file. */
export const readOnDisk = async ({
  disk,
  files,
}: Pick<SimulatedDevice, 'disk' | 'files'>): Promise<OnDisk> => {
  const { layout } = await readBootAgentFacts(disk);
  const backup = await currentBackup(disk);
  using open = await openForRead(disk);
  const os = await findPartition(open, layout.osPartition);
  const names = (await listVolumeFolder(open, os, '/')).map(({ name }) => name);
  const isNew = names.includes(NEW_FILE);
  const kept = names.includes(files.key.split('/')[1] ?? '')
    ? await readVolumeFile(open, os, files.key)
    : Buffer.alloc(0);
  return {
    backup,
    newFile: isNew ? sha256(await readVolumeFile(open, os, NEW_FILE)) : '',
    hasKey: kept.equals(await readFile(files.key)),
  };
};
