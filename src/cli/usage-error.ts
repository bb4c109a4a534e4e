/** Turns what commander says about wrong usage into errors of the product, which have a hint and a translation. */
import type { CommanderError } from 'commander';
import { NacreError } from '../errors.ts';

type UsageCode =
  | 'CLI_UNKNOWN_OPTION'
  | 'CLI_UNKNOWN_COMMAND'
  | 'CLI_MISSING_ARGUMENT'
  | 'CLI_OPTION_NEEDS_VALUE'
  | 'CLI_OPTION_NEEDED'
  | 'CLI_EXTRA_ARGUMENT';

/** Codes of commander 14 (lib/command.js) that a person can cause. */
const CODES: ReadonlyMap<string, UsageCode> = new Map([
  ['commander.unknownOption', 'CLI_UNKNOWN_OPTION'],
  ['commander.unknownCommand', 'CLI_UNKNOWN_COMMAND'],
  ['commander.missingArgument', 'CLI_MISSING_ARGUMENT'],
  ['commander.optionMissingArgument', 'CLI_OPTION_NEEDS_VALUE'],
  ['commander.missingMandatoryOptionValue', 'CLI_OPTION_NEEDED'],
  ['commander.excessArguments', 'CLI_EXTRA_ARGUMENT'],
]);

/** The word in quotes that commander's sentence is about. */
const subjectOf = (message: string): string => /'([^']*)'/.exec(message)?.[1] ?? message;

/** What commander found similar; `--help` where nothing is. */
const nearestOf = (message: string): string =>
  /\(Did you mean (?:one of )?([^?]*)\?\)/.exec(message)?.[1] ?? '--help';

/** The error of the product for a refusal of the parser; `command` is the name to ask `--help` of. */
export const toUsageError = (error: CommanderError, command: string): NacreError => {
  const code = CODES.get(error.code);
  const what = subjectOf(error.message);
  if (code === undefined) {
    const reason = error.message.replace(/^error: /, '');
    return new NacreError('CLI_USAGE', { reason, command }, { cause: error });
  }
  const facts = { what, nearest: nearestOf(error.message), command };
  return new NacreError(code, facts, { cause: error });
};
