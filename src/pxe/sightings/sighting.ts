/** What the service has seen of one device, from its first request to what Merlin reported last. */
import * as z from 'zod';
import { SILENCE_REASONS } from '../dhcp/dhcp-answer.ts';
import { ANSWER_REASONS, ARCHITECTURES } from '../network-client.ts';

/** Loads of a device that are kept, the newest first. */
export const MOST_LOADS = 8;
/** Longest text of strangers that is kept. */
export const LONGEST_TEXT = 160;

/** How a file ended that was not taken whole by HTTP, beside the outcomes of TFTP. */
const HTTP_ENDS = ['done', 'broken-off', 'not-found'] as const;
export type HttpEnd = (typeof HTTP_ENDS)[number];

const text = z.string().max(LONGEST_TEXT);
const time = z.iso.datetime();
const bytes = z.int().min(0);

const load = z.object({
  at: time,
  protocol: z.enum(['tftp', 'http']),
  /** Printable; `store` stands for all files of the image store. */
  file: text,
  bytes,
  /** An outcome of a TFTP transfer, or how an HTTP answer ended. */
  end: text,
});
/** One file that a device asked for. */
export type Load = Readonly<z.infer<typeof load>>;

const merlin = z.object({
  at: time,
  /** A phase of its work; `asked` before it has an order, `done` and `failed` behind it. */
  phase: z.string().regex(/^[a-z-]{1,32}$/),
  /** Of this phase; 0 of 0 where it has no length. */
  doneBytes: bytes,
  totalBytes: bytes,
  /** 32 hex digits, when it has one. */
  order: z.string().max(32).nullable(),
  /** Code of the error that ended it, and the message. */
  code: text.nullable(),
  message: text,
  /** Maker and product, as the device says. */
  machine: text,
  /** The only disk that is built in, when there is just one. */
  disk: z
    .object({ sizeBytes: bytes, sectorSize: z.union([z.literal(512), z.literal(4096)]) })
    .nullish(),
});
/** What Merlin said last. */
export type MerlinSighting = Readonly<z.infer<typeof merlin>>;

/** One device as it is kept. Nothing in it is proved. */
export const SIGHTING = z.object({
  /** Lower case, with colons. */
  mac: z.string().regex(/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/),
  uuid: z.string().max(36).nullable(),
  /** Null for a Merlin that was not started from here. */
  architecture: z.enum(ARCHITECTURES).nullable(),
  /** Which program asked last. */
  asked: z.enum(['pxe', 'ipxe', 'http-boot', 'merlin']),
  /** Name of the file that it was told to load; null for none. */
  answered: text.nullable(),
  transport: z.enum(['tftp', 'http']).nullable(),
  reason: z.enum(ANSWER_REASONS).nullable(),
  /** Why nothing was sent although the policy named a file. */
  silence: z.enum(SILENCE_REASONS).nullable(),
  firstSeen: time,
  lastSeen: time,
  /** When it asked by DHCP last. */
  askedAt: time.nullable(),
  requests: z.int().min(0),
  /** IPv4, as far as it is known. */
  address: z.string().max(15).nullable(),
  loads: z.array(load).max(MOST_LOADS),
  merlin: merlin.nullable(),
});
export type Sighting = Readonly<z.infer<typeof SIGHTING>>;

/** A device of which nothing is known but when it came. */
export const firstSighting = (mac: string, at: string): Sighting => ({
  mac,
  uuid: null,
  architecture: null,
  asked: 'merlin',
  answered: null,
  transport: null,
  reason: null,
  silence: null,
  firstSeen: at,
  lastSeen: at,
  askedAt: null,
  requests: 0,
  address: null,
  loads: [],
  merlin: null,
});

/** The loads with a new one. One of the same file takes the place of the old; what is read in pieces adds up. */
export const withLoad = (
  loads: readonly Load[],
  added: Load,
  isPiece: boolean,
): readonly Load[] => {
  const isSame = ({ protocol, file }: Load): boolean =>
    protocol === added.protocol && file === added.file;
  const before = isPiece ? (loads.find(isSame)?.bytes ?? 0) : 0;
  const others = loads.filter((one) => !isSame(one));
  return [{ ...added, bytes: before + added.bytes }, ...others].slice(0, MOST_LOADS);
};
