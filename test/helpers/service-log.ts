/** What a service of src/pxe writes and tells, for tests that wait for it. */
import type { ServiceLog } from '../../src/job/serving/service-log.ts';

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: unknown;
  readonly message: string;
}

/** A log that keeps its lines. */
export const collectingLog = (): { readonly log: ServiceLog; readonly lines: LogLine[] } => {
  const lines: LogLine[] = [];
  const writer =
    (level: LogLine['level']) =>
    (fields: unknown, message?: unknown): void => {
      lines.push({ level, fields, message: String(message) });
    };
  const log = {
    debug: writer('debug'),
    info: writer('info'),
    warn: writer('warn'),
    error: writer('error'),
  };
  return { log, lines };
};

/** Waits for the next time that somebody is notified; times that nobody waited for are kept. */
export const nextRead = (): { readonly notify: () => void; readonly next: () => Promise<void> } => {
  let kept = 0;
  let resolve: (() => void) | undefined;
  return {
    notify: () => {
      if (resolve === undefined) kept++;
      else resolve();
      resolve = undefined;
    },
    next: () => {
      if (kept === 0) {
        return new Promise((wake) => {
          resolve = wake;
        });
      }
      kept--;
      return Promise.resolve();
    },
  };
};
