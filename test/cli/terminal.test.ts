/** A second terminal, such as Merlin's serial line: a real one, at which somebody types. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import test from 'ava';
import { type HiddenInput, readHiddenLine } from '../../src/cli/hidden-line.ts';
import { openTerminal } from '../../src/cli/terminal.ts';
import { NOT_COUNTED } from '../helpers/nacre.ts';
import { requires } from '../helpers/requires.ts';

const MAIN = path.resolve(import.meta.dirname, '../../dist/cli/main.cjs');

/** Runs a command at a terminal of its own. */
const atTerminal = (command: string, environment: Readonly<Record<string, string>> = {}) => {
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    env: { ...NOT_COUNTED, PATH: process.env['PATH'], TERM: 'dumb', ...environment },
  });
  let screen = '';
  const waits: { readonly text: RegExp; readonly resolve: (found: string) => void }[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
    for (const { text: wanted, resolve } of waits) {
      const found = wanted.exec(screen)?.[0];
      if (found !== undefined) resolve(found);
    }
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return {
    shown: () => screen,
    until: (text: RegExp): Promise<string> =>
      new Promise((resolve) => {
        const found = text.exec(screen)?.[0];
        if (found === undefined) waits.push({ text, resolve });
        else resolve(found);
      }),
    type: (keys: string) => child.stdin.write(keys),
    ended,
    kill: () => child.kill('SIGKILL'),
  };
};

test('what is typed at a second terminal is taken and not shown there', async (t) => {
  if (!requires(t, 'script')) return;
  const line = atTerminal('tty; exec sleep 600');
  t.teardown(line.kill);
  const terminal = openTerminal(await line.until(/\/dev\/pts\/\d+/));
  if (terminal === undefined) return t.fail('it cannot be opened');
  const screen = Object.assign(new PassThrough(), { isTTY: false, setRawMode: () => undefined });
  const { signal } = new AbortController();
  const inputs: HiddenInput[] = [screen as unknown as HiddenInput, terminal.input];
  const answer = readHiddenLine(inputs, { signal });
  line.type('open sesam\u007fme\r');
  t.deepEqual(await answer, { line: 'open sesame', input: terminal.input });
  t.notRegex(line.shown(), /sesam/);
  // The next question is asked at the same terminal.
  const next = readHiddenLine(inputs, { signal });
  line.type('again\r');
  t.like(await next, { line: 'again' });
  terminal.close();
});

test('what is no terminal, or is not there, is none', (t) => {
  for (const name of ['/dev/null', '/nonexistent/ttyS0', '/tmp'])
    t.is(openTerminal(name), undefined);
});

test('Merlin waits for Enter at its screen before it goes on', async (t) => {
  if (!requires(t, 'script')) return;
  const environment = { NACRE_MENU: 'locked', NACRE_WHY: 'menu', LANG: 'C.UTF-8' };
  const merlin = atTerminal(`${process.execPath} ${MAIN} merlin`, environment);
  t.teardown(merlin.kill);
  await merlin.until(/after a minute it does so by itself/);
  merlin.type('x\u001b[A\r');
  t.is(await merlin.ended, 0);
  t.regex(merlin.shown(), /menu is shut/);
});
