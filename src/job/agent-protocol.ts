/**
 * What the agent of a device and a manager say to each other: JSON over HTTPS, whose key is pinned. Everything that a device says is
 * signed by its key (src/job/signed-message.ts), and meant for one manager, one path and one moment of one run.
 *
 * ```
 * POST /device/v1/checkin   Signed<CheckIn> -> CheckInAnswer    V01: how I am; what am I to do? It may wait for an answer
 * POST /device/v1/report    Signed<Report>  -> ReportAnswer     V02 and what comes before it
 * ```
 *
 * Each may be sent again when its answer was lost. Both sides take what the other says for hostile: every text and list has a limit.
 */
import * as z from 'zod';
import { hintsShape, mac } from './enrolment.ts';
import { DEVICE_EVENTS, JOB_STATES } from './job-states.ts';
import { COMMANDS, imageName, jobId } from './job-ticket.ts';
import { publicKeyText, signedShape } from './signed-message.ts';
import { storeAddress } from './store-address.ts';

/** Folder of the protocol below the manager's address. */
export const DEVICE_PATH = '/device/v1';
/** Longest time that a check-in waits for its answer. */
export const MOST_WAIT_SECONDS = 60;

const MOST_DISKS = 32;
const MOST_PARTITIONS = 128;
const MOST_GENERATIONS = 8;
const MOST_STORES = 8;
const MOST_WOKEN = 32;

const text = z.string().max(256);
const bytes = z.int().min(0);
const digest = z.string().regex(/^[0-9a-f]{64}$/);

/**
 * Who says it, and which of its messages this is. A run is one start of an agent; numbers rise in it. A run that another one has
 * followed never comes back: when it does, two machines have one key.
 */
const headShape = {
  key: publicKeyText,
  /** Pin of the manager that it is meant for. */
  pin: digest,
  run: z.string().regex(/^[0-9a-f]{32}$/),
  number: z.int().min(1),
};

const partition = z.object({
  number: z.int().min(0),
  role: text,
  name: text,
  startBytes: bytes,
  sizeBytes: bytes,
  fileSystem: text,
});

const disk = z.object({
  path: text,
  model: text,
  serial: text,
  sizeBytes: bytes,
  sectorSize: z.int().min(512).max(65_536),
  isRemovable: z.boolean(),
  /** The OS that runs is on it, and the agent's jobs are for it. */
  isOwn: z.boolean(),
  partitions: z.array(partition).max(MOST_PARTITIONS),
});

const generation = z.object({
  image: z.object({ name: imageName, id: digest }),
  isComplete: z.boolean(),
  isVerified: z.boolean(),
  sizeBytes: bytes,
});

const inventory = z.object({
  machine: z.object({ maker: text, product: text, serial: text }),
  os: z.object({ name: text, kernel: text }),
  memoryBytes: bytes,
  disks: z.array(disk).max(MOST_DISKS),
  boot: z.object({
    firmware: z.enum(['bios', 'uefi']),
    hasSecureBoot: z.boolean(),
    /** What starts first. `unknown`: no firmware variables, and no start was seen. */
    first: z.enum(['disk', 'network', 'unknown']),
    /** The agent may change the order. */
    canSetOrder: z.boolean(),
  }),
  /** IANA name: windows of a schedule are in it. */
  timeZone: z.string().max(64),
});
export type Inventory = Readonly<z.output<typeof inventory>>;

const backup = z.object({
  sizeBytes: bytes,
  freeBytes: bytes,
  generations: z.array(generation).max(MOST_GENERATIONS),
});

/** Of a Linux image with one (docs/write-cache.md, T-26). */
const writeCache = z.object({
  mode: z.enum(['restore', 'non-restore']),
  ...{ usedBytes: bytes, totalBytes: bytes },
  /** Changes were lost, or may have been. */
  overflowed: z.boolean(),
  changedChunks: z.int().min(0),
});

/** V01; the three names of the seed are its own. */
export const checkInShape = z.object({
  ...headShape,
  format: z.literal('nacre-checkin'),
  version: z.literal(1),
  agent: z.object({ release: text, runsIn: z.enum(['os', 'merlin']) }),
  hints: hintsShape,
  inventory,
  SupportImgBackup: z.literal([0, 1]),
  BackupImagePresent: z.literal([0, 1]),
  /** Id of the version that is complete and current; empty without one. */
  BackImageVer: digest.or(z.literal('')),
  /** Null without a backup partition. */
  backup: backup.nullable(),
  /** The boot decision block; null without one. */
  block: z
    .object({
      ...{ mode: text, isDirty: z.boolean(), cmdid: text, status: text },
      ...{ osTries: z.int().min(0), merlinTries: z.int().min(0) },
    })
    .nullable(),
  /** Null without a write cache; older agents do not tell. */
  writeCache: writeCache.nullable().optional(),
  /** What it has in hand. */
  job: z.object({ id: jobId, attempt: z.int().min(1), state: z.enum(JOB_STATES) }).nullable(),
  /** By its own clock. */
  clock: z.iso.datetime(),
  /** How long the manager may wait with an answer that has nothing to say. */
  waitSeconds: z.int().min(0).max(MOST_WAIT_SECONDS),
});
export type CheckIn = Readonly<z.output<typeof checkInShape>>;

export const checkInAnswerShape = z.object({
  /** The manager's time: the device counts from it what its own clock may not know. */
  now: z.iso.datetime(),
  state: z.enum(['pending', 'approved', 'held', 'revoked']),
  /** Public key for jobs; only the first one is kept. */
  jobKey: publicKeyText,
  /** Until the next check-in; the device adds some chance of its own. */
  nextSeconds: z.int().min(1).max(86_400),
  /** The next check-in may wait so long. */
  waitSeconds: z.int().min(0).max(MOST_WAIT_SECONDS),
  /** A JobTicket: begin, or go on with it. Null: nothing to do. */
  ticket: signedShape.nullable(),
  /** A job that is to stop, if it still can without harm. */
  cancel: jobId.nullable(),
  /** Addresses of stores, the nearest first; the last one is that of the manager, of which the others are copies. */
  stores: z.array(storeAddress).max(MOST_STORES),
  /** Cards of machines of its network that it is to wake. */
  wake: z.array(mac).max(MOST_WOKEN).default([]),
  /** For people. */
  note: z.string().max(512),
});
export type CheckInAnswer = Readonly<z.output<typeof checkInAnswerShape>>;

/** Something that happened in a job. */
export const reportShape = z.object({
  ...headShape,
  format: z.literal('nacre-report'),
  version: z.literal(1),
  job: jobId,
  attempt: z.int().min(1),
  /** What brings the job to its next state; null: only progress. */
  event: z.enum(DEVICE_EVENTS).nullable(),
  /** Of the seed; null where it is of neither. */
  command: z.enum(COMMANDS).nullable(),
  /** Verified bytes. */
  doneBytes: bytes,
  totalBytes: bytes,
  /** Null while nothing is wrong. */
  code: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]{2,63}$/)
    .nullable(),
  message: z.string().max(2048),
});
export type Report = Readonly<z.output<typeof reportShape>>;

export const reportAnswerShape = z.object({
  now: z.iso.datetime(),
  /** The state that the manager has now. */
  state: z.enum(JOB_STATES),
  /** As in a check-in. */
  cancel: jobId.nullable(),
});
export type ReportAnswer = Readonly<z.output<typeof reportAnswerShape>>;
