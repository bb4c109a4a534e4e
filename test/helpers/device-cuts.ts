/**
 * Power cuts while a device is made, armed, imaged and reported: every write is recorded, and every state that a cut may
 * leave is judged by a model of firmware, GRUB and Merlin: it starts a whole OS, or a Merlin that finishes.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync } from 'node:fs';
import type { ExecutionContext } from 'ava';
import { repairDisk } from '../../src/agent/repair.ts';
import { decideBootOf } from '../../src/codec/boot-decision.ts';
import { type BootFiles, readBootFiles } from '../../src/disk/boot-files.ts';
import { BACKUP_FILES, BOOT_AGENT_FILES, BOOT_AGENT_LABEL } from '../../src/disk/boot-places.ts';
import { openForRead } from '../../src/disk/device.ts';
import { FatVolume } from '../../src/disk/fat.ts';
import { findLabelledPartition } from '../../src/disk/labelled-partition.ts';
import { openBackupOf } from '../../src/image/backup/backup.ts';
import { verifyDisk } from '../../src/image/verify-disk.ts';
import { compiledProgram } from './compiled-program.ts';
import type { Device } from './device.ts';
import { peek } from './disk-lab.ts';
import { recordWrites, replayCuts } from './write-record.ts';

/** Changes a device; its writes can be recorded. */
export const DEVICE_PROGRAM = compiledProgram('device-program.ts');
const BOOT_CODE_BYTES = 440;

/** `not-ours`: sector 0 is the one from before; nothing of ours starts yet. */
export type Verdict = 'not-ours' | 'os' | 'merlin';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A file of a volume that is as it was built. */
const isBuilt = async (
  volume: FatVolume,
  name: string,
  { files }: BootFiles,
  from: string,
): Promise<boolean> => {
  const item = await volume.find(name);
  if (item === undefined || item.isFolder) return false;
  const wanted = files.find((file) => file.name === from)?.sha256;
  return sha256(await volume.read(name)) === wanted;
};

interface KernelNames {
  readonly kernel: string;
  readonly base: string;
}

/** Kernel and base initrd, both of the same build: GRUB compares them with digests. */
const holdsKernel = async (
  volume: FatVolume,
  builds: readonly BootFiles[],
  { kernel, base }: KernelNames,
): Promise<boolean> => {
  for (const boot of builds) {
    const isWhole =
      (await isBuilt(volume, kernel, boot, 'vmlinuz')) &&
      (await isBuilt(volume, base, boot, 'base.img'));
    if (isWhole) return true;
  }
  return false;
};

const holdsNodePart = async (volume: FatVolume, builds: readonly BootFiles[]): Promise<boolean> => {
  for (const boot of builds)
    for (const name of BACKUP_FILES.nodeParts)
      if (await isBuilt(volume, name, boot, 'node.img')) return true;
  return false;
};

/** True when Merlin starts from this disk, and has an image to restore. */
const hasMerlin = async (
  file: string,
  agent: FatVolume,
  builds: readonly BootFiles[],
): Promise<boolean> => {
  using backup = await openBackupOf({ path: file });
  const { volume } = backup;
  const hasKernel =
    (await holdsKernel(agent, builds, BOOT_AGENT_FILES)) ||
    (await holdsKernel(volume, builds, BACKUP_FILES));
  const generations = await backup.generations();
  return (
    hasKernel &&
    (await holdsNodePart(volume, builds)) &&
    generations.some(({ complete }) => complete)
  );
};

export interface DeviceCuts {
  readonly device: Device;
  /** The disk before the program runs. */
  readonly before: string;
  readonly verb: 'apply' | 'arm' | 'repair' | 'take';
  /** Sector 0 and GRUB's core, as a finished device has them. */
  readonly finished: string;
  /** Folder of an older build of the boot environment, which the disk has before. */
  readonly olderBoot?: string;
}

const isOsWhole = async ({ lab }: Device, path: string): Promise<boolean> => {
  const partitions = [{ from: 1, to: 2 }];
  return (await verifyDisk({ store: lab.store, image: 'lab', path, partitions })).same;
};

/** @throws Error when the device starts something that is not whole, or nothing */
export const judge = async (cuts: DeviceCuts, file: string): Promise<Verdict> => {
  const { device, before, finished, olderBoot } = cuts;
  const code = peek(file, 0, BOOT_CODE_BYTES);
  if (!code.equals(peek(finished, 0, BOOT_CODE_BYTES))) {
    if (peek(file, 0, 512).equals(peek(before, 0, 512))) return 'not-ours';
    throw new Error('sector 0 is neither the old nor the new one');
  }
  const gap = 2 ** 20 - 512;
  if (!peek(file, 512, gap).equals(peek(finished, 512, gap))) throw new Error('a damaged core');
  const builds = [await readBootFiles(device.lab.at('boot'))];
  if (olderBoot !== undefined) builds.push(await readBootFiles(olderBoot));
  using disk = await openForRead(file);
  const window = await findLabelledPartition(disk, BOOT_AGENT_LABEL);
  using agent = await FatVolume.open(disk, window);
  const conf = await agent.read(BOOT_AGENT_FILES.conf, 0, 512);
  const alt = await agent.read(BOOT_AGENT_FILES.alt, 0, 512);
  const { boots, why } = decideBootOf(conf, alt);
  if (boots === 'os') {
    if (await isOsWhole(device, file)) return 'os';
    throw new Error('an OS that is not whole starts');
  }
  if (boots !== 'merlin') throw new Error(`${boots} (${why})`);
  if (!(await hasMerlin(file, agent, builds))) throw new Error('Merlin has nothing to start with');
  return 'merlin';
};

/** What the device does next ends in a whole OS. */
const finish = async (cuts: DeviceCuts, file: string): Promise<void> => {
  const copy = cuts.device.lab.at('finished.img');
  copyFileSync(file, copy);
  await repairDisk({ path: copy });
  if ((await judge(cuts, copy)) !== 'os') throw new Error('Merlin did not finish');
};

/**
 * Records the program, judges every state, and lets every `finishEvery`-th that starts Merlin finish.
 * @returns how many states there were of each verdict
 */
export const checkDeviceCuts = async (
  t: ExecutionContext,
  cuts: DeviceCuts,
  finishEvery: number,
): Promise<ReadonlyMap<Verdict, number>> => {
  const { device, before, verb } = cuts;
  const { lab } = device;
  const [target, replay] = [lab.at('target.img'), lab.at('replay.img')];
  copyFileSync(before, target);
  copyFileSync(before, replay);
  const words = [DEVICE_PROGRAM, verb, target, lab.at('store'), lab.at('boot'), 'lab'];
  const epochs = await recordWrites(lab.folder, target, words);
  const counts = new Map<Verdict, number>();
  await replayCuts(replay, epochs, async (state) => {
    try {
      const verdict = await judge(cuts, replay);
      const count = (counts.get(verdict) ?? 0) + 1;
      counts.set(verdict, count);
      if (verdict === 'merlin' && count % finishEvery === 0) await finish(cuts, replay);
    } catch (reason) {
      t.fail(`${verb}, state ${state}: ${String(reason)}`);
    }
  });
  t.true(readFileSync(replay).equals(readFileSync(target)), 'nothing was written unrecorded');
  return counts;
};
