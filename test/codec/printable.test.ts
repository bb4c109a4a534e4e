import test from 'ava';
import { printable } from '../../src/codec/printable.ts';

for (const [text, shown] of [
  ['boot/grub.cfg', 'boot/grub.cfg'],
  ['x\n\u001b[2J', 'x\\x0a\\x1b[2J'],
  ['\u00ff\u009b\u007f', '\\xff\\x9b\\x7f'],
  ['\u202e名', '\\u202e\\u540d'],
  ['a'.repeat(128), 'a'.repeat(128)],
  ['a'.repeat(129), `${'a'.repeat(128)}…`],
] as const) {
  test(`${JSON.stringify(text.slice(0, 20))} of ${text.length} characters is shown as it is safe`, (t) => {
    t.is(printable(text), shown);
  });
}
