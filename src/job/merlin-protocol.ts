/**
 * What Merlin and the server that it was started from say to each other: JSON over HTTPS, whose key is pinned.
 *
 * ```
 * POST /merlin/v1/start               Hello -> Answer    who I am; what am I to do?
 * POST /merlin/v1/menu                MenuHello -> MenuAnswer    the administrator is at the menu; may he?
 * POST /merlin/v1/orders/ID/begin     Begin              before the first write; what follows may write
 * POST /merlin/v1/orders/ID/progress  Progress           at most once a second
 * POST /merlin/v1/orders/ID/end       End                done, or why not
 * ```
 *
 * A capture is sent between `begin` and `end` (src/job/upload-messages.ts):
 *
 * ```
 * POST /merlin/v1/orders/ID/upload/begin         disk -> what is known
 * GET  /merlin/v1/orders/ID/upload/known?from=N  -> digests from row N on, 32 bytes each
 * POST /merlin/v1/orders/ID/upload/have          digests, 32 bytes each -> whether all of them arrived
 * PUT  /merlin/v1/orders/ID/upload/frames        a piece of frames (src/codec/frame-piece.ts)
 * PUT  /merlin/v1/orders/ID/upload/draft?at=N    bytes of a manifest -> bytes that are there
 * POST /merlin/v1/orders/ID/upload/publish       length and digest of the manifest -> the version
 * ```
 *
 * All but the first of these carry the ticket of the order in `Authorization: Bearer TICKET`; each may be sent again when its answer was lost. Both
 * sides take what the other says for hostile: every text and list has a limit.
 */
import * as z from 'zod';
import { LAYOUT_POLICIES, LAYOUTS } from '../disk/layout-fields.ts';
import { MENU_WISHES } from './menu-wishes.ts';
import { storeAddress } from './store-address.ts';

/** Folder of the protocol below the server's address. */
export const MERLIN_PATH = '/merlin/v1';
/** Longest message in either direction. */
export const MERLIN_LIMIT_BYTES = 64 * 1024;

const MOST_CARDS = 16;
const MOST_DISKS = 32;
const MOST_STORES = 9;
const MOST_KEYS = 16;
const LONGEST_TEXT = 128;
const LONGEST_ADDRESS = 512;

const text = z.string().max(LONGEST_TEXT);
const bytes = z.int().min(0);
const macText = z.string().regex(/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/);
const uuidText = z.string().regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
const digest = z.string().regex(/^[0-9a-f]{64}$/);
/** Fits `cmdid` of the boot decision block. */
const orderId = z.string().regex(/^[0-9a-f]{32}$/);
const name = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/);

/** Who asks. Nothing in it is proved. */
export const HELLO = z.object({
  format: z.literal(1),
  macs: z.array(macText).min(1).max(MOST_CARDS),
  /** By the firmware's tables; null where a board has none of its own. */
  uuid: uuidText.nullable(),
  machine: z.object({ maker: text, product: text, serial: text }),
  disks: z
    .array(
      z.object({
        path: text,
        model: text,
        serial: text,
        sizeBytes: bytes,
        sectorSize: z.union([z.literal(512), z.literal(4096)]),
        isRemovable: z.boolean(),
      }),
    )
    .max(MOST_DISKS),
  /** The decision block of the disk; null without one. */
  block: z.object({ mode: text, isDirty: z.boolean(), cmdid: text, status: text }).nullable(),
});
export type Hello = Readonly<z.infer<typeof HELLO>>;

/** An order in the hands of its device. */
const order = z.object({
  id: orderId,
  /** A secret: whoever has it speaks for the device. */
  ticket: digest,
  /** An earlier run has begun it: the device does what is missing. */
  goesOn: z.boolean(),
  attempt: z.int().min(1),
});

