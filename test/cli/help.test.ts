/** Every command's help, in both languages, and that its example is a command line that parses. */
import test from 'ava';
import { type CommandSpec, type FamilySpec, isFamily } from '../../src/cli/command.ts';
import { FAMILIES, loadFamilies } from '../../src/cli/commands/families.ts';
import { buildProgram } from '../../src/cli/grammar.ts';
import type { Language } from '../../src/cli/language.ts';
import { GLOBAL_OPTIONS } from '../../src/cli/program.ts';
import { nacre } from '../helpers/nacre.ts';

interface Found {
  readonly words: readonly string[];
  readonly spec: CommandSpec;
}

const commandsOf = (spec: CommandSpec | FamilySpec, above: readonly string[]): readonly Found[] => {
  const words = [...above, spec.name];
  return isFamily(spec)
    ? spec.commands.flatMap((below) => commandsOf(below, words))
    : [{ words, spec }];
};

const families = await loadFamilies();
const commands = families.flatMap((family) => commandsOf(family, []));

/** Words of a line as a shell splits them, for the plain quoting of our examples. */
const split = (line: string): readonly string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '');

/** Parses without running anything; gives what help printed and which command was found. */
const parse = async (argv: readonly string[], language: Language) => {
  let printed = '';
  const found: CommandSpec[] = [];
  const program = buildProgram({
    families,
    globalOptions: GLOBAL_OPTIONS,
    language,
    version: '0',
    write: (text) => {
      printed += text;
    },
    onCommand: async (spec) => {
      found.push(spec);
    },
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof Error && 'exitCode' in error && error.exitCode === 0)) throw error;
  }
  return { printed, found };
};

for (const { words, spec } of commands) {
  const name = words.join(' ');

  test(`the example of nacre ${name} parses and is about it`, async (t) => {
    const lines = spec.example.split(/\n| && /);
    t.true(lines.some((line) => line.startsWith(`nacre ${name}`)));
    for (const line of lines) {
      const [program, ...argv] = split(line);
      t.is(program, 'nacre');
      const { found } = await parse(argv, 'en');
      t.is(found.length, 1, line);
    }
  });

  test(`the help of nacre ${name} is in both languages and shows the example`, async (t) => {
    for (const language of ['en', 'ja'] as const) {
      const { printed } = await parse([...words, '--help'], language);
      t.true(printed.includes(spec.summary[language]));
      t.true(printed.includes(spec.example.split('\n')[0] ?? ''));
      t.true(printed.includes('--json'));
      for (const { text } of spec.options ?? []) t.truthy(text[language]);
    }
    t.regex(spec.summary.ja, /[\u3040-\u30ff\u4e00-\u9fff]/);
  });
}

test('each family is found by its own word', (t) => {
  t.deepEqual(
    families.map(({ name }) => name),
    Object.keys(FAMILIES),
  );
});

test('the whole program answers --help by its real process', async (t) => {
  const run = await nacre(['image', 'restore', '--help', '--lang', 'ja']);
  t.is(run.exitCode, 0);
  t.regex(run.stdout, /^使い方: nacre image restore/);
});
