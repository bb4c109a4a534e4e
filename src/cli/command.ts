/** One command: its words for the parser, and what it does; and the values that the parser found. */
import { NacreError } from '../errors.ts';
import type { Phrase } from './language.ts';
import type { Session } from './session.ts';

/** What a command gives back; exactly one of the two forms is printed. */
export interface Outcome {
  /** The document of `--json`. */
  readonly json: object;
  /** The text for people; empty prints nothing. */
  readonly text: string;
  /** 1 when the answer is "different" or "damaged"; 10 and 11 are Merlin's own. */
  readonly exitCode?: 0 | 1 | 10 | 11;
}

export interface OptionSpec {
  /** As commander writes it: `--level <N>`. */
  readonly flags: string;
  readonly text: Phrase;
  /** May be given more than once. */
  readonly isRepeatable?: boolean;
}

export interface CommandSpec {
  readonly name: string;
  /** As commander writes it: `<IMAGE> [DISK]`. */
  readonly parameters?: string;
  readonly summary: Phrase;
  /** What a manual page would say beyond the summary. */
  readonly details?: Phrase;
  readonly options?: readonly OptionSpec[];
  /** Lines that can be pasted, without the prompt. */
  readonly example: string;
  readonly run: (call: Call) => Promise<Outcome>;
}

/** Commands under one word, such as `image`. */
export interface FamilySpec {
  readonly name: string;
  readonly summary: Phrase;
  readonly commands: readonly (CommandSpec | FamilySpec)[];
}

/** Arguments and options of one run, each checked when it is asked for. */
export class Call {
  readonly session: Session;
  readonly #parameters: readonly unknown[];
  readonly #options: Readonly<Record<string, unknown>>;

  constructor(
    session: Session,
    parameters: readonly unknown[],
    options: Readonly<Record<string, unknown>>,
  ) {
    this.session = session;
    this.#parameters = parameters;
    this.#options = options;
  }

  /** A parameter by its place, counted from 0; the parser made sure that a needed one is there. */
  parameter(index: number): string {
    const value = this.#parameters[index];
    if (typeof value !== 'string') throw new TypeError(`parameter ${index} is missing`);
    return value;
  }

  optionalParameter(index: number): string | undefined {
    const value = this.#parameters[index];
    return typeof value === 'string' ? value : undefined;
  }

  /** True for a given switch, and for a `--no-…` that was not given. */
  isSet(name: string): boolean {
    return this.#options[name] === true;
  }

  text(name: string): string | undefined {
    const value = this.#options[name];
    return typeof value === 'string' ? value : undefined;
  }

  list(name: string): readonly string[] {
    const value = this.#options[name];
    return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
  }

  /** @throws NacreError CLI_BAD_VALUE unless it is a whole number within the limits */
  number(name: string, minimum: number, maximum: number): number | undefined {
    const value = this.text(name);
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    return value === undefined ? undefined : wholeNumber(`--${flag}`, value, minimum, maximum);
  }
}

/** @throws NacreError CLI_BAD_VALUE unless `value` is a whole number within the limits */
export const wholeNumber = (
  what: string,
  value: string,
  minimum: number,
  maximum: number,
): number => {
  const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= minimum && number <= maximum) return number;
  const expected = `${minimum} … ${maximum}`;
  throw new NacreError('CLI_BAD_VALUE', { what, value, expected });
};

/** True for a family. */
export const isFamily = (spec: CommandSpec | FamilySpec): spec is FamilySpec => 'commands' in spec;
