/**
 * The ticket of a job: what a device may do to its own disk, signed by the manager's key for jobs. A device does nothing without one: for its
 * own key, not expired by the manager's clock, and with a counter that is not older than what it obeyed before. Which content it
 * trusts is not in here: images are signed by the release key, whose public half lies on the boot agent partition.
 */
import * as z from 'zod';
import { NacreError } from '../errors.ts';
import { isSignedBy, type Signed, signMessage } from './signed-message.ts';

/** The seed's `ComandArg` values (A-31, ArgID 9). */
export const COMMANDS = ['BI', 'PI'] as const;
export type Command = (typeof COMMANDS)[number];

const digest = z.string().regex(/^[0-9a-f]{64}$/);
/** `Cmdid`: fits the boot decision block. */
export const jobId = z.string().regex(/^[0-9a-f]{32}$/);
export const imageName = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/);

const MOST_SECONDS = 7 * 24 * 60 * 60;

/** How users of the device are asked before it starts again (QU). */
const notice = z.strictObject({
  /** Seconds from the warning to the restart. */
  countdownSeconds: z.int().min(0).max(3600),
  /** How often a user may put it off, and for how long each time. */
  postpones: z.int().min(0).max(20),
  postponeSeconds: z.int().min(60).max(86_400),
});

const ticketShape = z.strictObject({
  format: z.literal('nacre-ticket'),
  version: z.literal(1),
  job: jobId,
  attempt: z.int().min(1).max(100),
  /** Fingerprint of the key of the device that it is for. */
  device: digest,
  /** In this order; PI after BI only when BI was read back whole. */
  commands: z.array(z.enum(COMMANDS)).min(1).max(2),
  image: z.strictObject({ name: imageName, id: digest }),
  /** Rises with every ticket of a device. */
  counter: z.int().min(1),
  issuedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  /** Bytes a second that BI may take; null: as fast as it goes. */
  limitBytesPerSecond: z.int().min(1024).nullable(),
  /** Null: PI restarts at once. */
  notice: notice.nullable(),
  /** Seconds that the new OS has for its checks. */
  healthSeconds: z.int().min(1).max(MOST_SECONDS),
});
export type JobTicket = Readonly<z.output<typeof ticketShape>>;

/** What the manager does. @param privatePem its key for jobs */
export const signTicket = (
  privatePem: string,
  about: Omit<JobTicket, 'format' | 'version'>,
): Signed => signMessage(privatePem, { format: 'nacre-ticket', version: 1, ...about });

/** What a device knows when it looks at a ticket. */
export interface TicketCheck {
  /** Public key of the manager for jobs, as it was told over the pinned connection of the enrolment. */
  readonly managerKey: string;
  /** Fingerprint of this device. */
  readonly device: string;
  /** Counter of the newest ticket that was obeyed; 0 before the first. */
  readonly lastCounter: number;
  /** The manager's time: what it said last, and what went by since. */
  readonly now: Date;
}

const refused = (reason: string, cause?: unknown): NacreError =>
  new NacreError('TICKET_REFUSED', { reason }, { cause });

const parse = (text: string): JobTicket => {
  try {
    return ticketShape.parse(JSON.parse(text));
  } catch (cause) {
    throw refused('it is not of the known form', cause);
  }
};

/**
 * What the device does. The ticket that it obeys already comes again with the same counter, and passes.
 *
 * @throws NacreError TICKET_REFUSED with the reason
 */
export const readTicket = (
  signed: Signed,
  { managerKey, device, lastCounter, now }: TicketCheck,
): JobTicket => {
  if (!isSignedBy(signed, managerKey)) throw refused("it is not signed by the manager's key");
  const ticket = parse(signed.text);
  if (ticket.device !== device)
    throw refused(`it is for device ${ticket.device.slice(0, 16)}, not ${device.slice(0, 16)}`);
  if (ticket.counter < lastCounter)
    throw refused(`its counter is ${ticket.counter}, after one with ${lastCounter} was obeyed`);
  if (Date.parse(ticket.expiresAt) <= now.getTime())
    throw refused(`it expired at ${ticket.expiresAt}, and it is ${now.toISOString()}`);
  return ticket;
};
