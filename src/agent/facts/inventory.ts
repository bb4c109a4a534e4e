/** What a check-in tells of the machine. Firmware and tables hold what their makers typed: texts are cut to what the wire takes. */
import { readFile, readlink } from 'node:fs/promises';
import os from 'node:os';
import { type ShownDisk, type ShownPartition, showDisk, showDisks } from '../../disk/disk-show.ts';
import { firmwareText, isUntold } from '../../disk/machine.ts';
import type { Inventory } from '../../job/agent-protocol.ts';
import { type Hints, hintsShape } from '../../job/enrolment.ts';
import { readNetworkCards } from '../network/cards.ts';
import type { BootOrder } from './boot-order.ts';

const LONGEST_TEXT = 256;
const LONGEST_HINT = 128;
const MOST_DISKS = 32;
const MOST_PARTITIONS = 128;
const MOST_MACS = 32;
const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/;
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const short = (text: string): string => text.slice(0, LONGEST_TEXT);

const osName = async (): Promise<string> => {
  try {
    const text = await readFile('/etc/os-release', 'utf8');
    return /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(text)?.[1] ?? '';
  } catch (reason) {
    if (isUntold(reason)) return '';
    throw reason;
  }
};

/** Asked of the machine each time: Node remembers the zone that was right when it started. */
const timeZone = async (): Promise<string> => {
  try {
    const [, zone] = /zoneinfo\/(.+)$/.exec(await readlink('/etc/localtime')) ?? [];
    if (zone !== undefined) return zone.slice(0, 64);
  } catch (reason) {
    if (!isUntold(reason)) throw reason;
  }
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
};

const partitionOf = (partition: ShownPartition): Inventory['disks'][number]['partitions'][0] => ({
  number: partition.number,
  role: short(partition.role),
  name: short(partition.name || partition.label),
  startBytes: partition.startBytes,
  sizeBytes: partition.sizeBytes,
  fileSystem: short(partition.fileSystem),
});

const diskOf = (disk: ShownDisk, own: string | undefined): Inventory['disks'][number] => ({
  path: short(disk.path),
  model: short(disk.model),
  serial: short(disk.serial),
  sizeBytes: disk.sizeBytes,
  sectorSize: disk.sectorSize,
  isRemovable: disk.removable,
  isOwn: disk.path === own,
  partitions: disk.partitions.slice(0, MOST_PARTITIONS).map(partitionOf),
});

/** The own disk first: it is never the one that the limit leaves out. */
const disksOf = async (own: string | undefined): Promise<readonly ShownDisk[]> => {
  const all = await showDisks();
  if (own === undefined) return all;
  return [await showDisk(own), ...all.filter(({ path }) => path !== own)];
};

/** @param own path of the disk that jobs are for */
export const readInventory = async (
  own: string | undefined,
  { firmware, hasSecureBoot, first, canSetOrder }: BootOrder,
): Promise<Inventory> => ({
  machine: {
    maker: short(await firmwareText('sys_vendor')),
    product: short(await firmwareText('product_name')),
    serial: short(await firmwareText('product_serial')),
  },
  os: { name: short(await osName()), kernel: short(os.release()) },
  memoryBytes: os.totalmem(),
  disks: (await disksOf(own)).slice(0, MOST_DISKS).map((disk) => diskOf(disk, own)),
  boot: { firmware, hasSecureBoot, first, canSetOrder },
  timeZone: await timeZone(),
});

const hint = <Name extends string>(name: Name, text: string): Readonly<Record<string, string>> => {
  const value = text.trim().slice(0, LONGEST_HINT);
  return value === '' ? {} : { [name]: value };
};

/** What Linux says before anybody gave the machine a name. */
const NAMELESS = new Set(['(none)', 'localhost']);

const hostName = (): string => {
  const name = os.hostname();
  return NAMELESS.has(name) ? '' : name;
};

/** What the device says of itself, besides its key. Cards of bridges and tunnels have no driver, and addresses that change. */
export const readHints = async (disk: Pick<ShownDisk, 'serial'> | undefined): Promise<Hints> => {
  const uuid = (await firmwareText('product_uuid')).toLowerCase();
  const cards = await readNetworkCards();
  const macs = cards.filter(({ mac, driver }) => driver !== '' && MAC.test(mac));
  return hintsShape.parse({
    ...hint('name', hostName()),
    ...(GUID.test(uuid) ? { uuid } : {}),
    ...hint('serial', await firmwareText('product_serial')),
    ...hint('diskSerial', disk?.serial ?? ''),
    macs: macs.slice(0, MOST_MACS).map(({ mac }) => mac),
  });
};
