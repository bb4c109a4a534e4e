/** Tells the manager what became of the job in hand, in order, until it has answered; and now and then how far it is. */
import { isNacreError } from '../../errors.ts';
import { pauseMs } from '../../image/store/web-mirrors.ts';
import type { ReportAnswer } from '../../job/agent-protocol.ts';
import type { ServiceLog } from '../../job/serving/service-log.ts';
import type { AgentWorld } from '../agent-world.ts';
import type { ManagerMessages, ReportFacts } from '../manager/manager-messages.ts';
import type { JobDesk } from './job-desk.ts';

/** Not more often than this. */
const PROGRESS_MS = 5000;
const PAUSE = { firstMs: 1000, mostMs: 300_000 } as const;

/** Refusals that another moment may not have: the device is held, the manager has too much to do, the answer was not one. */
const PASSING: ReadonlySet<string> = new Set([
  ...['AGENT_MESSAGE_OLD', 'MANAGER_ANSWER', 'MANAGER_DEVICE_UNKNOWN', 'MANAGER_OVERLOADED'],
  ...['MANAGER_PIN', 'MANAGER_UNREACHABLE', 'STORE_WEB_ANSWER'],
]);

export interface ReporterOptions {
  readonly desk: JobDesk;
  readonly messages: ManagerMessages;
  readonly world: Pick<AgentWorld, 'elapsedMs' | 'random' | 'sleep'>;
  readonly log: ServiceLog;
  readonly onAnswer: (answer: ReportAnswer) => void;
  /** The manager has answered the end of the job. */
  readonly onEnd: () => void;
  /** Asked before the end of a job is forgotten. */
  readonly beforeEnd: () => Promise<void>;
}

export class Reporter {
  readonly #options: ReporterOptions;
  #toldAt = Number.NEGATIVE_INFINITY;
  #hasProgress = false;
  #wake: () => void = () => undefined;
  #settle: (() => void)[] = [];

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  /** The job moved. */
  moved(): void {
    this.#wake();
  }

  /** The job got on. */
  progressed(): void {
    const now = this.#options.world.elapsedMs();
    if (now - this.#toldAt < PROGRESS_MS) return;
    this.#toldAt = now;
    this.#hasProgress = true;
    this.#wake();
  }

  /** Resolves when all that was to be told is answered. */
  told(): Promise<void> {
    if (this.#options.desk.untold === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#settle.push(resolve);
    });
  }

  /** Tells until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { desk, world } = this.#options;
    for (let failures = 0; !signal.aborted; ) {
      const report = desk.untold ?? this.#takeProgress();
      if (report === undefined) {
        await this.#woken(signal);
        continue;
      }
      const isTold = await this.#tell(report, signal);
      failures = isTold ? 0 : failures + 1;
      if (!isTold) await world.sleep(pauseMs(failures - 1, PAUSE, world.random), signal);
    }
  }

  #takeProgress(): ReportFacts | undefined {
    const { progress } = this.#options.desk;
    const isDue = this.#hasProgress;
    this.#hasProgress = false;
    return isDue ? progress : undefined;
  }

  async #woken(signal: AbortSignal): Promise<void> {
    for (const settle of this.#settle.splice(0)) settle();
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#wake = wake;
      signal.addEventListener('abort', wake, { once: true });
      // What came while nobody listened.
      if (this.#hasProgress || this.#options.desk.untold !== undefined || signal.aborted) wake();
    });
  }

  /** @returns false when it is to be told again later */
  async #tell(report: ReportFacts, signal: AbortSignal): Promise<boolean> {
    const { messages, log, onAnswer } = this.#options;
    try {
      const answer = await messages.report(report, signal);
      await this.#heard(report);
      onAnswer(answer);
      return true;
    } catch (reason) {
      if (signal.aborted) return false;
      if (!isNacreError(reason)) throw reason;
      const { job, event } = report;
      const facts = { job, event, code: reason.code, reason: reason.message };
      if (PASSING.has(reason.code)) {
        log.debug(facts, 'report not answered');
        // Progress is told anew, or not at all.
        return report.event === null;
      }
      // It knows better: what is refused once is refused again.
      log.warn(facts, 'report refused');
      await this.#heard(report);
      return true;
    }
  }

  async #heard({ event }: ReportFacts): Promise<void> {
    const { desk, beforeEnd, onEnd } = this.#options;
    if (event === null) return;
    const isEnd = event === 'finish' || event === 'fail' || event === 'stop';
    if (isEnd) await beforeEnd();
    if (await desk.hear(event)) onEnd();
  }
}
