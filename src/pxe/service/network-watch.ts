/** Looks for other servers in the background when the service has started, so that no device has to wait for it. */
import { isNacreError } from '../../errors.ts';
import type { ServiceLog } from '../../job/serving/service-log.ts';
import type { Finding, FindingLevel } from '../preflight.ts';

const LEVELS: Readonly<Record<FindingLevel, 'info' | 'warn' | 'error'>> = {
  fine: 'info',
  warning: 'warn',
  problem: 'error',
};

/** The message of each finding's line; `finding` and its facts are fields. */
export const FINDING_MESSAGE = 'network looked at';

/** One look, which `close` breaks off. */
export class NetworkWatch implements AsyncDisposable {
  readonly #abort = new AbortController();
  readonly #looking: Promise<void>;

  constructor(look: (signal: AbortSignal) => Promise<readonly Finding[]>, log: ServiceLog) {
    this.#looking = this.#look(look, log);
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.#looking;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #look(
    look: (signal: AbortSignal) => Promise<readonly Finding[]>,
    log: ServiceLog,
  ): Promise<void> {
    try {
      for (const { level, name, facts } of await look(this.#abort.signal))
        log[LEVELS[level]]({ finding: name, ...facts }, FINDING_MESSAGE);
    } catch (err) {
      if (!isNacreError(err, 'CANCELLED')) log.warn({ err }, 'the network could not be looked at');
    }
  }
}
