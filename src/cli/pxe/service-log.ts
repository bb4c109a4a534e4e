/** Opens the log of `nacre pxe serve`: sentences on a terminal and in the journal, or JSON for other programs. */
import type { Logger } from 'pino';
import { printable } from '../format.ts';
import type { Session } from '../session.ts';
import { type LogFields, sentenceOf } from './service-lines.ts';

export interface ServiceLogOptions {
  /** Each line a document, as pino writes it. */
  readonly isJson: boolean;
  readonly isVerbose: boolean;
  /** Gets each line as pino writes it, besides. */
  readonly kept?: { readonly write: (line: string) => void } | undefined;
}

/** Levels of pino as the journal counts them (syslog(3)), by which `journalctl -p` chooses. */
const PRIORITIES: readonly (readonly [level: number, priority: number])[] = [
  [50, 3],
  [40, 4],
  [30, 6],
  [0, 7],
];
const MARKS: Readonly<Record<number, string>> = { 3: '!! ', 4: '! ' };

const isFields = (value: unknown): value is LogFields =>
  typeof value === 'object' && value !== null;

const priorityOf = ({ level }: LogFields): number =>
  PRIORITIES.find(([least]) => Number(level) >= least)?.[1] ?? 7;

/** The journal has times and priorities of its own; a terminal gets both from us. */
const headOf = (line: LogFields, isJournal: boolean): string => {
  const priority = priorityOf(line);
  if (isJournal) return `<${priority}>`;
  const time = new Date(Number(line['time'])).toTimeString().slice(0, 8);
  return `${time} ${MARKS[priority] ?? ''}`;
};

/** Lines go to stderr. */
export const openServiceLog = async (
  session: Session,
  { isJson, isVerbose, kept }: ServiceLogOptions,
): Promise<Logger> => {
  const { default: pino } = await import('pino');
  const { stderr, environment } = session.edge;
  const isJournal = environment['JOURNAL_STREAM'] !== undefined;
  const write = (text: string): void => {
    kept?.write(text);
    const line: unknown = isJson ? undefined : JSON.parse(text);
    if (isFields(line)) {
      const sentence = printable(sentenceOf(line, session.language)).replaceAll('\n', ' ');
      stderr.write(`${headOf(line, isJournal)}${sentence}\n`);
    } else stderr.write(text);
  };
  const level = session.isQuiet ? 'warn' : 'info';
  return pino({ level: isVerbose ? 'debug' : level, base: null }, { write });
};
