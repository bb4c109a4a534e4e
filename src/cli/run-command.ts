/** Runs one command: opens its session, prints exactly one result or one failure. */
import { NacreError } from '../errors.ts';
import { Call, type CommandSpec, type Outcome } from './command.ts';
import type { Edge } from './edge.ts';
import { exitCodeOf, failureDocument, failureText, failureWords, toFailure } from './failure.ts';
import { printable } from './format.ts';
import { isLanguage, type Language, languageOfLocale, type Phrase } from './language.ts';
import { chooseProgressMode, Session } from './session.ts';
import { defaultStore, loadSettings, type Settings } from './settings.ts';

/** What has to be known before the parser runs, because its own failures are worded and shaped by it. */
export interface Early {
  readonly isJson: boolean;
  readonly language: string | undefined;
}

const chooseLanguage = (
  { language }: Early,
  settings: Settings,
  { environment }: Edge,
): Language => {
  const wanted = language ?? settings('lang');
  if (wanted === undefined) {
    const { LC_ALL, LC_MESSAGES, LANG } = environment;
    return languageOfLocale(LC_ALL || LC_MESSAGES || LANG);
  }
  if (isLanguage(wanted)) return wanted;
  const facts = { what: '--lang', value: wanted, expected: 'en | ja' };
  throw new NacreError('CLI_BAD_VALUE', facts);
};

/** The option, or else the setting: one or several pins. */
const pinsOf = (option: unknown, settings: Settings): readonly string[] => {
  if (Array.isArray(option)) return option.filter((pin) => typeof pin === 'string');
  return (settings('store-pin') ?? '').split(/[\s,]+/).filter((pin) => pin !== '');
};

const openSession = async (
  edge: Edge,
  language: Language,
  settings: Settings,
  options: Readonly<Record<string, unknown>>,
): Promise<Session> => {
  const text = (name: string) => (typeof options[name] === 'string' ? options[name] : undefined);
  const isQuiet = options['quiet'] === true;
  const progress = text('progress');
  if (progress !== undefined && progress !== 'json') {
    const facts = { what: '--progress', value: progress, expected: 'json' };
    throw new NacreError('CLI_BAD_VALUE', facts);
  }
  return new Session({
    edge,
    language,
    failureWords: await failureWords(language),
    isJson: options['json'] === true,
    isQuiet,
    hasColour:
      options['colour'] !== false && options['color'] !== false && !edge.environment['NO_COLOR'],
    progressMode: chooseProgressMode(edge, progress, isQuiet),
    store: text('store') ?? settings('store') ?? defaultStore(edge),
    storePins: pinsOf(options['storePin'], settings),
    settings,
  });
};

/** A command with what the parser found for it. */
export interface CommandCall {
  readonly spec: CommandSpec;
  readonly parameters: readonly unknown[];
  readonly options: Readonly<Record<string, unknown>>;
}

/** Runs a command in a session of its own; what it says when cancelled goes to stderr. */
export const runCommand = async (
  edge: Edge,
  settings: Settings,
  language: Language,
  { spec, parameters, options }: CommandCall,
): Promise<Outcome> => {
  const session = await openSession(edge, language, settings, options);
  try {
    return await spec.run(new Call(session, parameters, options));
  } catch (error) {
    if (session.signal.aborted && session.stateWhenStopped !== undefined) {
      session.warn(session.stateWhenStopped);
    }
    throw error;
  } finally {
    session.close();
  }
};

const SEE: Phrase = { en: 'hint', ja: '対処' };

const reportFailure = async (
  edge: Edge,
  thrown: unknown,
  isJson: boolean,
  language: Language,
): Promise<number> => {
  const failure = toFailure(thrown);
  const words = await failureWords(language);
  if (isJson) {
    edge.stdout.write(`${JSON.stringify(failureDocument(failure, words), undefined, 2)}\n`);
  } else {
    const { message, hint } = failureText(failure, words);
    edge.stderr.write(`nacre: ${printable(message)}\n${SEE[language]}: ${printable(hint)}\n`);
  }
  if (failure.code === 'CLI_BUG' && failure.cause instanceof Error) {
    edge.stderr.write(`${failure.cause.stack ?? ''}\n`);
  }
  return exitCodeOf(failure);
};

/** Prints the outcome of `work`; resolves to the exit code of cli.md and never rejects. */
export const report = async (
  edge: Edge,
  early: Early,
  work: (settings: Settings, language: Language) => Promise<Outcome>,
): Promise<number> => {
  let language: Language = isLanguage(early.language) ? early.language : 'en';
  try {
    const settings = loadSettings(edge);
    language = chooseLanguage(early, settings, edge);
    const outcome = await work(settings, language);
    const document = `${JSON.stringify(outcome.json, undefined, 2)}\n`;
    edge.stdout.write(early.isJson ? document : outcome.text);
    return outcome.exitCode ?? 0;
  } catch (thrown) {
    return await reportFailure(edge, thrown, early.isJson, language);
  }
};

/** Runs a command that is given no words: what a start of Merlin is, without the parser and all other commands. */
export const runAlone = (edge: Edge, spec: CommandSpec): Promise<number> =>
  report(edge, { isJson: false, language: undefined }, (settings, language) =>
    runCommand(edge, settings, language, { spec, parameters: [], options: {} }),
  );
