/** What one run of an agent says to its manager: signed, numbered, one message at a time. */
import type * as z from 'zod';
import { NacreError } from '../../errors.ts';
import { pauseMs } from '../../image/store/web-mirrors.ts';
import {
  type CheckIn,
  type CheckInAnswer,
  checkInAnswerShape,
  DEVICE_PATH,
  type Report,
  type ReportAnswer,
  reportAnswerShape,
} from '../../job/agent-protocol.ts';
import { signMessage } from '../../job/signed-message.ts';
import type { AgentWorld } from '../agent-world.ts';
import type { DeviceKey } from '../state/device-key.ts';
import { isAway, type ManagerDoor } from './manager-link.ts';

/** What every message begins with; a message without it is what its sender knows. */
type Head = 'key' | 'pin' | 'run' | 'number' | 'format' | 'version';
export type CheckInFacts = Omit<CheckIn, Head>;
export type ReportFacts = Omit<Report, Head>;

export interface ManagerMessagesOptions {
  readonly link: ManagerDoor;
  readonly key: DeviceKey;
  /** 32 hex digits; new for each start of an agent. */
  readonly run: string;
  readonly world: Pick<AgentWorld, 'sleep' | 'random'>;
}

/** The same number again when an answer got lost: so often, and then it is a new message. */
const TRIES = 3;
const PAUSE = { firstMs: 250, mostMs: 2000 } as const;
/** Beyond the time that the manager may wait. */
const SPARE_MS = 20_000;

export class ManagerMessages {
  readonly #options: ManagerMessagesOptions;
  #number = 0;
  #last: Promise<unknown> = Promise.resolve();
  #waiting: AbortController | undefined;

  constructor(options: ManagerMessagesOptions) {
    this.#options = options;
  }

  /**
   * V01. A check-in that waits for its answer gives way to a report: undefined then.
   *
   * @throws NacreError as `ManagerLink.post`; MANAGER_ANSWER
   */
  async checkIn(facts: CheckInFacts, signal: AbortSignal): Promise<CheckInAnswer | undefined> {
    const waiting = new AbortController();
    this.#waiting = waiting;
    const answerMs = facts.waitSeconds * 1000 + SPARE_MS;
    const either = AbortSignal.any([signal, waiting.signal]);
    try {
      const message = { format: 'nacre-checkin', version: 1, ...facts };
      return await this.#say('checkin', message, checkInAnswerShape, { answerMs, signal: either });
    } catch (reason) {
      if (waiting.signal.aborted && !signal.aborted) return undefined;
      throw reason;
    } finally {
      if (this.#waiting === waiting) this.#waiting = undefined;
    }
  }

  /** Lets no check-in wait any longer. */
  interrupt(): void {
    this.#waiting?.abort();
  }

  /** V02 and what comes before it. @throws NacreError as `checkIn` */
  report(facts: ReportFacts, signal: AbortSignal): Promise<ReportAnswer> {
    this.interrupt();
    const message = { format: 'nacre-report', version: 1, ...facts };
    return this.#say('report', message, reportAnswerShape, { signal });
  }

  /** Says it when all before it is answered: numbers arrive in their order. */
  #say<Shape extends z.ZodType>(
    name: string,
    message: object,
    shape: Shape,
    options: { readonly answerMs?: number; readonly signal: AbortSignal },
  ): Promise<z.output<Shape>> {
    const said = this.#last.then(() =>
      this.#sayNow(`${DEVICE_PATH}/${name}`, message, shape, options),
    );
    this.#last = said.catch(() => undefined);
    return said;
  }

  async #sayNow<Shape extends z.ZodType>(
    path: string,
    message: object,
    shape: Shape,
    options: { readonly answerMs?: number; readonly signal: AbortSignal },
  ): Promise<z.output<Shape>> {
    const { link, key, run } = this.#options;
    if (options.signal.aborted) throw new NacreError('CANCELLED', { phase: 'network' });
    this.#number += 1;
    const head = { key: key.text, pin: link.pin, run, number: this.#number };
    const body = signMessage(key.privatePem, { ...message, ...head });
    const answer = await this.#insist(() => link.post({ path, body, ...options }), options.signal);
    const result = shape.safeParse(answer);
    if (result.success) return result.data;
    const [issue] = result.error.issues;
    const reason = `${issue?.path.join('.')}: ${issue?.message}`;
    throw new NacreError('MANAGER_ANSWER', { server: link.shown, path, reason });
  }

  async #insist(post: () => Promise<unknown>, signal: AbortSignal): Promise<unknown> {
    const { sleep, random } = this.#options.world;
    for (let failures = 0; ; failures++) {
      try {
        return await post();
      } catch (reason) {
        if (!isAway(reason) || failures + 1 >= TRIES) throw reason;
        await sleep(pauseMs(failures, PAUSE, random), signal);
        if (signal.aborted) throw new NacreError('CANCELLED', { phase: 'network' });
      }
    }
  }
}
