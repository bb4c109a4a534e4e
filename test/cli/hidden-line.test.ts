/** A password that is typed: keys as terminals send them, and a real terminal. */
import { PassThrough } from 'node:stream';
import test from 'ava';
import { HiddenLine, readHiddenLine } from '../../src/cli/hidden-line.ts';

const typed = (...pieces: readonly string[]) => {
  const line = new HiddenLine();
  return pieces.map((piece) => line.take(Buffer.from(piece))).at(-1);
};

test('a line ends with Enter, from a keyboard and from a serial line', (t) => {
  t.deepEqual(typed('op', 'en\r'), { line: 'open' });
  t.deepEqual(typed('open\n'), { line: 'open' });
  t.is(typed('open'), 'more');
});

test('letters are taken back one by one, and all at once', (t) => {
  t.deepEqual(typed('opx\u007fen\r'), { line: 'open' });
  t.deepEqual(typed('x\b\b\bopen\r'), { line: 'open' });
  t.deepEqual(typed('wrong\u0015open\r'), { line: 'open' });
});

test('Esc, Ctrl-C, and Ctrl-D on an empty line leave; arrows are no letters', (t) => {
  t.is(typed('op', '\u001b'), 'left');
  t.is(typed('op\u0003'), 'left');
  t.is(typed('\u0004'), 'left');
  t.deepEqual(typed('op\u0004', '\u001b[A', 'en\r'), { line: 'open' });
});

test('a line without an end takes no memory without an end', (t) => {
  const line = new HiddenLine();
  for (let count = 0; count < 100; count++) line.take(Buffer.alloc(1024, 'x'));
  const end = line.take(Buffer.from('\r'));
  t.is(typeof end === 'object' ? end.line.length : 0, 4096);
});

const input = () => Object.assign(new PassThrough(), { isTTY: false, setRawMode: () => undefined });
type Input = Parameters<typeof readHiddenLine>[0][number];
const asInput = (stream: unknown): Input => stream as Input;

test('the line counts that comes first, at whichever terminal', async (t) => {
  const [screen, serial] = [input(), input()];
  const { signal } = new AbortController();
  const answer = readHiddenLine([asInput(screen), asInput(serial)], { signal });
  screen.write('half');
  serial.write('whole\r');
  t.deepEqual(await answer, { line: 'whole', input: asInput(serial) });
  t.is(screen.listenerCount('data'), 0);
  t.true(serial.isPaused());
});

test('terminals that are gone leave one that is not, and none ends the question', async (t) => {
  const [screen, serial] = [input(), input()];
  const { signal } = new AbortController();
  const answer = readHiddenLine([asInput(screen), asInput(serial)], { signal });
  screen.emit('error', new Error('EIO'));
  serial.end('line\n');
  t.like(await answer, { line: 'line' });
  const gone = input();
  gone.end();
  t.is(await readHiddenLine([asInput(gone)], { signal }), undefined);
});

test('the question is asked when nothing is shown any more', async (t) => {
  const steps: string[] = [];
  const terminal = (name: string) => ({
    ...{ stream: new PassThrough(), name },
  });
  const inputs = [terminal('screen'), terminal('serial')].map(({ stream, name }) =>
    Object.assign(stream, {
      isTTY: true,
      setRawMode: (isRaw: boolean) => steps.push(`${name} ${isRaw ? 'hides' : 'shows'}`),
    }),
  );
  const { signal } = new AbortController();
  const ask = (): void => {
    steps.push('asked');
    inputs[1]?.write('open\r');
  };
  await readHiddenLine(inputs.map(asInput), { signal, ask });
  t.deepEqual(steps, ['screen hides', 'serial hides', 'asked', 'screen shows', 'serial shows']);
});

test('a time that is over ends the question', async (t) => {
  const stop = new AbortController();
  const answer = readHiddenLine([asInput(input())], { signal: stop.signal });
  stop.abort();
  t.is(await answer, undefined);
});
