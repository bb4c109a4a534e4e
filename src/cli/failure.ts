/** What a failure looks like to people and to scripts, and the exit code it ends with. */
import { ERROR_TABLE, fillMessage, isNacreError, NacreError } from '../errors.ts';
import type { Language } from './language.ts';
import { JAPANESE } from './messages-ja.ts';

/** Exit code after Ctrl-C, as shells give it: 128 + SIGINT. */
export const EXIT_CANCELLED = 130;

export interface FailureText {
  readonly message: string;
  readonly hint: string;
}

/** Message and hint of an error in a language, made from its code and facts. */
export const failureText = (error: NacreError, language: Language): FailureText => {
  const row = language === 'ja' ? JAPANESE[error.code] : ERROR_TABLE[error.code];
  return {
    message: fillMessage(row.message, error.facts),
    hint: fillMessage(row.hint, error.facts),
  };
};

/** The `--json` document of a failure. */
export const failureDocument = (error: NacreError, language: Language): object => ({
  error: { code: error.code, ...failureText(error, language), facts: error.facts },
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