const imageOrder = z.object({
  answer: z.literal('image'),
  order,
  image: z.object({ name, id: digest }),
  /** Places of the same store, the nearest first. The key of a server is pinned where one is named. */
  stores: z.array(storeAddress).min(1).max(MOST_STORES),
  /** Serial number or device path of the disk; null: the one that is built in. */
  disk: text.nullable(),
  /** Null: the disk gets the partition table of the image. */
  layout: z.enum(LAYOUTS).nullable(),
  policy: z.enum(LAYOUT_POLICIES),
  hasBackup: z.boolean(),
  /** The firmware starts only what is signed. */
  hasSecureBoot: z.boolean(),
  /** Folder of the boot environment that a layout puts onto the disk, and the SHA-256 of its `boot.json`. */
  boot: z.object({ url: z.url().max(LONGEST_ADDRESS), listDigest: digest }),
  trust: z
    .object({
      /** Public keys, PEM. */
      keys: z.array(z.string().max(2048)).max(MOST_KEYS),
      allowsUnsigned: z.boolean(),
    })
    // No key and nothing allowed would be taken for "nobody asks".
    .refine(({ keys, allowsUnsigned }) => allowsUnsigned || keys.length > 0, 'no key is trusted'),
});

const captureOrder = z.object({
  answer: z.literal('capture'),
  order,
  name,
  /** Serial number or device path of the disk; null: the one that is built in. */
  disk: text.nullable(),
});

/** Nothing to do; `reason` is for people. */
const nothing = z.object({ answer: z.literal('nothing'), reason: text });

/** What a device is to do. */
export const ANSWER = z.discriminatedUnion('answer', [imageOrder, captureOrder, nothing]);
export type Answer = Readonly<z.infer<typeof ANSWER>>;
export type ImageOrder = Readonly<z.infer<typeof imageOrder>>;
export type CaptureOrder = Readonly<z.infer<typeof captureOrder>>;

/** How often a password may be wrong before the device goes back to its disk. */
export const MENU_TRIES = 3;

/** Somebody stands at the administrator's menu of a device. */
export const MENU_HELLO = z.object({
  hello: HELLO,
  wish: z.enum(MENU_WISHES),
  /** A secret, and the reason why this goes over a pinned connection alone. Null: is there one at all? */
  password: z.string().min(1).max(1024).nullable(),
  /** One for each time that somebody stood there: the order of a message whose answer got lost is the same order. */
  visit: orderId,
});
export type MenuHello = Readonly<z.infer<typeof MENU_HELLO>>;

/** Why the menu stays shut whatever the password: none was made, no order to image this device, no shell is allowed. */
export const MENU_SHUT_REASONS = ['no-password', 'no-image', 'no-shell'] as const;

/** What an administrator may. */
export const MENU_ANSWER = z.discriminatedUnion('answer', [
  /** There is a password; ask for it. */
  z.object({ answer: z.literal('ask') }),
  z.object({ answer: z.literal('wrong') }),
  /** Too many were wrong, here or elsewhere: this one was not looked at. */
  z.object({ answer: z.literal('later'), waitSeconds: z.int().min(1).max(600) }),
  z.object({ answer: z.literal('shut'), reason: z.enum(MENU_SHUT_REASONS) }),
  z.object({ answer: z.literal('open') }),
  /** The password is right, and this is a new order to image the device. */
  imageOrder,
]);
export type MenuAnswer = Readonly<z.infer<typeof MENU_ANSWER>>;

/** The disk that will be written, or captured. */
export const BEGIN = z.object({ disk: text, serial: text });
export type Begin = Readonly<z.infer<typeof BEGIN>>;

/** Verified bytes of one phase; of a capture those that are read and sent. */
export const PROGRESS = z.object({
  phase: z.string().regex(/^[a-z-]{1,32}$/),
  doneBytes: bytes,
  totalBytes: bytes,
});
export type Progress = Readonly<z.infer<typeof PROGRESS>>;

/** How it ended; `code` is null when all was done and read back. */
export const END = z.object({
  code: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]{2,63}$/)
    .nullable(),
  message: z.string().max(2048),
  writtenBytes: bytes,
  verifiedBytes: bytes,
});
export type End = Readonly<z.infer<typeof END>>;
