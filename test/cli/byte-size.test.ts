import test from 'ava';
import { byteSize } from '../../src/cli/byte-size.ts';

for (const [text, bytes] of [
  ['0', 0],
  ['1048576', 2 ** 20],
  ['512M', 2 ** 29],
  ['1.5GiB', 1.5 * 2 ** 30],
  ['4g', 2 ** 32],
  ['2TB', 2 ** 41],
  ['7b', 7],
] as const) {
  test(`${text} is ${bytes} bytes`, (t) => {
    t.is(byteSize('--size', text), bytes);
  });
}

for (const text of ['', 'G', '-1', '1e9', '4X', '1.2345G', '1 G', '9999999999999', '99999T']) {
  test(`"${text}" is no size`, (t) => {
    t.throws(() => byteSize('--size', text), { code: 'CLI_BAD_VALUE' });
  });
}
