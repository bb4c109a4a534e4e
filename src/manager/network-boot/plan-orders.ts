/** What an order of network boot would do, device by device, before anything is made. */
import type { Manifest, ManifestPartition } from '../../codec/manifest.ts';
import type { LayoutFields } from '../../disk/layout-fields.ts';
import { isNacreError, NacreError } from '../../errors.ts';
import { type SizedParts, sizeParts } from '../../image/layout/layout-sizes.ts';
import { cautionsOf, type LayoutCaution } from '../../image/layout/layout-warnings.ts';
import { osPartitionOf } from '../../image/layout/os-partition.ts';
import { storedSizeOf } from '../../image/layout/stored-size.ts';
import type { Ground } from '../ground.ts';
import { resolveImage } from '../jobs/wished-image.ts';
import type { ImageSource } from '../repository/sync.ts';
import { agentsOf } from '../store/agent-rows.ts';
import { openJobsOf } from '../store/job-rows.ts';
import { networkStartsOf } from '../store/network-boot-rows.ts';
import { selectDevices } from '../store/selection-rows.ts';
import type { Queries } from '../store/store.ts';
import type { DeviceTable } from '../store/tables.ts';
import {
  type FlashDisk,
  firmwareReasons,
  flashOf,
  type OrderCandidate,
  reasonsOf,
  startsFromDisk,
} from './order-reasons.ts';
import type { ConvertWish, OrderWish } from './order-wish.ts';
import { policyIn } from './policy-tables.ts';

/** Devices of one order. */
const MOST_DEVICES = 10_000;
const SLICE = 500;

/** What of an image decides about sizes; read while no transaction is open. */
export interface ImageFacts {
  readonly name: string;
  readonly id: string;
  readonly isAutogenic: boolean;
  readonly manifest: Manifest;
  readonly os: ManifestPartition;
  readonly storedBytes: number;
}

export type OrderCaution = LayoutCaution | 'starts-from-disk' | 'flash-unknown';

export interface OrderPlan {
  readonly device: string;
  readonly name: string;
  readonly isEligible: boolean;
  /** Why not. */
  readonly reasons: readonly NacreError[];
  /** The disk that is written, or captured; undefined where nobody knows it yet. */
  readonly disk: FlashDisk | undefined;
  /** undefined for a capture, and where the disk is not known. */
  readonly fields: LayoutFields | undefined;
  readonly cautions: readonly OrderCaution[];
  readonly startAt: string;
}

/** @throws NacreError IMAGE_NAME, MANAGER_NOT_FOUND, MANAGER_INPUT_INVALID, STORE_…, LAYOUT_OS_UNCLEAR */
export const readImageFacts = async (
  { store }: Pick<Ground, 'store'>,
  openImages: () => Promise<ImageSource>,
  image: string,
): Promise<ImageFacts> => {
  const { name, id, isAutogenic } = await store.read((db) => resolveImage(db, image));
  const images = await openImages();
  const manifest = await images.readManifest(id);
  const storedBytes = storedSizeOf(manifest, await images.packsOf(id));
  return { name, id, isAutogenic, manifest, os: osPartitionOf(manifest), storedBytes };
};

interface Sized {
  readonly parts: SizedParts | undefined;
  readonly reasons: readonly NacreError[];
}

const sectorReason = (device: string, disk: FlashDisk, { manifest }: ImageFacts): NacreError[] => {
  const needed = manifest.disk.sectorSize;
  if (disk.sectorSize === needed) return [];
  const facts = { path: `${device} ${disk.name}`.trim(), sectorSize: disk.sectorSize };
  return [new NacreError('DISK_SECTOR_SIZE', { ...facts, neededSectorSize: needed })];
};

