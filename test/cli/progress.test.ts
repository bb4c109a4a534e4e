import test from 'ava';
import { type ProgressMode, startProgress } from '../../src/cli/progress.ts';

const MIB = 1024 * 1024;

/** Plays reports at given seconds and gives back what was written. */
const play = (mode: ProgressMode, reports: readonly (readonly [number, number])[]): string[] => {
  const written: string[] = [];
  let seconds = 0;
  const progress = startProgress({
    mode,
    write: (text) => written.push(text),
    columns: () => 80,
    now: () => seconds * 1000,
  });
  for (const [at, doneMib] of reports) {
    seconds = at;
    progress.update({ phase: 'restore', doneBytes: doneMib * MIB, totalBytes: 100 * MIB });
  }
  progress.end();
  return written;
};

test('plain lines come at the start, at most every 5 s, and at the end', (t) => {
  const lines = play('lines', [
    [0, 0],
    [0.1, 1],
    [4.9, 40],
    [5, 50],
    [6, 60],
    [7, 100],
    [7.1, 100],
  ]);
  t.is(lines.length, 3);
  t.is(lines[1], 'restore  50 %  50.0 MiB / 100 MiB  10.0 MiB/s  0:05\n');
  t.regex(lines[2] ?? '', /100 %/);
});

test('bars on lines of their own come at most every 2 s', (t) => {
  const lines = play('bar-lines', [
    [0, 0],
    [1.9, 20],
    [2, 25],
    [3, 100],
  ]);
  t.is(lines.length, 3);
  t.regex(lines[1] ?? '', /^restore {2}\[#+-+\] {2}25 % .*0:06\n$/);
});

test('JSON lines have bytes, rate and time left', (t) => {
  const lines = play('json', [
    [0, 0],
    [2, 20],
  ]);
  t.deepEqual(
    lines.map((line): unknown => JSON.parse(line)),
    [
      {
        phase: 'restore',
        doneBytes: 0,
        totalBytes: 100 * MIB,
        bytesPerSecond: 0,
        secondsLeft: null,
      },
      {
        phase: 'restore',
        doneBytes: 20 * MIB,
        totalBytes: 100 * MIB,
        bytesPerSecond: 10 * MIB,
        secondsLeft: 8,
      },
    ],
  );
});

test('a bar stays on one line of the terminal and is cleared at the end', (t) => {
  const parts = play('bar', [
    [0, 0],
    [1, 50],
  ]);
  t.is(parts.at(-1), '\r\u001b[K');
  t.regex(parts[1] ?? '', /restore {2}\[#+-+\] {2}50 %/);
  for (const part of parts) t.true(part.length <= 80 + 4, part);
});

test('a quiet run shows no progress', (t) => t.deepEqual(play('off', [[0, 0]]), []));
