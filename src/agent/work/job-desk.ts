/** The job in hand: taken with a ticket, moved along the table of states, and stored before anything acts on it. */
import { isDeepStrictEqual } from 'node:util';
import { NacreError } from '../../errors.ts';
import type { CheckInAnswer } from '../../job/agent-protocol.ts';
import { type DeviceJobEvent, next } from '../../job/job-states.ts';
import { type JobTicket, readTicket } from '../../job/job-ticket.ts';
import type { Signed } from '../../job/signed-message.ts';
import type { ReportFacts } from '../manager/manager-messages.ts';
import type { AgentMemory } from '../state/agent-memory.ts';
import type { JobInHand } from '../state/agent-state.ts';
import { commandOf, endOf, untold } from './job-path.ts';

/** More than any way has. */
const ALL = 16;
const LONGEST_MESSAGE = 2048;
const CODE = /^[A-Z][A-Z0-9_]{2,63}$/;

/** What of a job a move may change. */
export type JobChange = Partial<
  Pick<
    JobInHand,
    'code' | 'message' | 'doneBytes' | 'totalBytes' | 'postpones' | 'armedIn' | 'restarts' | 'told'
  >
>;

const isSame = (
  left: Pick<JobInHand, 'id' | 'attempt'> | null,
  right: { readonly job: string; readonly attempt: number },
): boolean => left?.id === right.job && left.attempt === right.attempt;

/** A job that failed here, and is to be tried again. */
const isNewTry = ({ id, attempt, state }: JobInHand, ticket: JobTicket): boolean =>
  id === ticket.job && ticket.attempt > attempt && (state === 'failed' || state === 'cancelled');

export class JobDesk {
  readonly #memory: AgentMemory;
  /** Fingerprint of this device. */
  readonly #device: string;

  constructor(memory: AgentMemory, device: string) {
    this.#memory = memory;
    this.#device = device;
  }

  get job(): JobInHand | null {
    return this.#memory.state.job;
  }

  /** Of a job that was taken: it was in time then. @throws NacreError TICKET_REFUSED for a state that somebody changed */
  get ticket(): JobTicket {
    const { job } = this.#memory.state;
    if (job === null) throw new TypeError('there is no job');
    return this.#read(job.ticket, 0, new Date(0));
  }

  #read(signed: Signed, lastCounter: number, now: Date): JobTicket {
    const managerKey = this.#memory.state.jobKey ?? '';
    return readTicket(signed, { managerKey, device: this.#device, lastCounter, now });
  }

  /**
   * Takes a job. One that is in hand already is gone on with; one that ended is only told again.
   *
   * @param now the manager's time
   * @returns true for a new job
   * @throws NacreError TICKET_REFUSED; nothing is changed then
   */
  async take(signed: Signed, stores: CheckInAnswer['stores'], now: Date): Promise<boolean> {
    const { state } = this.#memory;
    const ticket = this.#read(signed, state.lastCounter, now);
    const { job: id, attempt, counter } = ticket;
    const inHand = state.job;
    if (inHand !== null && !isNewTry(inHand, ticket)) {
      if (inHand.id === id) await this.#goOnWith(inHand, ticket, { ticket: signed, stores });
      return false;
    }
    const job: JobInHand = {
      ...{ id, attempt, ticket: signed, stores: [...stores], state: 'sent', told: 0 },
      ...{ code: null, message: '', doneBytes: 0, totalBytes: 0 },
      ...{ postpones: 0, armedIn: '', restarts: 0 },
    };
    const { ended } = state;
    if (ended !== null && isSame(ended, ticket)) {
      const { state: end, code, message } = ended;
      await this.#memory.change({ job: { ...job, state: end, code, message, told: ALL } });
      return false;
    }
    // An older job whose ticket comes again was obeyed, and its end is not remembered any more.
    if (counter === state.lastCounter)
      throw new NacreError('TICKET_REFUSED', {
        reason: `its counter is ${counter}, as of one that has ended`,
      });
    await this.#memory.change({ lastCounter: counter, job });
    return true;
  }

  /**
   * The same job comes again: with addresses that are good for longer, or as another try, because the manager heard nothing
   * of this one. What was done already is not done again.
   */
  async #goOnWith(
    { attempt: before }: JobInHand,
    { attempt, counter }: JobTicket,
    { ticket, stores }: { readonly ticket: Signed; readonly stores: CheckInAnswer['stores'] },
  ): Promise<void> {
    if (attempt < before) return;
    await this.#memory.change(({ job, lastCounter }) => ({
      lastCounter: Math.max(lastCounter, counter),
      job:
        job === null
          ? null
          : { ...job, ticket, stores: [...stores], attempt, told: attempt > before ? 0 : job.told },
    }));
  }

  /** The manager names addresses that are good for longer. */
  async refresh(stores: CheckInAnswer['stores']): Promise<void> {
    if (stores.length > 0 && !isDeepStrictEqual(stores, this.job?.stores))
      await this.#change(() => ({ stores: [...stores] }));
  }

  /** Moves the job. @throws TypeError for a move that the table does not have */
  async move(event: DeviceJobEvent, change: JobChange = {}): Promise<void> {
    await this.#change((job) => {
      const state = next(job.state, event);
      if (state === undefined) throw new TypeError(`${job.state} has no ${event}`);
      return { ...change, state };
    });
  }

  /** Ends it with a failure. */
  fail({ code, message }: { readonly code: string; readonly message: string }): Promise<void> {
    return this.move('fail', {
      code: CODE.test(code) ? code : 'CLI_BUG',
      message: message.slice(0, LONGEST_MESSAGE),
    });
  }

  /** Remembers something of the job that is no move. */
  note(change: JobChange): Promise<void> {
    return this.#change(() => change);
  }

  /** What the manager is to be told next of the moves; undefined when it knows all. */
  get untold(): ReportFacts | undefined {
    const { job } = this.#memory.state;
    if (job === null) return undefined;
    const [event] = untold(this.ticket.commands, job);
    return event === undefined ? undefined : this.#report(job, event);
  }

  /** How far it is. */
  get progress(): ReportFacts | undefined {
    const { job } = this.#memory.state;
    return job === null ? undefined : this.#report(job, null);
  }

  #report(job: JobInHand, event: DeviceJobEvent | null): ReportFacts {
    const { id, attempt, doneBytes, totalBytes, code, message } = job;
    const isFailure = event === 'fail';
    return {
      ...{ job: id, attempt, event, command: commandOf(event, this.ticket.commands) },
      ...{ doneBytes, totalBytes },
      code: isFailure ? code : null,
      message: isFailure ? message : '',
    };
  }

  /** The manager has answered a move. @returns true when that was the end of the job */
  async hear(event: DeviceJobEvent): Promise<boolean> {
    const { job } = this.#memory.state;
    if (job === null) return false;
    if (endOf(job.state) !== event) {
      await this.#change(({ told }) => ({ told: told + 1 }));
      return false;
    }
    const { id, attempt, state, code, message } = job;
    await this.#memory.change({ job: null, ended: { id, attempt, state, code, message } });
    return true;
  }

  /** Changes the job as it is when its turn comes; one that has ended meanwhile is not there to be changed. */
  #change(change: (job: JobInHand) => Partial<JobInHand>): Promise<void> {
    return this.#memory.change(({ job }) =>
      job === null ? {} : { job: { ...job, ...change(job) } },
    );
  }
}
