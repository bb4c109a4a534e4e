/** What a failure looks like to people and to scripts, and the exit code it ends with. */
import { ERROR_TABLE, type ErrorCode, fillMessage, isNacreError, NacreError } from '../errors.ts';
import type { Language } from './language.ts';

/** Exit code after Ctrl-C, as shells give it: 128 + SIGINT. */
export const EXIT_CANCELLED = 130;

export interface FailureText {
  readonly message: string;
  readonly hint: string;
}

/** Messages and hints of all errors in a language; those of another one are not even loaded. */
export type FailureWords = Readonly<Record<ErrorCode, FailureText>>;

export const failureWords = async (language: Language): Promise<FailureWords> =>
  language === 'ja' ? (await import('../messages-ja.ts')).JAPANESE : ERROR_TABLE;

/** Message and hint of an error, made from its code and facts. */
export const failureText = ({ code, facts }: NacreError, words: FailureWords): FailureText => ({
  message: fillMessage(words[code].message, facts),
  hint: fillMessage(words[code].hint, facts),
});

/** The `--json` document of a failure. */
export const failureDocument = (error: NacreError, words: FailureWords): object => ({
  error: { code: error.code, ...failureText(error, words), facts: error.facts },
});

/** Exit code of cli.md for an error; a bug counts as failed. */
export const exitCodeOf = (error: NacreError): number =>
  error.code === 'CANCELLED' ? EXIT_CANCELLED : error.exitCode;

const SYSTEM_CODES = /^E[A-Z0-9]+$/;

/**
 * Any thrown value as an error of the product: failures of the system that no lower layer named (a folder
 * without permission) become CLI_SYSTEM; what is left is a bug and is said to be one, with its stack.
 */
export const toFailure = (thrown: unknown): NacreError => {
  if (isNacreError(thrown)) return thrown;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  if (typeof code === 'string' && SYSTEM_CODES.test(code) && syscall !== undefined) {
    return new NacreError(
      'CLI_SYSTEM',
      { syscall, path: path ?? '', reason: code },
      { cause: error },
    );
  }
  return new NacreError('CLI_BUG', { reason: error.message }, { cause: error });
};
