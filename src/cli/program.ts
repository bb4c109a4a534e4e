/** Runs one command line: parses, runs the command, prints exactly one result or one failure. */
import { type Command, CommanderError } from 'commander';
import { NacreError } from '../errors.ts';
import type { OptionSpec, Outcome } from './command.ts';
import { loadFamily } from './commands/families.ts';
import type { Edge } from './edge.ts';
import { buildProgram } from './grammar.ts';
import type { Language } from './language.ts';
import { programVersion } from './program-folder.ts';
import { type Early, report, runCommand } from './run-command.ts';
import type { Settings } from './settings.ts';
import { toUsageError } from './usage-error.ts';

/** Rules of cli.md, "For every command". */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  {
    flags: '--store <STORE>',
    text: {
      en: 'folder of the images, or http(s):// or s3:// to read them (default: NACRE_STORE, then the machine or the user)',
      ja: 'イメージの保存先フォルダー、読み取りは http(s):// と s3:// も可(既定: NACRE_STORE、次に共用または個人の場所)',
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

const readEarly = (argv: readonly string[]): Early => {
  const end = argv.indexOf('--');
  const options = end < 0 ? argv : argv.slice(0, end);
  const at = options.lastIndexOf('--lang');
  const joined = options.findLast((option) => option.startsWith('--lang='));
  const language = at >= 0 ? options[at + 1] : joined?.slice('--lang='.length);
  return { isJson: options.includes('--json'), language };
};

const TAKES_VALUE = new Set(
  GLOBAL_OPTIONS.filter(({ flags }) => flags.includes('<')).map(({ flags }) => flags.split(' ')[0]),
);

/** The first word of a command line that is no option and no value of one: the family, if it is right. */
const firstWord = (argv: readonly string[]): string | undefined =>
  argv.find((word, at) => !word.startsWith('-') && !TAKES_VALUE.has(argv[at - 1]));

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

const parseAndRun = async (
  edge: Edge,
  { isJson }: Early,
  language: Language,
  settings: Settings,
): Promise<Outcome> => {
  let outcome: Outcome | undefined;
  let printed = '';
  const program = buildProgram({
    families: await loadFamily(firstWord(edge.argv)),
    globalOptions: GLOBAL_OPTIONS,
    language,
    version: programVersion(),
    write: (text) => {
      printed += text;
    },
    onCommand: async (spec, parameters, options) => {
      const call = { spec, parameters, options };
      outcome = await runCommand(edge, settings, language, call);
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

/** Runs the command line of `edge`; resolves to the exit code of cli.md and never rejects. */
export const run = (edge: Edge): Promise<number> => {
  const early = readEarly(edge.argv);
  return report(edge, early, (settings, language) => parseAndRun(edge, early, language, settings));
};
