import test from 'ava';
import {
  formatBytes,
  formatDuration,
  formatTable,
  formatTime,
  printable,
  widthOf,
} from '../../src/cli/format.ts';

for (const [bytes, text] of [
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.00 KiB'],
  [10_240, '10.0 KiB'],
  [1_572_864_000, '1.46 GiB'],
  [107_374_182_400, '100 GiB'],
  [2 ** 53, '8.00 PiB'],
] as const) {
  test(`${bytes} bytes read as ${text}`, (t) => t.is(formatBytes(bytes), text));
}

test('durations read as minutes, and as hours from 60 minutes on', (t) => {
  t.is(formatDuration(0.4), '0:00');
  t.is(formatDuration(65), '1:05');
  t.is(formatDuration(3600 + 61), '1:01:01');
});

test('a time is shown to the minute and stays in UTC', (t) => {
  t.is(formatTime('2026-11-21T09:08:07.000Z'), '2026-11-21 09:08Z');
});

test('a label cannot steer the terminal', (t) => {
  t.is(printable('a\u001b[2Jb\u0007\u202ec\u009b'), 'a\ufffd[2Jb\ufffd\ufffdc\ufffd');
  t.is(printable('日本 é\n\t'), '日本 é\n\t');
});

test('Japanese characters take two columns and tables stay aligned', (t) => {
  t.is(widthOf('日本x'), 5);
  const table = formatTable(
    [{ title: 'name' }, { title: 'size', isNumber: true }],
    [
      ['日本', '5'],
      ['a\nb', '1000'],
    ],
  );
  t.is(table, 'name  size\n日本     5\na b   1000\n');
});
