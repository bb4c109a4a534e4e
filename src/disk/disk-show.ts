/** What `disk list` and `disk show` tell of a disk: its facts, its partitions and what lies between them. */
import { isNacreError } from '../errors.ts';
import {
  type DeviceInfo,
  inspectDisk,
  listDisks,
  type OpenDisk,
  openForRead,
  reasonsAgainstWriting,
} from './device.ts';
import { fromNative, type NativeFileSystem, native } from './native.ts';
import { partitionRole } from './partition-role.ts';
import { type PartitionEntry, type PartitionTable, readTable } from './partition-table.ts';

/** PARTITION of cli.md. `fileSystem` is empty and `usedBytes` 0 where nothing could be read. */
export interface ShownPartition {
  readonly number: number;
  readonly role: string;
  readonly name: string;
  readonly startBytes: number;
  readonly sizeBytes: number;
  readonly fileSystem: string;
  readonly label: string;
  readonly usedBytes: number;
  /** `clean`, or why the map of its used blocks cannot be trusted. */
  readonly state: string;
  readonly isExtended: boolean;
}

/** Room that no partition and no table takes. */
export interface UnusedRange {
  readonly startBytes: number;
  readonly sizeBytes: number;
}

/** DISK of cli.md. */
export interface ShownDisk {
  readonly path: string;
  readonly kind: DeviceInfo['kind'];
  readonly model: string;
  readonly serial: string;
  readonly transport: string;
  readonly sizeBytes: number;
  readonly sectorSize: number;
  readonly readOnly: boolean;
  readonly removable: boolean;
  /** One phrase for each user: `/dev/sdb1 is mounted on /mnt`. */
  readonly inUseBy: readonly string[];
  /** Why it may not be written now; empty when it may. */
  readonly notWritable: readonly string[];
  /** Empty when the disk could not be opened. */
  readonly table: PartitionTable['type'] | '';
  /** Damage and oddities of the table, and why nothing was read. */
  readonly problems: readonly string[];
  readonly partitions: readonly ShownPartition[];
  readonly unused: readonly UnusedRange[];
}

const RAW: Pick<NativeFileSystem, 'type' | 'label' | 'usedBytes' | 'state'> = {
  type: 'raw',
  label: '',
  usedBytes: 0,
  state: 'clean',
};

interface Place {
  readonly startBytes: number;
  readonly sizeBytes: number;
}

const placeOf = (entry: PartitionEntry, sectorSize: number): Place => ({
  startBytes: entry.firstLba * sectorSize,
  sizeBytes: (entry.lastLba - entry.firstLba + 1) * sectorSize,
});

const isInside = ({ startBytes, sizeBytes }: Place, diskBytes: number): boolean =>
  startBytes + sizeBytes <= diskBytes;

const isExtended = (entry: PartitionEntry): boolean => 'kind' in entry && entry.kind === 'extended';

// A file system that cannot be read is no reason not to show the disk.
const probe = async (disk: OpenDisk, { startBytes, sizeBytes }: Place) => {
  try {
    return await fromNative(native.probeFileSystem(disk.device, startBytes, sizeBytes));
  } catch (reason) {
    if (isNacreError(reason)) return { ...RAW, type: '', state: reason.message };
    throw reason;
  }
};

const showPartition = async (disk: OpenDisk, entry: PartitionEntry): Promise<ShownPartition> => {
  const place = placeOf(entry, disk.sectorSize);
  const hasContent = !isExtended(entry) && isInside(place, disk.info.sizeBytes);
  const found = hasContent ? await probe(disk, place) : { ...RAW, type: '' };
  return {
    number: entry.number,
    role: partitionRole(entry),
    name: 'name' in entry ? entry.name : '',
    ...place,
    fileSystem: found.type,
    label: found.label,
    usedBytes: found.usedBytes,
    state: found.state,
    isExtended: isExtended(entry),
  };
};

const showBareDisk = async (disk: OpenDisk): Promise<readonly ShownPartition[]> => {
  const place = { startBytes: 0, sizeBytes: disk.info.sizeBytes };
  const { type, label, usedBytes, state } = await probe(disk, place);
  if (type === 'raw' || type === '') return [];
  const nothing = { number: 0, role: 'other', name: '', isExtended: false };
  return [{ ...nothing, ...place, fileSystem: type, label, usedBytes, state }];
};

const GPT_ENTRY_BYTES = 128;

