/** One run of a command: its language, its outputs, its store, its cancelling. */
import { NacreError } from '../errors.ts';
import type { S3Settings } from '../image/s3/s3-address.ts';
import type { Edge } from './edge.ts';
import { EXIT_CANCELLED, type FailureWords } from './failure.ts';
import { printable } from './format.ts';
import type { Language, Phrase } from './language.ts';
import {
  type Progress,
  type ProgressMode,
  type ProgressReport,
  startProgress,
} from './progress.ts';
import { s3SettingsOf } from './s3-settings.ts';
import type { Settings } from './settings.ts';

export interface SessionOptions {
  readonly edge: Edge;
  readonly language: Language;
  readonly failureWords: FailureWords;
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  readonly hasColour: boolean;
  readonly progressMode: ProgressMode;
  /** Folder or address of the store. */
  readonly store: string;
  /** Keys of which a web server must have one. */
  readonly storePins: readonly string[];
  readonly settings: Settings;
}

/** How a bar, lines, or neither comes about. */
export const chooseProgressMode = (
  { stderr, environment }: Edge,
  wanted: string | undefined,
  isQuiet: boolean,
): ProgressMode => {
  if (wanted === 'json') return 'json';
  if (isQuiet) return 'off';
  return stderr.isTTY && environment['TERM'] !== 'dumb' ? 'bar' : 'lines';
};

const STOPPING: Phrase = {
  en: 'stopping cleanly; Ctrl-C again stops at once',
  ja: '安全に停止しています。もう一度 Ctrl-C を押すと直ちに終了します',
};

/** Phases as the domain names them, in Japanese. */
const PHASES_JA: Readonly<Record<string, string>> = {
  capture: '取り込み',
  restore: '復元',
  compare: '比較',
  check: '検査',
  convert: '変換',
  fill: '書き込み',
  copy: 'コピー',
  read: '読み取り',
};

/** A run of a command. `close` gives the signals back to the process. */
export class Session {
  readonly language: Language;
  /** Of this language. */
  readonly failureWords: FailureWords;
  readonly isJson: boolean;
  readonly store: string;
  readonly storePins: readonly string[];
  readonly edge: Edge;
  readonly #options: SessionOptions;
  readonly #abort = new AbortController();
  readonly #progress: Progress;
  readonly #release: () => void;
  #stateWhenStopped: Phrase | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.language = options.language;
    this.failureWords = options.failureWords;
    this.isJson = options.isJson;
    this.store = options.store;
    this.storePins = options.storePins;
    this.edge = options.edge;
    const { edge } = options;
    this.#progress = startProgress({
      mode: options.progressMode,
      write: (text) => edge.stderr.write(text),
      columns: () => edge.stderr.columns || 80,
      now: edge.now,
    });
    this.#release = edge.onInterrupt(() => this.interrupt());
  }

  /** Aborts at the first Ctrl-C. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** For `onProgress` of the domain. */
  readonly onProgress = (report: ProgressReport): void => {
    const isForPeople = this.#options.progressMode !== 'json';
    const phase = isForPeople ? this.phase(report.phase) : report.phase;
    this.#progress.update({ ...report, phase });
  };

  /** The name of a phase for people. */
  phase(name: string): string {
    return this.language === 'ja' ? (PHASES_JA[name] ?? name) : name;
  }

  /** Progress is for programs. */
  get isProgressJson(): boolean {
    return this.#options.progressMode === 'json';
  }

  get isQuiet(): boolean {
    return this.#options.isQuiet;
  }

  /** A setting of the environment or the machine, by its name in the file. */
  setting(name: string): string | undefined {
    return this.#options.settings(name);
  }

  /** Server and keys of a store in a bucket, by the settings. */
  get s3(): S3Settings {
    return s3SettingsOf(this.edge, this.#options.settings);
  }

  /** A text in the language of this run. */
  text(phrase: Phrase): string {
    return phrase[this.language];
  }

  /** A message for people on stderr; nothing with `--quiet`. */
  note(text: string): void {
    if (!this.#options.isQuiet) this.warn(text);
  }

  /** A message that `--quiet` does not silence: a question, a failure. */
  warn(text: string): void {
    this.#progress.end();
    this.edge.stderr.write(`${printable(text)}\n`);
  }

  /** Something said with emphasis where the terminal has colours. */
  emphasised(text: string): string {
    const isPlain = !this.#options.hasColour || !this.edge.stderr.isTTY;
    return isPlain ? text : `\u001b[1m${text}\u001b[0m`;
  }

  /** Says in which state things are, and how to go on, should the run be cancelled from now on. */
  whenStopped(state: Phrase): void {
    this.#stateWhenStopped = state;
  }

  /** What `whenStopped` said last. */
  get stateWhenStopped(): string | undefined {
    return this.#stateWhenStopped?.[this.language];
  }

  /** @throws NacreError CANCELLED after Ctrl-C */
  throwIfCancelled(phase: string): void {
    if (this.signal.aborted) throw new NacreError('CANCELLED', { phase });
  }

  close(): void {
    this.#progress.end();
    this.#release();
  }

  /** What Ctrl-C does: once it stops cleanly, twice at once. */
  interrupt(): void {
    if (this.signal.aborted) this.edge.exit(EXIT_CANCELLED);
    this.#abort.abort();
    this.warn(this.text(STOPPING));
  }
}
