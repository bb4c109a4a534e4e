/** Devices, groups and join codes as they go over the wire. */
import * as z from 'zod';
import { DEVICE_STATES } from '../../devices/device-states.ts';
import { ROLLOUT_STATES } from '../../store/rollout-tables.ts';
import { pageOf, pageQuery } from './paging.ts';

const time = z.iso.datetime();
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const MOST_TAGS = 64;

export const groupName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,63}$/,
    '1 to 64 of a-z 0-9 . _ -, starting with a letter or digit',
  );
export const tagName = z.string().regex(/^[a-z0-9._-]{1,64}$/, '1 to 64 of a-z 0-9 . _ -');
export const stateSchema = z.enum(DEVICE_STATES);

export const deviceShape = z.object({
  id: z.uuid(),
  name: z.string(),
  state: stateSchema,
  fingerprint: digest
    .nullable()
    .describe('SHA-256 of its key; null: only seen starting from the network'),
  uuid: z.string().nullable(),
  serial: z.string().nullable(),
  diskSerial: z.string().nullable(),
  macs: z.array(z.string()),
  note: z.string(),
  tags: z.array(z.string()),
  groups: z.array(z.string()),
  conflicts: z
    .array(
      z.object({
        device: z.uuid(),
        name: z.string(),
        hint: z.string(),
        value: z.string(),
        foundAt: time,
      }),
    )
    .describe('Other devices that say the same of themselves'),
  firstSeenAt: time,
  lastSeenAt: time,
  decidedAt: time.nullable(),
  decidedBy: z.string().nullable(),
  supportImgBackup: z.boolean().nullable(),
  backupImagePresent: z.boolean().nullable(),
  backImageVer: z.string().nullable(),
});
export const devicePage = pageOf(deviceShape);

/** Columns by the names that a client sorts by. */
export const DEVICE_SORTS = {
  name: 'name',
  state: 'state',
  firstSeenAt: 'first_seen_at',
  lastSeenAt: 'last_seen_at',
} as const;
const [firstSort, ...moreSorts] = ['name', 'state', 'firstSeenAt', 'lastSeenAt'] as const;

export const deviceQuery = z.strictObject({
  ...pageQuery,
  search: z.string().max(256).optional().describe('Part of a name, note, tag, group or hint'),
  find: z
    .string()
    .max(256)
    .optional()
    .describe('One device: name, serial, UUID, MAC, or 8 or more digits of id or fingerprint'),
  state: stateSchema.optional(),
  group: groupName.optional(),
  tag: tagName.optional(),
  sort: z.enum([firstSort, ...moreSorts]).default('name'),
  descending: z.stringbool().default(false),
});
export const devicePath = z.strictObject({ id: z.uuid() });
export const deviceChange = z.strictObject({
  name: z.string().trim().min(1).max(128).optional(),
  note: z.string().max(4096).optional(),
  tags: z.array(tagName).max(MOST_TAGS).optional(),
});
export const deviceDecision = z.strictObject({ state: z.enum(['approved', 'held', 'revoked']) });

const MOST_CSV = 1_000_000;
export const deviceList = z.strictObject({
  csv: z
    .string()
    .max(MOST_CSV)
    .describe('First line: some of name, fingerprint, uuid, serial, mac, group, tags'),
});
export const deviceListReport = z.object({
  rows: z.int(),
  present: z.int().describe('Devices that were there already'),
  waiting: z.int().describe('Rows that wait for their device'),
});
/** Bytes of a request with a list: JSON doubles quotes and line ends. */
export const MOST_LIST_BYTES = 2 * MOST_CSV;

export const enrolled = z.object({ id: z.uuid(), state: stateSchema, fingerprint: digest });

export const groupShape = z.object({
  name: groupName,
  note: z.string(),
  devices: z.int(),
  createdAt: time,
  image: z.string().nullable().describe('What it is to run; null where nobody says'),
  rolloutState: z.enum(ROLLOUT_STATES).nullable(),
});
export const groupPage = pageOf(groupShape);
export const groupQuery = z.strictObject(pageQuery);
export const groupPath = z.strictObject({ name: groupName });
export const memberPath = z.strictObject({ name: groupName, id: z.uuid() });
export const newGroup = z.strictObject({ name: groupName, note: z.string().max(4096).default('') });

export const joinCodeShape = z.object({
  id: z.uuid(),
  note: z.string(),
  group: z.string().nullable(),
  usesLeft: z.int(),
  expiresAt: time,
  createdAt: time,
  createdBy: z.string(),
});
export const joinCodePage = pageOf(joinCodeShape);
const MOST_USES = 10_000;
const MOST_HOURS = 24 * 90;
export const newJoinCode = z.strictObject({
  note: z.string().max(256).default(''),
  group: groupName.optional(),
  uses: z.int().min(1).max(MOST_USES).default(1).describe('Devices that may come in with it'),
  hours: z.int().min(1).max(MOST_HOURS).default(24).describe('Until it ends'),
});
export const madeJoinCode = joinCodeShape.extend({ code: z.string().describe('Shown only now') });