/** What the table itself takes at both ends of the disk. */
const tablePlaces = (table: PartitionTable, disk: OpenDisk): readonly Place[] => {
  const { sectorSize } = disk;
  if (table.type === 'none') return [];
  if (table.type === 'mbr') return [{ startBytes: 0, sizeBytes: sectorSize }];
  const entries = Math.ceil((table.entryCount * GPT_ENTRY_BYTES) / sectorSize);
  const tail = (entries + 1) * sectorSize;
  const sectors = Math.floor(disk.info.sizeBytes / sectorSize);
  return [
    { startBytes: 0, sizeBytes: ((table.entriesLba ?? 2) + entries) * sectorSize },
    { startBytes: sectors * sectorSize - tail, sizeBytes: tail },
  ];
};

/** Ranges between places, from 0 to `diskBytes`; places may nest. */
export const unusedRanges = (
  places: readonly Place[],
  diskBytes: number,
): readonly UnusedRange[] => {
  const unused: UnusedRange[] = [];
  let end = 0;
  for (const { startBytes, sizeBytes } of [...places].sort((a, b) => a.startBytes - b.startBytes)) {
    if (startBytes > end) unused.push({ startBytes: end, sizeBytes: startBytes - end });
    end = Math.max(end, startBytes + sizeBytes);
  }
  if (end < diskBytes) unused.push({ startBytes: end, sizeBytes: diskBytes - end });
  return unused;
};

const factsOf = (info: DeviceInfo) => {
  const { path, kind, model, serial, transport, sizeBytes } = info;
  const notWritable = reasonsAgainstWriting(info);
  return {
    ...{ path, kind, model, serial, transport, sizeBytes },
    sectorSize: info.logicalSectorSize,
    readOnly: info.isReadOnly,
    removable: info.isRemovable,
    inUseBy: reasonsAgainstWriting({ ...info, isReadOnly: false }),
    notWritable,
  };
};

const showOpen = async (disk: OpenDisk): Promise<ShownDisk> => {
  const { table, problems } = await readTable(disk, { allowDamaged: true });
  const partitions: ShownPartition[] = [];
  for (const entry of table.entries) partitions.push(await showPartition(disk, entry));
  if (table.type === 'none') partitions.push(...(await showBareDisk(disk)));
  const places = [...tablePlaces(table, disk), ...partitions.filter((part) => !part.isExtended)];
  return {
    ...factsOf(disk.info),
    sectorSize: disk.sectorSize,
    table: table.type,
    problems: problems.map((problem) => problem.text),
    partitions,
    unused: unusedRanges(places, disk.info.sizeBytes),
  };
};

// Without the right to open it, a disk is shown with what the kernel tells everybody.
const showClosed = (info: DeviceInfo, problem: string): ShownDisk => ({
  ...factsOf(info),
  table: '',
  problems: [problem],
  partitions: info.partitions.map(({ number, offset, size }) => ({
    ...{ number, role: 'other', name: '', startBytes: offset, sizeBytes: size },
    ...{ fileSystem: '', label: '', usedBytes: 0, state: '', isExtended: false },
  })),
  unused: [],
});

const show = async (info: DeviceInfo, sectorSize?: number): Promise<ShownDisk> => {
  try {
    using disk = await openForRead(info.path, { sectorSize, allowInUse: true });
    return await showOpen(disk);
  } catch (reason) {
    const isShownAnyway = ['DISK_PERMISSION', 'DISK_IO', 'DISK_VANISHED'].some(
      (code) => isNacreError(reason) && reason.code === code,
    );
    if (isShownAnyway && isNacreError(reason)) return showClosed(info, reason.message);
    throw reason;
  }
};

/**
 * Everything that is known of one disk or image file.
 *
 * @throws NacreError DISK_NOT_FOUND, DISK_NOT_A_DISK, DISK_SECTOR_SIZE; a disk that cannot be read is shown
 *   with the reason
 */
export const showDisk = async (
  path: string,
  options: { readonly sectorSize?: number | undefined } = {},
): Promise<ShownDisk> => show(await inspectDisk(path), options.sectorSize);

/** All whole disks of this machine, in the order of their names. */
export const showDisks = async (): Promise<readonly ShownDisk[]> => {
  const shown: ShownDisk[] = [];
  for (const info of await listDisks()) shown.push(await show(info));
  return shown;
};