/** The sizes on one disk; what does not fit is a reason. */
const sizeOn = (
  device: string,
  disk: FlashDisk | undefined,
  { layout, layoutPolicy: policy }: ConvertWish,
  image: ImageFacts,
): Sized => {
  if (disk === undefined) return { parts: undefined, reasons: [] };
  const { manifest, os, storedBytes } = image;
  const { sizeBytes: diskBytes, sectorSize } = disk;
  const reasons = sectorReason(device, disk, image);
  try {
    const parts = sizeParts({
      ...{ layout, policy, diskBytes, sectorSize, manifest, os, storedBytes, kept: [] },
    });
    return { parts, reasons };
  } catch (reason) {
    if (!isNacreError(reason)) throw reason;
    return { parts: undefined, reasons: [...reasons, reason] };
  }
};

const startOf = ({ startAt }: OrderWish, now: Date): string =>
  startAt !== undefined && Date.parse(startAt) > now.getTime() ? startAt : now.toISOString();

const planOf = (
  candidate: OrderCandidate,
  wish: OrderWish,
  image: ImageFacts | undefined,
  now: Date,
): OrderPlan => {
  const { id: device, name } = candidate.device;
  const disk = flashOf(candidate);
  const head = { device, name, disk, startAt: startOf(wish, now) };
  const waits = startsFromDisk(candidate) ? (['starts-from-disk'] as const) : [];
  const common = reasonsOf(candidate);
  if (wish.kind === 'capture' || image === undefined) {
    const isEligible = common.length === 0;
    return { ...head, isEligible, reasons: common, fields: undefined, cautions: waits };
  }
  const { layout } = wish;
  const sized = sizeOn(name, disk, wish, image);
  const { manifest, os } = image;
  const reasons = [
    ...(image.isAutogenic ? [] : [new NacreError('JOB_NOT_AUTOGENIC', { image: image.name })]),
    ...common,
    ...firmwareReasons(candidate, layout),
    ...sized.reasons,
  ];
  const { parts = [], warnings = [] } = sized.parts ?? {};
  const known =
    disk === undefined
      ? (['flash-unknown'] as const)
      : [...warnings, ...cautionsOf({ layout, hasWfs: false, manifest, os, parts })];
  const cautions = [...waits, ...known];
  const isEligible = reasons.length === 0;
  return { ...head, isEligible, reasons, fields: sized.parts?.fields, cautions };
};

const candidatesOf = async (
  db: Queries,
  devices: readonly DeviceTable[],
  recognised: ReadonlySet<string>,
): Promise<OrderCandidate[]> => {
  const ids = devices.map(({ id }) => id);
  const byDevice = <Row extends { readonly device_id: string }>(rows: readonly Row[]) =>
    new Map(rows.map((row) => [row.device_id, row]));
  const agents = byDevice(await agentsOf(db, ids));
  const starts = byDevice(await networkStartsOf(db, ids));
  const open = byDevice(await openJobsOf(db, ids));
  return devices.map((device) => ({
    ...{ device, agent: agents.get(device.id), start: starts.get(device.id) },
    openJob: open.get(device.id),
    // One that is not approved has a reason of its own.
    isRecognised: device.state !== 'approved' || recognised.has(device.id),
  }));
};

/** @param image of a conversion */
export const planOrdersIn = async (
  { now }: Pick<Ground, 'now'>,
  db: Queries,
  wish: OrderWish,
  image: ImageFacts | undefined,
): Promise<readonly OrderPlan[]> => {
  const { group } = (await policyIn(db)).tables;
  const recognised = new Set(group.map(({ name }) => name));
  // One more than there may be: none is left out in silence.
  const devices = await selectDevices(db, wish.selection, MOST_DEVICES + 1);
  if (devices.length > MOST_DEVICES) {
    const reason = `it has more than ${MOST_DEVICES} devices; make an order for each of some groups`;
    throw new NacreError('MANAGER_INPUT_INVALID', { field: 'body.selection', reason });
  }
  const plans: OrderPlan[] = [];
  for (let at = 0; at < devices.length; at += SLICE)
    for (const candidate of await candidatesOf(db, devices.slice(at, at + SLICE), recognised))
      plans.push(planOf(candidate, wish, image, now()));
  return plans;
};
