/**
 * An order to image this machine: layout and OS straight from the store of the server, then the backup partition is full and
 * the disk starts by itself. Done twice it ends in the same state; a disk that is right already gets no write.
 */
import path from 'node:path';
import { BOOT_AGENT_LABEL } from '../../disk/boot-places.ts';
import { readBootState, storeBootState } from '../../disk/boot-state.ts';
import { type DeviceInfo, openForRead, openForWrite } from '../../disk/device.ts';
import { FatVolume } from '../../disk/fat.ts';
import { findLabelledPartition } from '../../disk/labelled-partition.ts';
import type { Machine } from '../../disk/machine.ts';
import { isNacreError } from '../../errors.ts';
import { applyLayout } from '../../image/layout/layout-apply.ts';
import { planLayout } from '../../image/layout/layout-plan.ts';
import { startFileNames } from '../../image/layout/start-partitions.ts';
import { requireMachine } from '../../image/machine-check.ts';
import type { OnProgress } from '../../image/operation.ts';
import { applyRestore } from '../../image/restore.ts';
import { planRestore } from '../../image/restore-plan.ts';
import type { ByteStore } from '../../image/store/byte-store.ts';
import type { ImageStore } from '../../image/store/store.ts';
import type { ImageOrder } from '../../job/merlin-protocol.ts';
import { JOB_DONE } from '../repair.ts';
import { downloadBootFiles } from './boot-download.ts';
import { targetDisk } from './target-disk.ts';

/** What an order needs of the world. */
export interface ImageOrderOptions {
  readonly order: ImageOrder;
  /** Disks of this machine. */
  readonly disks: readonly DeviceInfo[];
  readonly store: ImageStore;
  /** The server's folder of boot files; asked only with a layout. */
  readonly bootFiles: Pick<ByteStore, 'location' | 'read' | 'readSmall'>;
  /** Empty folder in memory. */
  readonly folder: string;
  /** This machine's own Node part; used instead of fetching the same one. */
  readonly nodePart: string;
  readonly machine: Machine;
  /** Asked before the first write; when it rejects nothing is written. */
  readonly beforeWrite: (disk: DeviceInfo) => Promise<void>;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** What was done. */
export interface ImageOrderReport {
  readonly kind: 'image';
  readonly name: string;
  readonly id: string;
  readonly disk: { readonly path: string; readonly serial: string };
  readonly writtenBytes: number;
  readonly verifiedBytes: number;
  /** An earlier start did it all: nothing was looked at but the decision block. */
  readonly wasDone: boolean;
}

type Work = Pick<ImageOrderReport, 'writtenBytes' | 'verifiedBytes'>;

/** Who has to have signed; undefined: nobody has to. */
const trustOf = ({ trust }: ImageOrder): readonly string[] | undefined =>
  trust.allowsUnsigned ? undefined : trust.keys;

const imageOf = ({ image }: ImageOrder): string => `${image.name}@${image.id}`;

/** True when the disk says that it has done this very order: only the report got lost. */
const isDone = async (path: string, id: string): Promise<boolean> => {
  try {
    using disk = await openForRead(path);
    using volume = await FatVolume.open(disk, await findLabelledPartition(disk, BOOT_AGENT_LABEL));
    const block = (await readBootState(volume))?.block;
    return block?.cmdid === id && block.status === JOB_DONE && !block.isDirty;
  } catch (reason) {
    // A blank disk, or one that somebody else made.
    if (isNacreError(reason)) return false;
    throw reason;
  }
};

/** Leaves word on the disk that this order is done. */
const markDone = async (path: string, id: string): Promise<void> => {
  using disk = await openForWrite(path);
  using volume = await FatVolume.open(disk, await findLabelledPartition(disk, BOOT_AGENT_LABEL));
  await storeBootState(volume, { cmdid: id, status: JOB_DONE });
  await volume.finish();
};

const restoreWhole = async (target: DeviceInfo, options: ImageOrderOptions): Promise<Work> => {
  const { order, store, folder, machine, beforeWrite, signal, onProgress } = options;
  const plan = await planRestore({
    store,
    image: imageOf(order),
    path: target.path,
    trust: trustOf(order),
  });
  requireMachine(plan.manifest, machine);
  return await applyRestore(plan, {
    savedTable: path.join(folder, 'old.nacre-table'),
    beforeWrite: () => beforeWrite(target),
    signal,
    onProgress,
  });
};

const layOut = async (
  target: DeviceInfo,
  layout: NonNullable<ImageOrder['layout']>,
  options: ImageOrderOptions,
): Promise<Work> => {
  const { order, store, folder, nodePart, machine, signal, onProgress } = options;
  const secureBoot = order.hasSecureBoot && layout === 'uefi';
  const trust = trustOf(order);
  const plan = await planLayout({
    store,
    image: imageOf(order),
    path: target.path,
    layout,
    policy: order.policy,
    trust,
  });
  requireMachine(plan.manifest, machine);
  const boot = await downloadBootFiles({
    files: options.bootFiles,
    listDigest: order.boot.listDigest,
    names: startFileNames({ layout, secureBoot }),
    folder: path.join(folder, 'boot'),
    nodePart,
    signal,
    onProgress,
  });
  await options.beforeWrite(target);
  const report = await applyLayout(plan, {
    savedTable: path.join(folder, 'old.nacre-table'),
    boot,
    trust: { keys: trust ?? [], allowsUnsigned: order.trust.allowsUnsigned },
    secureBoot,
    noBackup: !order.hasBackup,
    signal,
    onProgress,
  });
  await markDone(target.path, order.order.id);
  return report;
};

/**
 * Carries an order out.
 *
 * @throws NacreError MERLIN_NO_DISK, MERLIN_SEVERAL_DISKS, IMAGE_OTHER_MACHINE, those of planning (nothing written), of
 *   `beforeWrite`, and of writing
 */
export const runImageOrder = async (options: ImageOrderOptions): Promise<ImageOrderReport> => {
  const { order, disks } = options;
  const target = targetDisk(
    disks.filter(({ isReadOnly }) => !isReadOnly),
    order.disk,
  );
  const { path: disk, serial } = target;
  const facts = { kind: 'image', ...order.image, disk: { path: disk, serial } } as const;
  if (order.order.goesOn && order.layout !== null && (await isDone(disk, order.order.id))) {
    return { ...facts, writtenBytes: 0, verifiedBytes: 0, wasDone: true };
  }
  const { writtenBytes, verifiedBytes } =
    order.layout === null
      ? await restoreWhole(target, options)
      : await layOut(target, order.layout, options);
  return { ...facts, writtenBytes, verifiedBytes, wasDone: false };
};
