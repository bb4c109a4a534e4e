/** A disk that was made autogenic from an image of its own, for tests of what Merlin and the agent do to it. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { renameSync } from 'node:fs';
import type { GrubBlock } from '../../src/codec/grub-block.ts';
import { BOOT_AGENT_LABEL } from '../../src/disk/boot-places.ts';
import { readBootState, storeBootState } from '../../src/disk/boot-state.ts';
import { openForWrite } from '../../src/disk/device.ts';
import { FatVolume } from '../../src/disk/fat.ts';
import { findLabelledPartition } from '../../src/disk/labelled-partition.ts';
import { applyLayout } from '../../src/image/layout/layout-apply.ts';
import { type LayoutPlan, planLayout } from '../../src/image/layout/layout-plan.ts';
import { type DiskLab, preparedLab, putVolume } from './disk-lab.ts';
import { makeBootFiles, SMALL_BOOT_BYTES } from './stand-in-boot-files.ts';
import type { Owner } from './temporary-folder.ts';
import { emptyFile, makeNtfs } from './volumes.ts';

export interface Device {
  readonly lab: DiskLab;
  readonly path: string;
  readonly plan: LayoutPlan;
  /** Changes the decision block, and gives what it says then. */
  block(change?: Partial<GrubBlock>): Promise<GrubBlock | undefined>;
}

export interface DeviceOptions {
  readonly noBackup?: boolean;
  /** The image is signed by nobody; the device takes it only without keys. */
  readonly keys?: readonly string[];
  /** Makes the OS volume; default NTFS. */
  readonly makeOs?: (file: string, sizeMib: number) => string;
  /** Machines that the image is for. */
  readonly machines?: readonly string[];
  /** Largest file of the boot environment; a small one unless told. */
  readonly bootBytes?: number;
}

const numbers = new WeakMap<object, number>();
let functions = 0;

/** Tells functions apart whose names may be the same. */
const numberOf = (work: object): number => {
  const number = numbers.get(work) ?? ++functions;
  numbers.set(work, number);
  return number;
};

const planOf = ({ store }: DiskLab, path: string): Promise<LayoutPlan> =>
  planLayout({ store, image: 'lab', path, layout: 'wes7', policy: 'auto' });

/** A disk with an OS of its own image; a copy of the first one that was made with the same options. */
export const makeDevice = async (
  t: Owner,
  {
    noBackup = false,
    keys = [],
    makeOs = makeNtfs,
    machines,
    bootBytes = SMALL_BOOT_BYTES,
  }: DeviceOptions = {},
): Promise<Device> => {
  const name = JSON.stringify({ noBackup, keys, os: numberOf(makeOs), machines, bootBytes });
  const digest = createHash('sha256').update(name).digest('hex');
  const lab = await preparedLab(t, `device-${digest}`, async (ground) => {
    const source = emptyFile(ground.at('source.img'), 40);
    execFileSync('/usr/sbin/sfdisk', ['-q', source], { input: 'label: dos\n2048,30M,7\n' });
    putVolume(makeOs(ground.at('os'), 30), source, 1);
    await ground.capture(source, { machines });
    const plan = await planOf(ground, emptyFile(ground.at('imaged.img'), 512));
    const boot = await makeBootFiles(ground.at('boot'), bootBytes);
    const trust = { keys, allowsUnsigned: keys.length === 0 };
    await applyLayout(plan, { savedTable: ground.at('old.nacre-table'), boot, trust, noBackup });
  });
  const path = emptyFile(lab.at('device.img'), 512);
  const plan = await planOf(lab, path);
  renameSync(lab.at('imaged.img'), path);
  const block: Device['block'] = async (change) => {
    using disk = await openForWrite(path);
    const window = await findLabelledPartition(disk, BOOT_AGENT_LABEL);
    using volume = await FatVolume.open(disk, window);
    if (change !== undefined) await storeBootState(volume, change);
    return (await readBootState(volume))?.block;
  };
  return { lab, path, plan, block };
};
