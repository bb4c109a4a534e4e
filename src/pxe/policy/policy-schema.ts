/** The keys of a policy file, what each may be, and the words for one that is not. */
import * as z from 'zod';
import { isImageName } from '../../codec/image-name.ts';
import { type PasswordHash, parsePasswordHash } from '../../codec/password-hash.ts';
import { LAYOUT_POLICIES, LAYOUTS } from '../../disk/layout-fields.ts';
import { isNacreError } from '../../errors.ts';
import { parseImageReference } from '../../image/store/image-reference.ts';
import { nearestNames } from '../../image/store/nearest-name.ts';
import { isWebAddress, parseWebAddress, shownAddress } from '../../image/store/web-address.ts';
import { parseCidr } from '../../job/cidr.ts';
import { MOST_POLICY_SUBNETS } from '../../job/network-boot-protocol.ts';
import { ANSWERS } from './policy.ts';

/** Most rows of devices, most groups, most members of a group. */
export const MOST_ROWS = 10_000;
const MOST_GROUPS = 10_000;
const MOST_WAIT_SECONDS = 60;
const SHOWN_LENGTH = 80;

const oneOf = (words: readonly string[]): string =>
  `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;

const MAC_NEEDED = 'the MAC address of one network card, such as 52:54:00:12:34:56';
const UUID_NEEDED = 'the UUID that the firmware shows, with 32 hex digits that are not all 0 or f';
const IMAGE_NEEDED = 'NAME, NAME:LABEL or NAME@ID';
const NAME_NEEDED = '1 to 64 of a-z 0-9 . _ -, starting with a letter or digit';
const WORD_NEEDED = '1 to 64 letters, digits and . _ : -, or a number';
const FLAG_NEEDED = 'true or false';
const PATH_NEEDED = 'the path of a public key file';
const SIGN_NEEDED = 'the path of a private key file';
const MOST_COMMENT = 1000;
const COMMENT_NEEDED = `a text of at most ${MOST_COMMENT} characters`;
const WAIT_NEEDED = `a whole number of seconds from 0 to ${MOST_WAIT_SECONDS}`;
const ACTION_NEEDED = oneOf(['local-disk', 'merlin', 'image', 'capture', 'menu']);
const DEFAULT_NEEDED = `${oneOf(['local-disk', 'merlin', 'menu'])}: an order needs a device`;

/** One card and not a group of receivers: the lowest bit of the first byte. */
const isUnicast = (mac: string): boolean =>
  Number.parseInt(mac.slice(0, 2), 16) % 2 === 0 && mac !== '00:00:00:00:00:00';

const mac = z
  .string(MAC_NEEDED)
  .regex(/^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i, MAC_NEEDED)
  .transform((text) => text.toLowerCase().replaceAll('-', ':'))
  .refine(isUnicast, MAC_NEEDED);

const uuid = z
  .string(UUID_NEEDED)
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, UUID_NEEDED)
  .transform((text) => text.toLowerCase())
  .refine((text) => !/^[0-]+$|^[f-]+$/.test(text), UUID_NEEDED);

/** The same image is the same text. */
const readImage = (text: string): string | undefined => {
  try {
    const image = parseImageReference(text);
    return 'label' in image ? `${image.name}:${image.label}` : `${image.name}@${image.idPrefix}`;
  } catch (reason) {
    if (isNacreError(reason, 'IMAGE_NAME')) return undefined;
    throw reason;
  }
};

const image = z
  .string(IMAGE_NEEDED)
  .max(140, IMAGE_NEEDED)
  .transform((text, context): string => {
    const found = readImage(text);
    if (found === undefined) context.addIssue({ code: 'custom', message: IMAGE_NEEDED });
    return found ?? z.NEVER;
  });

const name = z.string(NAME_NEEDED).refine(isImageName, NAME_NEEDED);
const flag = z.boolean(FLAG_NEEDED);
const order = z
  .union([z.string(), z.int()], WORD_NEEDED)
  .transform(String)
  .refine((text) => /^[A-Za-z0-9._:-]{1,64}$/.test(text), WORD_NEEDED);
const DISK_NEEDED = 'the serial number of a disk, or its path such as /dev/sda';
const disk = z.string(DISK_NEEDED).regex(/^[^\p{Cc}]{1,128}$/u, DISK_NEEDED);
const path = z.string(PATH_NEEDED).regex(/^[^\p{Cc}]{1,1024}$/u, PATH_NEEDED);

const sign = z.string(SIGN_NEEDED).regex(/^[^\p{Cc}]{1,1024}$/u, SIGN_NEEDED);
const comment = z.string(COMMENT_NEEDED).max(MOST_COMMENT, COMMENT_NEEDED);

const every = { 'secure-boot': flag.optional() };
const plain = (kind: 'local-disk' | 'merlin' | 'menu') => ({ action: z.literal(kind), ...every });
const capture = {
  action: z.literal('capture'),
  name,
  comment: comment.optional(),
  disk: disk.optional(),
  sign: sign.optional(),
  order: order.optional(),
  ...every,
};
const imageRow = {
  action: z.literal('image'),
  image,
  layout: z.enum(LAYOUTS, oneOf(LAYOUTS)).optional(),
  'layout-policy': z.enum(LAYOUT_POLICIES, oneOf(LAYOUT_POLICIES)).optional(),
  backup: flag.optional(),
  disk: disk.optional(),
  trust: path.optional(),
  unsigned: flag.optional(),
  order: order.optional(),
  ...every,
};
const selector = { mac: mac.optional(), uuid: uuid.optional(), group: name.optional() };

const device = z.discriminatedUnion(
  'action',
  [
    z.strictObject({ ...selector, ...plain('local-disk') }),
    z.strictObject({ ...selector, ...plain('merlin') }),
    z.strictObject({ ...selector, ...plain('menu') }),
    z.strictObject({ ...selector, ...imageRow }),
    z.strictObject({ ...selector, ...capture }),
  ],
  ACTION_NEEDED,
);

const otherwise = z.discriminatedUnion(
  'action',
  [
    z.strictObject(plain('local-disk')),
    z.strictObject(plain('merlin')),
    z.strictObject(plain('menu')),
  ],
  DEFAULT_NEEDED,
);

const members = <Item extends z.ZodType>(item: Item) =>
  z.array(item, 'a list').max(MOST_ROWS, `a list of at most ${MOST_ROWS}`).optional();

const PASSWORD_NEEDED = 'the line that "nacre pxe password" prints, never the password itself';
const password = z
  .string(PASSWORD_NEEDED)
  .max(600, PASSWORD_NEEDED)
  .transform((text, context): PasswordHash => {
    const hash = parsePasswordHash(text);
    if (hash === undefined) context.addIssue({ code: 'custom', message: PASSWORD_NEEDED });
    return hash ?? z.NEVER;
  });

const group = z.strictObject(
  { name, macs: members(mac), uuids: members(uuid), 'one-device': flag.optional() },
  'a table',
);
const menu = z.strictObject(
  {
    wait: z.int(WAIT_NEEDED).min(0, WAIT_NEEDED).max(MOST_WAIT_SECONDS, WAIT_NEEDED).optional(),
    password: password.optional(),
    'rescue-shell': flag.optional(),
  },
  'a table',
);

/** Ours is one more. */
const MOST_MIRRORS = 7;
const STORE_NEEDED = 'the address of a copy of the store, such as https://mirror.example/store';
const store = z
  .string(STORE_NEEDED)
  .max(300, STORE_NEEDED)
  .regex(/^https?:\/\/[A-Za-z0-9._-]+(:\d{1,5})?(\/[A-Za-z0-9._~-]+)*$/, STORE_NEEDED);

/** Every device of the subnet is told it: without a password. */
const isPlainWebAddress = (text: string): boolean => {
  try {
    return parseWebAddress(text).authorization === undefined;
  } catch (reason) {
    if (isNacreError(reason, 'STORE_ADDRESS')) return false;
    throw reason;
  }
};
const NETWORK_NEEDED = 'a subnet, such as 192.0.2.0/24';
const STORE_PIN_NEEDED =
  'the SHA-256 of a public key: 64 hex digits, with or without sha256: before them';
const subnet = z.strictObject(
  {
    network: z
      .string(NETWORK_NEEDED)
      .max(64, NETWORK_NEEDED)
      .toLowerCase()
      .refine((text) => parseCidr(text) !== undefined, NETWORK_NEEDED),
    store: z
      .string(STORE_NEEDED)
      .max(512, STORE_NEEDED)
      .refine(isPlainWebAddress, STORE_NEEDED)
      .optional(),
    'store-pin': z
      .string(STORE_PIN_NEEDED)
      .toLowerCase()
      .regex(/^(sha256:)?[0-9a-f]{64}$/, STORE_PIN_NEEDED)
      .transform((text) => text.replace('sha256:', ''))
      .optional(),
  },
  'a table',
);

/** The whole file. */
export const POLICY_SCHEMA = z.strictObject({
  answer: z.enum(ANSWERS, oneOf(ANSWERS)).optional(),
  default: otherwise.optional(),
  menu: menu.optional(),
  stores: z
    .array(store, 'a list of addresses')
    .max(MOST_MIRRORS, `at most ${MOST_MIRRORS} addresses`)
    .optional(),
  subnet: z
    .array(subnet, 'a list of tables')
    .max(MOST_POLICY_SUBNETS, `at most ${MOST_POLICY_SUBNETS} subnets`)
    .optional(),
  device: z
    .array(device, 'a list of tables')
    .max(MOST_ROWS, `at most ${MOST_ROWS} rows`)
    .optional(),
  group: z
    .array(group, 'a list of tables')
    .max(MOST_GROUPS, `at most ${MOST_GROUPS} groups`)
    .optional(),
});

export type PolicyText = z.output<typeof POLICY_SCHEMA>;
export type DeviceText = z.output<typeof device>;
export type DefaultText = z.output<typeof otherwise>;
export type GroupText = z.output<typeof group>;

/** Keys of each table, for the nearest spelling. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  file: Object.keys(POLICY_SCHEMA.shape),
  device: [...Object.keys(selector), ...Object.keys(imageRow), 'name', 'comment', 'sign'],
  default: Object.keys(plain('menu')),
  menu: Object.keys(menu.shape),
  group: Object.keys(group.shape),
  subnet: Object.keys(subnet.shape),
};

/** What is wrong, in the words of the file. */
export interface PolicyFault {
  readonly key: string;
  readonly found: string;
  readonly needed: string;
  /** Table and its number, counted from 0, when it is one of several. */
  readonly table: string | undefined;
  readonly row: number | undefined;
}

/** A value as people see it, short and without what a terminal would act on. */
export const foundText = (value: unknown): string => {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Date) return 'a date';
  if (typeof value === 'object') return 'a table';
  return String(value).slice(0, SHOWN_LENGTH).replace(/\p{C}/gu, '?');
};

const memberOf = (value: unknown, key: PropertyKey): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? Reflect.get(value, key)
    : undefined;

/** An address without what stands before its host. */
const withoutSecret = (value: unknown): unknown =>
  typeof value === 'string' && isWebAddress(value) ? shownAddress(value) : value;

/** `mac of device 3`, `macs 2 of group 1`, `answer`. */
export const placeOf = (path: readonly PropertyKey[]): string => {
  const [table, ...rest] = path;
  if (typeof rest[0] !== 'number') return path.join('.') || 'the file';
  const [row, key, item] = rest;
  const whole = `${String(table)} ${row + 1}`;
  if (key === undefined) return whole;
  return `${String(key)}${typeof item === 'number' ? ` ${item + 1}` : ''} of ${whole}`;
};

/** What a key that does not exist in this table was meant to be. */
const unknownKey = (path: readonly PropertyKey[], key: string, value: unknown): PolicyFault => {
  const table = typeof path[0] === 'string' ? path[0] : 'file';
  const known = KEYS[table] ?? [];
  const action = foundText(memberOf(value, 'action'));
  const [nearest] = nearestNames(key, known);
  const others = nearest === undefined ? `one of ${known.join(', ')}` : nearest;
  return {
    key: path.length === 0 ? 'a key' : `a key of ${placeOf(path)}`,
    found: foundText(key),
    needed: known.includes(key) ? `left out when action is ${action}` : others,
    ...rowOf(path),
  };
};

const rowOf = (path: readonly PropertyKey[]): Pick<PolicyFault, 'table' | 'row'> => ({
  table: typeof path[0] === 'string' ? path[0] : undefined,
  row: typeof path[1] === 'number' ? path[1] : undefined,
});

/** The first thing that is wrong with a value that the schema refused. */
export const faultOf = (error: z.ZodError, value: unknown): PolicyFault => {
  const issue = error.issues[0];
  const path = issue?.path ?? [];
  const found = path.reduce(memberOf, value);
  if (issue?.code === 'unrecognized_keys') return unknownKey(path, issue.keys[0] ?? '', found);
  const needed = issue?.message ?? 'a policy';
  // Whoever writes the password itself into the file shall not find it in a log as well.
  const shown = path.at(-1) === 'password' ? 'something else' : foundText(withoutSecret(found));
  return { key: placeOf(path), found: shown, needed, ...rowOf(path) };
};
