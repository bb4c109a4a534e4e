/** A log whose lines a test can read. */
import pino, { type Logger } from 'pino';

/** One line: level as a word, message, and its fields. */
export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** A log that keeps all lines in order, those for debugging too. */
export const keptLog = (): { readonly log: Logger; readonly lines: LogLine[] } => {
  const lines: LogLine[] = [];
  const write = (text: string): void => {
    lines.push(JSON.parse(text) as LogLine);
  };
  const formatters = { level: (level: string) => ({ level }) };
  return {
    log: pino({ level: 'debug', base: null, timestamp: false, formatters }, { write }),
    lines,
  };
};
