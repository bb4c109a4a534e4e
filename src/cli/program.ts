/** Runs one command line: parses, runs the command, prints exactly one result or one failure. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Command, CommanderError } from 'commander';
import { NacreError } from '../errors.ts';
import { Call, type CommandSpec, type OptionSpec, type Outcome } from './command.ts';
import { FAMILIES } from './commands/families.ts';
import type { Edge } from './edge.ts';
import { exitCodeOf, failureDocument, failureText, toFailure } from './failure.ts';
import { printable } from './format.ts';
import { buildProgram } from './grammar.ts';
import { isLanguage, type Language, languageOfLocale, type Phrase } from './language.ts';
import { PROGRAM_FOLDER } from './program-folder.ts';
import { chooseProgressMode, Session } from './session.ts';
import { defaultStore, loadSettings, type Settings } from './settings.ts';
import { toUsageError } from './usage-error.ts';

/** Rules of cli.md, "For every command". */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  {
    flags: '--store <STORE>',
    text: {
      en: 'folder of the images, or http(s):// to read them (default: NACRE_STORE, then the machine or the user)',
      ja: 'イメージの保存先フォルダー、読み取りは http(s):// も可(既定: NACRE_STORE、次に共用または個人の場所)',
    },
  },
  {
    flags: '--store-pin <sha256:HEX>',
    text: {
      en: 'key that the server of an https:// store must have, instead of a CA (may be repeated; NACRE_STORE_PIN)',
      ja: 'https:// の保存先のサーバーが持つべき鍵。認証局の代わり(繰り返し可。NACRE_STORE_PIN)',
    },
    isRepeatable: true,
  },
  {
    flags: '--json',
    text: {
      en: 'print one JSON document, also on failure',
      ja: '結果を(失敗時も)1つの JSON で出力',
    },
  },
  {
    flags: '--progress <KIND>',
    text: {
      en: 'json: progress as one JSON object a line on stderr',
      ja: 'json: 進捗を1行1つの JSON で標準エラーに出力',
    },
  },
  {
    flags: '--lang <LANGUAGE>',
    text: { en: 'en or ja (default from LANG)', ja: 'en または ja(既定は LANG による)' },
  },
  {
    flags: '--quiet',
    text: { en: 'no progress and no messages', ja: '進捗とメッセージを表示しない' },
  },
  {
    flags: '--no-colour',
    text: { en: 'no colours and no bold text', ja: '色と太字を使わない' },
  },
];

/** What has to be known before the parser runs, because its own failures are worded and shaped by it. */
interface Early {
  readonly isJson: boolean;
  readonly language: string | undefined;
}

const readEarly = (argv: readonly string[]): Early => {
  const end = argv.indexOf('--');
  const options = end < 0 ? argv : argv.slice(0, end);
  const at = options.lastIndexOf('--lang');
  const joined = options.findLast((option) => option.startsWith('--lang='));
  const language = at >= 0 ? options[at + 1] : joined?.slice('--lang='.length);
  return { isJson: options.includes('--json'), language };
};

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

const readVersion = (): string => {
  const text = readFileSync(path.join(PROGRAM_FOLDER, 'package.json'), 'utf8');
  const document: unknown = JSON.parse(text);
  const isObject = typeof document === 'object' && document !== null && 'version' in document;
  return isObject ? String(document.version) : 'unknown';
};

/** The option, or else the setting: one or several pins. */
const pinsOf = (option: unknown, settings: Settings): readonly string[] => {
  if (Array.isArray(option)) return option.filter((pin) => typeof pin === 'string');
  return (settings('store-pin') ?? '').split(/[\s,]+/).filter((pin) => pin !== '');
};

const openSession = (
  edge: Edge,
  language: Language,
  settings: Settings,
  options: Readonly<Record<string, unknown>>,
): Session => {
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

/** The command that the words of a command line name, as far as they do: what to ask `--help` of. */
const commandPath = (program: Command, argv: readonly string[]): string => {
  let command = program;
  let name = program.name();
  for (const word of argv) {
    const next = command.commands.find((candidate) => candidate.name() === word);
    if (next === undefined) continue;
    command = next;
    name += ` ${word}`;
  }
  return name;
};

/** Runs a command in a session of its own; what it says when cancelled goes to stderr. */
const runCommand = async (
  session: Session,
  spec: CommandSpec,
  parameters: readonly unknown[],
  options: Readonly<Record<string, unknown>>,
): Promise<Outcome> => {
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

const parseAndRun = async (
  edge: Edge,
  { isJson }: Early,
  language: Language,
  settings: Settings,
): Promise<Outcome> => {
  let outcome: Outcome | undefined;
  let printed = '';
  const program = buildProgram({
    families: FAMILIES,
    globalOptions: GLOBAL_OPTIONS,
    language,
    version: readVersion(),
    write: (text) => {
      printed += text;
    },
    onCommand: async (spec, parameters, options) => {
      const session = openSession(edge, language, settings, options);
      outcome = await runCommand(session, spec, parameters, options);
    },
  });
  try {
    await program.parseAsync(edge.argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.version')
      return { json: { version: printed.trim() }, text: printed };
    if (error.exitCode === 0) return { json: { help: printed }, text: printed };
    const command = commandPath(program, edge.argv);
    if (error.code !== 'commander.help') throw toUsageError(error, command);
    edge.stderr.write(isJson ? '' : printed);
    throw new NacreError('CLI_COMMAND_MISSING', { command });
  }
  if (outcome === undefined) throw new TypeError('the parser called no command');
  return outcome;
};

const SEE: Phrase = { en: 'hint', ja: '対処' };

const reportFailure = (
  edge: Edge,
  thrown: unknown,
  isJson: boolean,
  language: Language,
): number => {
  const failure = toFailure(thrown);
  if (isJson) {
    edge.stdout.write(`${JSON.stringify(failureDocument(failure, language), undefined, 2)}\n`);
  } else {
    const { message, hint } = failureText(failure, language);
    edge.stderr.write(`nacre: ${printable(message)}\n${SEE[language]}: ${printable(hint)}\n`);
  }
  if (failure.code === 'CLI_BUG' && failure.cause instanceof Error) {
    edge.stderr.write(`${failure.cause.stack ?? ''}\n`);
  }
  return exitCodeOf(failure);
};

/** Runs the command line of `edge`; resolves to the exit code of cli.md and never rejects. */
export const run = async (edge: Edge): Promise<number> => {
  const early = readEarly(edge.argv);
  let language: Language = isLanguage(early.language) ? early.language : 'en';
  try {
    const settings = loadSettings(edge);
    language = chooseLanguage(early, settings, edge);
    const outcome = await parseAndRun(edge, early, language, settings);
    const document = `${JSON.stringify(outcome.json, undefined, 2)}\n`;
    edge.stdout.write(early.isJson ? document : outcome.text);
    return outcome.exitCode ?? 0;
  } catch (thrown) {
    return reportFailure(edge, thrown, early.isJson, language);
  }
};
