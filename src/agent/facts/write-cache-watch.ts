/** The fill level of the write cache: told with each check-in, and logged once when it passes a limit (spec T-26). */

import { isNacreError } from '../../errors.ts';
import {
  readWriteCache,
  type WriteCacheFacts,
  type WriteCacheLevel,
  writeCacheLevel,
} from '../../image/write-cache/read-write-cache.ts';
import type { CheckIn } from '../../job/agent-protocol.ts';

const ORDER: readonly WriteCacheLevel[] = ['ok', 'filling', 'nearly-full', 'full'];
const LINES: Readonly<Record<Exclude<WriteCacheLevel, 'ok'>, string>> = {
  filling: 'write cache is 80 % full',
  'nearly-full':
    'write cache is 95 % full: save your work, restart in restore mode or finish the update',
  full: 'write cache is full: writes are lost, and no update can be finished with it',
};

export interface WriteCacheWatchOptions {
  readonly log: { warn(fields: object, line: string): void };
  readonly read?: typeof readWriteCache | undefined;
}

/** Looks at one device. */
export class WriteCacheWatch {
  readonly #options: WriteCacheWatchOptions;
  #level: WriteCacheLevel = 'ok';

  constructor(options: WriteCacheWatchOptions) {
    this.#options = options;
  }

  /** What a check-in tells; null where there is none, or it cannot be read, which is logged. */
  async look(disk: string | undefined): Promise<NonNullable<CheckIn['writeCache']> | null> {
    if (disk === undefined) return null;
    try {
      const { read = readWriteCache } = this.#options;
      const facts = await read({ path: disk });
      if (facts === undefined) return null;
      this.#note(facts);
      const { mode, usedBytes, totalBytes, overflowed, changedChunks } = facts;
      return { mode, usedBytes, totalBytes, overflowed, changedChunks };
    } catch (reason) {
      if (!isNacreError(reason)) throw reason;
      this.#options.log.warn(
        { code: reason.code, err: reason.message },
        'write cache not readable',
      );
      return null;
    }
  }

  #note(facts: WriteCacheFacts): void {
    const level = writeCacheLevel(facts);
    const isHigher = ORDER.indexOf(level) > ORDER.indexOf(this.#level);
    this.#level = level;
    if (level === 'ok' || !isHigher) return;
    const { mode, usedBytes, totalBytes, problem } = facts;
    this.#options.log.warn({ mode, usedBytes, totalBytes, problem }, LINES[level]);
  }
}
