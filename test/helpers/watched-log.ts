/** A log whose lines a test waits for. */
import type { ServiceLog } from '../../src/job/serving/service-log.ts';
import type { LogLine } from './service-log.ts';

export interface WatchedLog {
  readonly log: ServiceLog;
  readonly lines: readonly LogLine[];
  /** Resolves at a line with this message and these fields that nobody has waited for yet. */
  readonly line: (message: string, fields?: Readonly<Record<string, unknown>>) => Promise<void>;
}

export const watchedLog = (): WatchedLog => {
  const lines: LogLine[] = [];
  let seen = 0;
  let wake: () => void = () => undefined;
  const writer =
    (level: LogLine['level']) =>
    (fields: unknown, message?: unknown): void => {
      lines.push({ level, fields, message: String(message) });
      wake();
    };
  const log = {
    ...{ debug: writer('debug'), info: writer('info') },
    ...{ warn: writer('warn'), error: writer('error') },
  };
  const holds = (line: LogLine, message: string, wanted: Readonly<Record<string, unknown>>) => {
    const fields = Object.fromEntries(Object.entries(line.fields ?? {}));
    return (
      line.message === message &&
      Object.entries(wanted).every(([name, value]) => fields[name] === value)
    );
  };
  return {
    log,
    lines,
    line: async (message, fields = {}) => {
      for (;;) {
        const at = lines.findIndex((line, index) => index >= seen && holds(line, message, fields));
        if (at >= 0) {
          seen = at + 1;
          return;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
};
