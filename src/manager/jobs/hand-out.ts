/** Gives a device that checks in its job: a ticket, or word that one is to stop. Stored before it is said. */
import type { CheckIn } from '../../job/agent-protocol.ts';
import { canBeCancelled, isOpen, next } from '../../job/job-states.ts';
import { type Command, signTicket } from '../../job/job-ticket.ts';
import { remark } from '../../job/remarks.ts';
import type { Signed } from '../../job/signed-message.ts';
import { type Actor, type Ground, MANAGER, timeIn, timeOf } from '../ground.ts';
import { countAtWork, findJob, lastTicketOf, newestJobOf, openJobOf } from '../store/job-rows.ts';
import type { CommandTable, JobKind, JobTable, SubnetTable } from '../store/job-tables.ts';
import type { Queries } from '../store/store.ts';
import type { DeviceTable } from '../store/tables.ts';
import { settingsIn } from './job-settings.ts';
import { commandOf, moveJob } from './move-job.ts';
import { shareOf, subnetOf } from './subnets.ts';
import { isInWindow } from './window.ts';

/** What the device has in hand, as it says. */
type InHand = CheckIn['job'];

/** What a device is told of jobs. */
export interface HandOut {
  readonly ticket: Signed | null;
  /** Id of a job that is to stop. */
  readonly cancel: string | null;
  /** Why there is nothing yet; empty where nothing waits. */
  readonly note: string;
  /** Nobody knows when there will be something: an agent may wait for it. False where that is a matter of the clock. */
  readonly isOpenEnded: boolean;
}

/** Who checks in, and from where. */
export interface AtTheDoor {
  readonly device: DeviceTable;
  readonly address: string;
  /** Of `knownZone`. */
  readonly zone: string;
  readonly inHand: InHand;
}

/** One look at what a device is to be told, in a transaction. */
export interface Giving {
  readonly ground: Ground;
  readonly db: Queries;
  readonly door: AtTheDoor;
  /** The key for jobs, PEM. */
  readonly jobsPem: string;
}

const NOTHING: HandOut = { ticket: null, cancel: null, note: '', isOpenEnded: true };
const atItsTime = (note: string): HandOut => ({ ...NOTHING, note, isOpenEnded: false });
/** A ticket that is about to end is made anew. */
const LEAST_LEFT_MS = 60 * 60_000;

const COMMANDS: Readonly<Partial<Record<JobKind, Command[]>>> = {
  bi: ['BI'],
  pi: ['PI'],
  'bi-pi': ['BI', 'PI'],
};

const noticeOf = ({ countdown_seconds: countdown, postpones, postpone_seconds }: CommandTable) =>
  countdown === null
    ? null
    : { countdownSeconds: countdown, postpones, postponeSeconds: Math.max(postpone_seconds, 60) };

/** A job that the device has and should not have. */
const wrongInHand = async (
  { db, door: { device, inHand } }: Giving,
  open: JobTable | undefined,
): Promise<string | undefined> => {
  if (inHand === null || inHand.id === open?.id || !isOpen(inHand.state)) return undefined;
  const known = await findJob(db, inHand.id);
  const isOurs = known !== undefined && known.device_id === device.id;
  if (!isOurs || open !== undefined || known.state === 'cancelled') return inHand.id;
  return undefined;
};

/** Columns of the next ticket: the one that is out already, while it is good. */
const ticketColumns = async ({ ground, db }: Giving, job: JobTable) => {
  const nowMs = ground.now().getTime();
  const { ticket_counter: counter, ticket_issued_at: issued, ticket_expires_at: end } = job;
  const isGood =
    counter !== null &&
    issued !== null &&
    end !== null &&
    job.ticket_attempt === job.attempt &&
    Date.parse(end) - nowMs > LEAST_LEFT_MS;
  if (isGood) return { ticket_counter: counter, ticket_issued_at: issued, ticket_expires_at: end };
  const { ticketSeconds } = await settingsIn(db);
  // By the clock where it is ahead: a data base that was put back must give no number twice.
  const last = await lastTicketOf(db, job.device_id);
  return {
    ticket_counter: Math.max(last + 1, Math.floor(nowMs / 1000)),
    ...{ ticket_issued_at: timeOf(ground), ticket_expires_at: timeIn(ground, ticketSeconds) },
  };
};

