/**
 * What a network boot service and the manager that decides for it say to each other, over the manager's API:
 *
 * ```
 * GET  /network-boot/policy?wait=N    If-None-Match -> NetworkPolicy, or 304 after N seconds in which nothing changed
 * POST /network-boot/sightings        NetworkSightings -> how many were taken
 * POST /network-boot/orders/ID        NetworkOrderEvent -> the state of the job ID
 * ```
 *
 * The tables are those of the policy file (docs/network-boot.md). Each device is a group of its cards that is one device, and the id of an order is
 * that of its job. Everything may be sent again when its answer was lost. Both sides take what the other says for hostile.
 */
import * as z from 'zod';
import { LAYOUT_POLICIES, LAYOUTS } from '../disk/layout-fields.ts';
import { JOB_STATES } from './job-states.ts';
import { imageName } from './job-ticket.ts';

/** Below `/api/v1`. */
export const NETWORK_BOOT_PATH = '/network-boot';
/** Longest time that a question for the policy waits. */
export const MOST_POLICY_WAIT_SECONDS = 30;
/** Devices of a policy; above it those that were not seen for longest are left out. */
export const MOST_POLICY_DEVICES = 10_000;
/** Subnets of a policy. */
export const MOST_POLICY_SUBNETS = 10_000;
/** Of one message. */
export const MOST_SIGHTINGS = 100;

const MOST_CARDS = 64;
const LONGEST_TEXT = 256;
const LONGEST_COMMENT = 1000;
const LONGEST_STORE = 512;

const bytes = z.int().min(0);
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const mac = z.string().regex(/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/);
const uuid = z.string().regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
/** Of a job, and which try of it from the second on: `ID.2`. */
const orderWord = z.string().regex(/^[0-9a-f]{32}(?:\.\d{1,9})?$/);

/** Whom a network boot service answers. */
export const NETWORK_ANSWERS = ['off', 'known', 'everyone'] as const;
export type NetworkAnswers = (typeof NETWORK_ANSWERS)[number];

const every = { group: imageName, 'secure-boot': z.literal(true).optional() };
const deviceRow = z.discriminatedUnion('action', [
  z.strictObject({ ...every, action: z.literal('local-disk') }),
  z.strictObject({
    ...every,
    action: z.literal('image'),
    image: z.string().max(160),
    layout: z.enum(LAYOUTS),
    'layout-policy': z.enum(LAYOUT_POLICIES),
    backup: z.boolean(),
    order: orderWord,
  }),
  z.strictObject({
    ...every,
    action: z.literal('capture'),
    name: imageName,
    comment: z.string().max(LONGEST_COMMENT),
    order: orderWord,
  }),
]);

/** Tables of a policy file. */
export const policyTables = z.strictObject({
  answer: z.enum(NETWORK_ANSWERS),
  group: z
    .array(
      z.strictObject({
        name: imageName,
        macs: z.array(mac).max(MOST_CARDS),
        uuids: z.array(uuid).max(2),
        'one-device': z.literal(true),
      }),
    )
    .max(MOST_POLICY_DEVICES),
  device: z.array(deviceRow).max(MOST_POLICY_DEVICES),
  subnet: z
    .array(
      z.strictObject({
        network: z.string().max(64),
        store: z.string().max(LONGEST_STORE).optional(),
        'store-pin': digest.optional(),
      }),
    )
    .max(MOST_POLICY_SUBNETS)
    .default([]),
});
export type PolicyTables = z.output<typeof policyTables>;
export type PolicyDeviceRow = PolicyTables['device'][number];

/** All of it, under the SHA-256 of its tables. */
export const networkPolicy = z.strictObject({ revision: digest, tables: policyTables });
export type NetworkPolicy = z.output<typeof networkPolicy>;

/** A device that asked to start from the network, and what Merlin said of it if it ran. Nothing in it is proved. */
const sighting = z.strictObject({
  mac,
  uuid: uuid.nullable().default(null),
  architecture: z
    .string()
    .regex(/^[a-z0-9-]{1,16}$/)
    .nullable()
    .default(null),
  machine: z.string().max(LONGEST_TEXT).default(''),
  /** The only disk that is built in; null where Merlin did not run, or found none or several. */
  disk: z
    .strictObject({ sizeBytes: bytes, sectorSize: z.union([z.literal(512), z.literal(4096)]) })
    .nullable()
    .default(null),
});
export type NetworkSighting = z.output<typeof sighting>;
export const networkSightings = z.strictObject({
  seen: z.array(sighting).min(1).max(MOST_SIGHTINGS),
});

/** `refused`: there is no room for more that nobody knows. */
export const sightingsTaken = z.object({ taken: z.int(), refused: z.int() });

/** `withdrawn`: the order was taken back before its device began. */
export const NETWORK_ORDER_EVENTS = ['given', 'running', 'done', 'failed', 'withdrawn'] as const;
export type NetworkOrderEventName = (typeof NETWORK_ORDER_EVENTS)[number];

export const networkOrderEvent = z.strictObject({
  /** Which try of the job. */
  attempt: z.int().min(1).max(1000),
  event: z.enum(NETWORK_ORDER_EVENTS),
  /** Why it failed. */
  code: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]{2,63}$/)
    .nullable()
    .default(null),
  /** Verified bytes; while it runs those of its phase. */
  verifiedBytes: bytes.default(0),
  totalBytes: bytes.default(0),
  writtenBytes: bytes.default(0),
  /** The version that was given, or that a capture became. */
  version: digest.nullable().default(null),
});
export type NetworkOrderEvent = z.output<typeof networkOrderEvent>;
export const networkOrderState = z.object({ state: z.enum(JOB_STATES) });
