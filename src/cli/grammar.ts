/** Builds commander's tree from the command specifications, with help in the language of the run. */
import { Command, Option } from 'commander';
import { type CommandSpec, type FamilySpec, isFamily, type OptionSpec } from './command.ts';
import type { Language, Phrase } from './language.ts';

/** Called with what the parser found for one command. */
export type OnCommand = (
  spec: CommandSpec,
  parameters: readonly unknown[],
  options: Readonly<Record<string, unknown>>,
) => Promise<void>;

export interface Grammar {
  readonly families: readonly (CommandSpec | FamilySpec)[];
  readonly globalOptions: readonly OptionSpec[];
  readonly language: Language;
  readonly version: string;
  readonly write: (text: string) => void;
  readonly onCommand: OnCommand;
}

const SUMMARY: Phrase = {
  en: 'Images disks, updates them by differences, and lets each repair itself.',
  ja: 'ディスクのイメージを作成し、差分で更新し、自己修復できるようにします。',
};

const TITLES_JA: Readonly<Record<string, string>> = {
  'Usage:': '使い方:',
  'Arguments:': '引数:',
  'Options:': 'オプション:',
  'Global Options:': '共通オプション:',
  'Commands:': 'コマンド:',
};

const HELP: Phrase = { en: 'show this help', ja: 'このヘルプを表示' };
const VERSION: Phrase = { en: 'show the version', ja: 'バージョンを表示' };
const EXAMPLE: Phrase = { en: 'Example:', ja: '例:' };

const collect = (value: string, earlier: readonly string[] = []): readonly string[] => [
  ...earlier,
  value,
];

const toOption = (spec: OptionSpec, language: Language): Option => {
  const option = new Option(spec.flags, spec.text[language]);
  return spec.isRepeatable ? option.argParser(collect) : option;
};

const setUp = (command: Command, grammar: Grammar): void => {
  const { language, write } = grammar;
  command
    .exitOverride()
    .helpOption('-h, --help', HELP[language])
    .configureOutput({ writeOut: write, writeErr: write, outputError: () => undefined })
    .configureHelp({
      showGlobalOptions: true,
      styleTitle: (title) => (language === 'ja' ? (TITLES_JA[title] ?? title) : title),
    });
};

const addCommand = (parent: Command, spec: CommandSpec, grammar: Grammar): void => {
  const { language } = grammar;
  const usage = spec.parameters === undefined ? spec.name : `${spec.name} ${spec.parameters}`;
  const command = parent.command(usage).summary(spec.summary[language]);
  setUp(command, grammar);
  const details = spec.details === undefined ? '' : `\n\n${spec.details[language]}`;
  command.description(`${spec.summary[language]}${details}`);
  for (const option of spec.options ?? []) command.addOption(toOption(option, language));
  const lines = spec.example.split('\n').map((line) => `  ${line}`);
  command.addHelpText('after', `\n${EXAMPLE[language]}\n${lines.join('\n')}`);
  command.action((...found: readonly unknown[]) =>
    grammar.onCommand(spec, found.slice(0, -2), command.optsWithGlobals()),
  );
};

const addAll = (
  parent: Command,
  specs: readonly (CommandSpec | FamilySpec)[],
  grammar: Grammar,
): void => {
  for (const spec of specs) {
    if (isFamily(spec)) addFamily(parent, spec, grammar);
    else addCommand(parent, spec, grammar);
  }
};

const addFamily = (parent: Command, family: FamilySpec, grammar: Grammar): void => {
  const command = parent.command(family.name).description(family.summary[grammar.language]);
  setUp(command, grammar);
  command.helpCommand(false);
  addAll(command, family.commands, grammar);
};

/** The whole command line. Its `parseAsync` throws CommanderError for wrong usage, help and version. */
export const buildProgram = (grammar: Grammar): Command => {
  const program = new Command('nacre');
  setUp(program, grammar);
  program
    .description(SUMMARY[grammar.language])
    .version(grammar.version, '-V, --version', VERSION[grammar.language])
    .helpCommand(false);
  for (const option of grammar.globalOptions) {
    program.addOption(toOption(option, grammar.language));
  }
  program.addOption(new Option('--no-color').hideHelp());
  addAll(program, grammar.families, grammar);
  return program;
};