const send = async (
  giving: Giving,
  job: JobTable,
  columns: Partial<JobTable> = {},
): Promise<HandOut> => {
  const { ground, db, door, jobsPem } = giving;
  const command = await commandOf(db, job);
  const ticket = await ticketColumns(giving, job);
  const moved = await moveJob(ground, db, job, {
    ...{ event: 'send', actor: MANAGER },
    columns: {
      ...{ ...columns, ...ticket, ticket_attempt: job.attempt },
      started_at: job.started_at ?? timeOf(ground),
    },
  });
  const commands = COMMANDS[command.kind];
  if (moved === undefined || commands === undefined) return NOTHING;
  const signed = signTicket(jobsPem, {
    ...{ job: job.id, attempt: job.attempt, device: door.device.fingerprint ?? '', commands },
    image: { name: command.image_name, id: command.version_id },
    counter: ticket.ticket_counter,
    ...{ issuedAt: ticket.ticket_issued_at, expiresAt: ticket.ticket_expires_at },
    limitBytesPerSecond: moved.limit_bytes_per_second,
    ...{ notice: noticeOf(command), healthSeconds: command.health_seconds },
  });
  return { ...NOTHING, ticket: signed };
};

const least = (...limits: readonly (number | null)[]): number | null => {
  const given = limits.filter((limit) => limit !== null);
  return given.length === 0 ? null : Math.min(...given);
};

const isFull = async (db: Queries, subnet: SubnetTable | undefined): Promise<boolean> =>
  subnet !== undefined &&
  subnet.most_jobs !== null &&
  (await countAtWork(db, subnet.cidr)) >= subnet.most_jobs;

/** A job that waits: given out inside its window, while its subnet has a place. */
const sendFirst = async (giving: Giving, job: JobTable): Promise<HandOut> => {
  const { ground, db, door } = giving;
  const command = await commandOf(db, job);
  const { window_from: from, window_to: to } = command;
  const hasWindow = from !== null && to !== null;
  if (hasWindow && !isInWindow({ from, to }, door.zone, ground.now()))
    return atItsTime(`waits for its window ${from}-${to} (${door.zone})`);
  const subnet = await subnetOf(db, door.address);
  if (await isFull(db, subnet))
    return { ...NOTHING, note: `waits for a place in ${subnet?.cidr} (${subnet?.most_jobs} jobs)` };
  const limit = least(
    command.limit_bytes_per_second,
    subnet === undefined ? null : shareOf(subnet),
  );
  const columns = { subnet: subnet?.cidr ?? null, limit_bytes_per_second: limit };
  return send(giving, job, columns);
};

/** A lost job whose device is there again and knows nothing of it is tried anew. */
const revive = async ({
  ground,
  db,
  door: { device, inHand },
}: Giving): Promise<JobTable | undefined> => {
  const job = await newestJobOf(db, device.id);
  // One that was never given out is a matter for people: its time may be long past.
  if (job?.state !== 'lost' || job.ticket_counter === null || inHand !== null) return undefined;
  const { most_attempts: most } = await commandOf(db, job);
  if (job.attempt >= most || job.cancel_requested_at !== null) return undefined;
  return moveJob(ground, db, job, {
    ...{ event: 'retry', actor: MANAGER, message: remark('device-back', {}) },
    columns: { attempt: job.attempt + 1 },
  });
};

/** A job that is to stop, of a device that never began it, has stopped. */
const stop = async ({ ground, db, door }: Giving, job: JobTable): Promise<HandOut> => {
  const { device, address, inHand } = door;
  if (inHand === null && job.state === 'sent') {
    const actor: Actor = { kind: 'device', name: device.name, address };
    await moveJob(ground, db, job, { event: 'stop', actor, message: remark('not-begun', {}) });
    return NOTHING;
  }
  return { ...NOTHING, cancel: job.id };
};

/** Merlin does it when the device starts from the network: agents have no part in it. */
const isForMerlin = async ({ db }: Giving, job: JobTable): Promise<boolean> =>
  COMMANDS[(await commandOf(db, job)).kind] === undefined;

/** What an approved device is told. */
export const handOut = async (giving: Giving): Promise<HandOut> => {
  const { db, door } = giving;
  const job = (await openJobOf(db, door.device.id)) ?? (await revive(giving));
  const wrong = await wrongInHand(giving, job);
  if (wrong !== undefined) return { ...NOTHING, cancel: wrong };
  // The agent waits, and is told when its time has come.
  if (job === undefined || job.state === 'planned' || (await isForMerlin(giving, job)))
    return NOTHING;
  if (job.state === 'queued') return sendFirst(giving, job);
  if (job.cancel_requested_at !== null && canBeCancelled(job.state)) return stop(giving, job);
  const { inHand } = door;
  if (inHand?.id === job.id && inHand.attempt === job.attempt) return NOTHING;
  return next(job.state, 'send') === undefined ? NOTHING : send(giving, job);
};
