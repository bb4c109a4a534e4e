import { PassThrough } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import test from 'ava';
import { MerlinTerminals, SHUT_WORDS } from '../../src/cli/merlin-menu.ts';
import type { Session } from '../../src/cli/session.ts';

/** Has memory tidied up now. */
const collectGarbage = (): void => {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
};

const sessionAt = (stdin: PassThrough, said: string[]): Session =>
  ({
    edge: { stdin },
    signal: new AbortController().signal,
    text: ({ en }: { readonly en: string }) => en,
    warn: (text: string) => said.push(text),
  }) as unknown as Session;

test('a question that nobody answers ends by itself, whatever the memory is tidied up for', async (t) => {
  const said: string[] = [];
  using terminals = new MerlinTerminals(sessionAt(new PassThrough(), said), '');
  const answer = terminals.readLine(300, 'Anybody there?');
  await nextTurn();
  collectGarbage();
  t.is(await answer, undefined);
  t.deepEqual(said, ['Anybody there?']);
});

test('a wrong password is said before it is asked for again', async (t) => {
  const said: string[] = [];
  const stdin = new PassThrough();
  using terminals = new MerlinTerminals(sessionAt(stdin, said), '');
  stdin.write('first\rlost');
  t.is(await terminals.askPassword(false), 'first');
  stdin.write('second\r');
  t.is(await terminals.askPassword(true), 'second');
  t.regex(said[0] ?? '', /^Password of the administrator/);
  t.regex(said[1] ?? '', /^That is not the password\.\nPassword/);
  t.is(terminals.used, '/dev/tty1');
});

test('every reason why the menu is shut is said in both languages', (t) => {
  for (const { en, ja } of Object.values(SHUT_WORDS)) {
    t.regex(en, /^[ -~]+$/);
    t.regex(ja, /[ぁ-ん]/);
  }
});
