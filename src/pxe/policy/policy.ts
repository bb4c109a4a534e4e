/** Which devices are answered, and what each one is to do: a checked policy, whatever file or data base it came from. */
import { createHash } from 'node:crypto';
import type { PasswordHash } from '../../codec/password-hash.ts';
import type { LayoutName, LayoutPolicy } from '../../disk/layout-fields.ts';
import type { StoreAddress } from '../../job/store-address.ts';

/** `known`: devices that the policy names, by themselves or in a group. */
export const ANSWERS = ['off', 'known', 'everyone'] as const;
export type Answers = (typeof ANSWERS)[number];

/** Puts an image onto the device's disk, once. */
export interface ImageAction {
  readonly kind: 'image';
  /** `NAME:LABEL` or `NAME@ID`. */
  readonly image: string;
  /** Without one the disk gets the partition table of the image. */
  readonly layout: LayoutName | undefined;
  readonly layoutPolicy: LayoutPolicy;
  /** Fills the backup partition of the layout. */
  readonly hasBackup: boolean;
  /** Serial number or path; without one the disk that is built in. */
  readonly disk: string | undefined;
  /** File of the public key whose images are taken, as it stands in the policy. */
  readonly trust: string | undefined;
  readonly allowsUnsigned: boolean;
  /** Another word here is another order; 32 hex digits are its id (`orderIdOf`). */
  readonly order: string | undefined;
}

/** Captures the device's disk as a new version of an image, once. */
export interface CaptureAction {
  readonly kind: 'capture';
  readonly name: string;
  /** Of the new version. */
  readonly comment: string;
  /** Serial number or path; without one the disk that is built in. */
  readonly disk: string | undefined;
  /** File of the private key that signs the new version, as it stands in the policy. */
  readonly sign: string | undefined;
  /** Another word here is another order. */
  readonly order: string | undefined;
}

/** What a device does once. */
export type OrderAction = ImageAction | CaptureAction;

export type PolicyAction =
  | { readonly kind: 'local-disk' }
  | { readonly kind: 'merlin' }
  | { readonly kind: 'menu' }
  | OrderAction;

/** What the policy says of one device, of a group, or of everyone else. */
export interface PolicyRow {
  readonly action: PolicyAction;
  /** Its firmware starts only what is signed. */
  readonly hasSecureBoot: boolean;
}

/** A device that the policy names. */
export interface PolicyMember {
  /** `undefined` for a member of a group of which the policy says nothing: the default row counts. */
  readonly row: PolicyRow | undefined;
  /** The row is the device's own, not that of its group. */
  readonly isOwn: boolean;
  /** Where orders are kept of a device with several cards; without it each card has its own. */
  readonly key?: string | undefined;
}

/** The menu of a device that is started from the network. */
export interface MenuOptions {
  /** Seconds in which a key opens it; 0 for none. */
  readonly waitSeconds: number;
  /** Offers a shell in Merlin, behind the administrator's password. */
  readonly hasShell: boolean;
  /** The administrator has a password; without one his entries are shut. */
  readonly hasPassword: boolean;
}

/** A subnet, and the copy of the image store that is near its devices. */
export interface PolicySubnet {
  /** `192.0.2.0/24`. A smaller one inside it has its own copy, or none. */
  readonly network: string;
  /** With the SHA-256 of the key that its server must have, if it has one. */
  readonly copy: StoreAddress | undefined;
}

export interface Policy {
  readonly answer: Answers;
  /** For known devices without a row, and with `everyone` for all others. Never an order. */
  readonly otherwise: PolicyRow;
  readonly menu: MenuOptions;
  /** Of the administrator's password. Apart from the menu, whose values reach scripts that everybody may read. */
  readonly menuPassword: PasswordHash | undefined;
  /** Addresses of more copies of the image store, the nearest first; ours comes before them. */
  readonly stores: readonly string[];
  /** Copies that the devices of a subnet ask before ours. */
  readonly subnets: readonly PolicySubnet[];
  readonly byMac: ReadonlyMap<string, PolicyMember>;
  readonly byUuid: ReadonlyMap<string, PolicyMember>;
}

/** By what a device is recognised; both are claims that nobody proved. */
export interface DeviceIdentity {
  /** Lower case, with colons. */
  readonly mac: string;
  /** Lower case. */
  readonly uuid: string | undefined;
}

/** A device of the policy, found. */
export interface FoundDevice extends PolicyMember {
  /** Names the device where its orders are kept: `mac-52-54-00-12-34-56`, `uuid-…`, `device-…`. */
  readonly key: string;
}

const isOrder = (action: PolicyAction): action is OrderAction =>
  action.kind === 'image' || action.kind === 'capture';

/** The order in an action, if it is one. */
export const orderOf = (action: PolicyAction): OrderAction | undefined =>
  isOrder(action) ? action : undefined;

const candidate = (key: string, member: PolicyMember | undefined): readonly FoundDevice[] =>
  member === undefined ? [] : [{ ...member, key: member.key ?? key }];

/**
 * The device of the policy that somebody claims to be. A row of its own comes before the row of its group, a MAC address
 * before a UUID.
 */
export const findDevice = (
  policy: Policy,
  { mac, uuid }: DeviceIdentity,
): FoundDevice | undefined => {
  const found = [
    ...candidate(`mac-${mac.replaceAll(':', '-')}`, policy.byMac.get(mac)),
    ...(uuid === undefined ? [] : candidate(`uuid-${uuid}`, policy.byUuid.get(uuid))),
  ];
  return found.find(({ isOwn }) => isOwn) ?? found[0];
};

/** The id that an order brings with it, in `ID` or `ID.TRY`: whoever gave it knows it by that. */
export const orderIdOf = ({ order = '' }: OrderAction): string | undefined =>
  /^([0-9a-f]{32})(?:\.\d{1,9})?$/.exec(order)?.[1];

const contentOf = (action: OrderAction): readonly unknown[] => {
  // Done once whatever else is said of it: which keys are trusted here may change while it is under way.
  if (orderIdOf(action) !== undefined) return [action.kind, 'order', action.order];
  if (action.kind === 'capture') {
    const { name, order, comment, disk, sign } = action;
    // As it was before there was more to say, so that a policy that says no more has no new orders.
    const more = [comment, disk ?? null, sign ?? null];
    const isPlain = comment === '' && disk === undefined && sign === undefined;
    return [action.kind, name, order ?? null, ...(isPlain ? [] : more)];
  }
  const { kind, image, layout, layoutPolicy, hasBackup, disk, trust, order } = action;
  const rest = [trust ?? null, action.allowsUnsigned, disk ?? null, order ?? null];
  return [kind, image, layout ?? null, layoutPolicy, hasBackup, ...rest];
};

/**
 * Digest of what an order says: 32 hex digits. Comments, blanks, the order of keys and defaults that are written out do
 * not change it, nor does the way in which the device is named.
 */
export const lineOf = (action: OrderAction): string =>
  createHash('sha256')
    .update(JSON.stringify(contentOf(action)))
    .digest('hex')
    .slice(0, 32);

/** An order in a few words: `image lab-pc:latest`. */
export const orderText = (action: OrderAction): string =>
  `${action.kind} ${action.kind === 'image' ? action.image : action.name}`;
