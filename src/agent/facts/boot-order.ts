/** What the firmware starts first (spec A-29): read from its variables, and set where it lets itself be told. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  bootEntryName,
  type EfiBootEntry,
  parseBootEntry,
  parseBootNumbers,
  parseEfiVariable,
  serializeBootNumbers,
  serializeEfiVariable,
} from '../../codec/efi-variable.ts';
import { isUntold, kernelText } from '../../disk/machine.ts';
import { kernelNames } from '../network/cards.ts';

/** Where Linux shows variables of the firmware; another place in tests. */
export const EFI_FOLDER = '/sys/firmware/efi';
/** EFI_GLOBAL_VARIABLE. */
const GLOBAL = '8be4df61-93ca-11d2-aa0d-00e098032b8c';
/** Not volatile, of boot services and of the running system. */
const ATTRIBUTES = 7;
/** Loaders of networks name the card that they came by. */
const NETWORK_WORDS = /(^|\s)(BOOTIF|netboot|nfsroot)=/;

/** What is known of the order. */
export interface BootOrder {
  readonly firmware: 'bios' | 'uefi';
  readonly hasSecureBoot: boolean;
  /** `unknown`: no variables, and nothing says that this start came from the network. */
  readonly first: 'disk' | 'network' | 'unknown';
  readonly canSetOrder: boolean;
  /** For people: what starts first, and how this start came about. */
  readonly reason: string;
}

interface Entry extends EfiBootEntry {
  readonly number: number;
}

const fileOf = (folder: string, name: string): string =>
  path.join(folder, 'efivars', `${name}-${GLOBAL}`);

/** Data of a variable; undefined where there is none that can be read. */
const dataOf = async (folder: string, name: string): Promise<Uint8Array | undefined> => {
  try {
    return parseEfiVariable(await readFile(fileOf(folder, name)))?.data;
  } catch (reason) {
    if (isUntold(reason)) return undefined;
    throw reason;
  }
};

const numbersOf = async (folder: string, name: string): Promise<readonly number[]> => {
  const data = await dataOf(folder, name);
  return (data === undefined ? undefined : parseBootNumbers(data)) ?? [];
};

const entryOf = async (folder: string, number: number): Promise<Entry | undefined> => {
  const data = await dataOf(folder, bootEntryName(number));
  const entry = data === undefined ? undefined : parseBootEntry(data);
  return entry === undefined ? undefined : { number, ...entry };
};

interface Variables {
  readonly order: readonly number[];
  /** Of the order, as far as they can be read. */
  readonly entries: readonly Entry[];
  readonly current: Entry | undefined;
}

const readVariables = async (folder: string): Promise<Variables> => {
  const order = await numbersOf(folder, 'BootOrder');
  const found = await Promise.all(order.map((number) => entryOf(folder, number)));
  const [current] = await numbersOf(folder, 'BootCurrent');
  return {
    order,
    entries: found.filter((entry) => entry !== undefined),
    current: current === undefined ? undefined : await entryOf(folder, current),
  };
};

/** Setups and shells wait for a person: what counts is the first that starts a disk or the network. */
const firstOf = ({ entries }: Variables): Entry | undefined =>
  entries.find(({ isActive, starts }) => isActive && starts !== 'other');

/** The entry of the disk: that of its own partition, else the one that started now, else any. */
const diskEntryOf = ({ entries, current }: Variables, guid: string): Entry | undefined => {
  const disks = entries.filter(({ isActive, starts }) => isActive && starts === 'disk');
  return (
    disks.find(({ partitionGuid }) => guid !== '' && partitionGuid === guid) ??
    disks.find(({ number }) => number === current?.number) ??
    disks[0]
  );
};

const describeUefi = (variables: Variables): Pick<BootOrder, 'first' | 'reason'> => {
  const first = firstOf(variables);
  const cameFrom = variables.current?.starts === 'network' ? ', this start came from there' : '';
  if (first === undefined) return { first: 'unknown', reason: 'BootOrder names no disk' };
  const reason = `BootOrder begins with ${bootEntryName(first.number)} (${first.description})${cameFrom}`;
  return { first: first.starts === 'network' ? 'network' : 'disk', reason };
};

const hasSecureBoot = async (folder: string): Promise<boolean> =>
  (await dataOf(folder, 'SecureBoot'))?.[0] === 1;

const readBios = async (): Promise<BootOrder> => {
  const isFromNetwork = NETWORK_WORDS.test(await kernelText('/proc/cmdline'));
  return {
    ...{ firmware: 'bios', hasSecureBoot: false, canSetOrder: false },
    first: isFromNetwork ? 'network' : 'unknown',
    reason: isFromNetwork
      ? "this start came from the network, by the kernel's command line"
      : 'BIOS tells no order',
  };
};

/** Reads it. @param folder of the kernel; only tests name another one */
export const readBootOrder = async (folder = EFI_FOLDER): Promise<BootOrder> => {
  if ((await kernelNames(folder)).length === 0) return readBios();
  const variables = await readVariables(folder);
  return {
    firmware: 'uefi',
    hasSecureBoot: await hasSecureBoot(folder),
    ...describeUefi(variables),
    canSetOrder: diskEntryOf(variables, '') !== undefined,
  };
};

/**
 * Puts the disk first, and keeps the others in their order; nothing is written where it is first already.
 *
 * @param guid of the partition that the firmware starts on this disk; empty takes what started now
 * @returns what the firmware says afterwards
 */
export const putDiskFirst = async (guid: string, folder = EFI_FOLDER): Promise<BootOrder> => {
  const variables = await readVariables(folder);
  const entry = diskEntryOf(variables, guid);
  if (entry !== undefined && firstOf(variables)?.number !== entry.number) {
    const order = [entry.number, ...variables.order.filter((number) => number !== entry.number)];
    const data = serializeBootNumbers(order);
    const file = serializeEfiVariable({ attributes: ATTRIBUTES, data });
    try {
      await writeFile(fileOf(folder, 'BootOrder'), file);
    } catch (reason) {
      // Firmware may refuse for reasons of its own (EINVAL, ENOSPC, EIO, EROFS): what it says afterwards counts.
      if (!(reason instanceof Error && 'syscall' in reason)) throw reason;
    }
  }
  return readBootOrder(folder);
};
