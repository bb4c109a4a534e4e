/** What an order would do, device by device, before anything is made. */
import { NacreError } from '../../errors.ts';
import type { Ground } from '../ground.ts';
import { agentsOf, generationsOf } from '../store/agent-rows.ts';
import { openJobsOf } from '../store/job-rows.ts';
import type { JobKind } from '../store/job-tables.ts';
import { type Selection, selectDevices } from '../store/selection-rows.ts';
import type { Queries } from '../store/store.ts';
import type { DeviceTable } from '../store/tables.ts';
import {
  backupOf,
  type Candidate,
  hasBackup,
  inventoryOf,
  reasonsAgainst,
  type Wanted,
} from './eligibility.ts';
import { settingsIn } from './job-settings.ts';
import { type DailyWindow, knownZone, openingAfter } from './window.ts';
import { resolveImage, type WishedImage } from './wished-image.ts';

/** Devices of one order. */
const MOST_DEVICES = 10_000;
/** Devices whose rows are asked for at once. */
const SLICE = 500;

export interface JobWish {
  /** IMAGE of cli.md. */
  readonly image: string;
  readonly kind: Extract<JobKind, 'bi' | 'pi' | 'bi-pi'>;
  readonly selection: Selection;
  /** Not before; ISO 8601 UTC. */
  readonly startAt?: string | undefined;
  /** Each day, in the time zone of the device. */
  readonly window?: DailyWindow | undefined;
}

/** What is gone afterwards: the content of the OS's disk, or a version in the backup partition. */
export interface Loss {
  readonly what: 'os' | 'generation';
  readonly name: string;
  readonly sizeBytes: number;
}

export interface DevicePlan {
  readonly device: string;
  readonly name: string;
  readonly isEligible: boolean;
  /** Why not. */
  readonly reasons: readonly NacreError[];
  /** At most; 0 when the version is there already. */
  readonly fetchBytes: number;
  readonly lost: readonly Loss[];
  /** When the device may begin. */
  readonly startAt: string;
  readonly timeZone: string;
}

export interface JobPlan {
  readonly image: WishedImage;
  readonly devices: readonly DevicePlan[];
}

const lossesOf = (candidate: Candidate, { kind, image }: Wanted): readonly Loss[] => {
  const { agent, generations } = candidate;
  if (agent === undefined) return [];
  const own = inventoryOf(agent).disks.find(({ isOwn }) => isOwn);
  const os: readonly Loss[] =
    kind === 'bi' || own === undefined
      ? []
      : [{ what: 'os', name: `${own.path} ${own.serial}`.trim(), sizeBytes: own.sizeBytes }];
  const free = backupOf(agent)?.freeBytes ?? 0;
  if (kind === 'pi' || hasBackup(candidate, image.id) || image.storedBytes <= free) return os;
  const older = generations.map((each) => ({
    what: 'generation' as const,
    name: `${each.image_name}@${each.version_id.slice(0, 8)}`,
    sizeBytes: each.size_bytes,
  }));
  return [...os, ...older];
};

/** When a device may begin with it. */
const startOf = (
  { startAt, window }: Pick<JobWish, 'startAt' | 'window'>,
  zone: string,
  now: Date,
): Date => {
  const wished = startAt === undefined ? now : new Date(startAt);
  const first = wished > now ? wished : now;
  return window === undefined ? first : openingAfter(window, zone, first);
};

/** The zone that a device names. */
const zoneOf = ({ agent }: Pick<Candidate, 'agent'>): string =>
  agent === undefined ? 'UTC' : knownZone(inventoryOf(agent).timeZone);

const planOf = (candidate: Candidate, wish: JobWish, wanted: Wanted): DevicePlan => {
  const reasons = reasonsAgainst(candidate, wanted);
  const timeZone = zoneOf(candidate);
  const isThere = wish.kind === 'pi' || hasBackup(candidate, wanted.image.id);
  return {
    ...{ device: candidate.device.id, name: candidate.device.name, timeZone },
    ...{ isEligible: reasons.length === 0, reasons },
    fetchBytes: isThere ? 0 : wanted.image.storedBytes,
    lost: lossesOf(candidate, wanted),
    startAt: startOf(wish, timeZone, wanted.now).toISOString(),
  };
};

const candidatesOf = async (db: Queries, devices: readonly DeviceTable[]): Promise<Candidate[]> => {
  const ids = devices.map(({ id }) => id);
  const agents = new Map((await agentsOf(db, ids)).map((row) => [row.device_id, row]));
  const generations = await generationsOf(db, ids);
  const open = new Map((await openJobsOf(db, ids)).map((row) => [row.device_id, row]));
  return devices.map((device) => ({
    ...{ device, agent: agents.get(device.id), openJob: open.get(device.id) },
    generations: generations.filter(({ device_id: id }) => id === device.id),
  }));
};

/** @throws NacreError IMAGE_NAME, MANAGER_NOT_FOUND, MANAGER_INPUT_INVALID */
export const planIn = async (
  ground: Pick<Ground, 'now'>,
  db: Queries,
  wish: JobWish,
): Promise<JobPlan> => {
  const image = await resolveImage(db, wish.image);
  const { silentSeconds } = await settingsIn(db);
  const wanted: Wanted = { kind: wish.kind, image, now: ground.now(), silentSeconds };
  // One more than there may be: none is left out in silence.
  const devices = await selectDevices(db, wish.selection, MOST_DEVICES + 1);
  if (devices.length > MOST_DEVICES) {
    const reason = `it has more than ${MOST_DEVICES} devices; make an order for each of some groups`;
    throw new NacreError('MANAGER_INPUT_INVALID', { field: 'body.selection', reason });
  }
  const plans: DevicePlan[] = [];
  for (let at = 0; at < devices.length; at += SLICE)
    for (const candidate of await candidatesOf(db, devices.slice(at, at + SLICE)))
      plans.push(planOf(candidate, wish, wanted));
  return { image, devices: plans };
};

/** @throws NacreError IMAGE_NAME, MANAGER_NOT_FOUND, MANAGER_INPUT_INVALID */
export const planJobs = (ground: Ground, wish: JobWish): Promise<JobPlan> =>
  ground.store.read((db) => planIn(ground, db, wish));
