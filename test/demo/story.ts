import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { type Column, formatBytes, formatTable } from '../../src/cli/format.ts';

const MAIN = path.resolve(import.meta.dirname, '../../dist/cli/main.cjs');

/** What a step has to say when it is done. */
export interface StepResult {
  /** Bytes that its rate counts; absent where a rate means nothing. */
  readonly bytes?: number;
  readonly outcome: string;
}

interface Row extends StepResult {
  readonly title: string;
  readonly seconds: number;
}

const rateOf = ({ bytes, seconds }: Row): string =>
  bytes === undefined ? '' : `${formatBytes(Math.round(bytes / Math.max(seconds, 0.001)))}/s`;

/** Runs steps one after the other, prints each, and keeps what the table at the end needs. */
export class Story {
  readonly #rows: Row[] = [];
  readonly #write: (text: string) => void;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** A step that throws ends the story. */
  async step(title: string, run: () => Promise<StepResult>): Promise<void> {
    this.#write(`\n${this.#rows.length + 1}. ${title}\n`);
    const started = performance.now();
    const result = await run();
    const row = { ...result, title, seconds: (performance.now() - started) / 1000 };
    this.#rows.push(row);
    const rate = rateOf(row);
    this.#write(`   ${row.outcome}\n   ${row.seconds.toFixed(1)} s${rate && `, ${rate}`}\n`);
  }

  /** Steps, seconds, bytes, rates and outcomes, and the sum of the seconds. */
  table(): string {
    const columns: readonly Column[] = [
      { title: 'step' },
      { title: 'seconds', isNumber: true },
      { title: 'bytes', isNumber: true },
      { title: 'rate', isNumber: true },
      { title: 'outcome' },
    ];
    const total = this.#rows.reduce((sum, { seconds }) => sum + seconds, 0);
    return formatTable(columns, [
      ...this.#rows.map((row) => [
        row.title,
        row.seconds.toFixed(1),
        row.bytes === undefined ? '' : formatBytes(row.bytes),
        rateOf(row),
        row.outcome,
      ]),
      ['all', total.toFixed(1), '', '', ''],
    ]);
  }
}

/** The JSON document of a `nacre` run and its exit code. */
export interface Answer {
  readonly exitCode: number;
  readonly document: Readonly<Record<string, unknown>>;
}

// Plans and progress are for somebody who watches.
const QUIET: readonly string[] = process.stderr.isTTY ? [] : ['--quiet'];

/** Runs the built `nacre` with `--json`; on a terminal its plans and progress are seen. */
export const runNacre = async (store: string, ...words: readonly string[]): Promise<Answer> => {
  process.stdout.write(`   $ nacre ${words.join(' ')}\n`);
  const child = spawn(process.execPath, [MAIN, ...words, '--store', store, '--json', ...QUIET], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  const [exitCode] = await once(child, 'close');
  const document: unknown = JSON.parse(text);
  if (typeof document !== 'object' || document === null || typeof exitCode !== 'number')
    throw new TypeError(`nacre ${words.join(' ')} ended with ${exitCode} and said: ${text}`);
  return { exitCode, document: { ...document } };
};

/** As `runNacre`, for what must succeed. */
export const nacreDocument = async (
  store: string,
  ...words: readonly string[]
): Promise<Answer['document']> => {
  const { exitCode, document } = await runNacre(store, ...words);
  if (exitCode !== 0) throw new Error(`nacre ended with ${exitCode}: ${JSON.stringify(document)}`);
  return document;
};

/** A number that the command line's contract promises. */
export const numberOf = (document: Answer['document'], field: string): number => {
  const value = document[field];
  if (typeof value !== 'number') throw new TypeError(`${field} is ${value}, a number is promised`);
  return value;
};
