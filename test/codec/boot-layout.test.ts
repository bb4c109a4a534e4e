import test from 'ava';
import { type BootLayout, serializeBootLayout } from '../../src/codec/boot-layout.ts';

const LAYOUT: BootLayout = { waitSeconds: 2, hasSerialLine: true, merlinArguments: '' };

test('a layout is told in words of GRUB', (t) => {
  const lines = serializeBootLayout({ ...LAYOUT, merlinArguments: 'nacre.end=power-off' });
  t.deepEqual(lines.split('\n').slice(1), [
    'set wait=2',
    'set serial=on',
    "set merlin_arguments='nacre.end=power-off'",
    '',
  ]);
});

for (const value of ["it's", 'two\nlines', 'ü', 'x'.repeat(1025)])
  test(`${JSON.stringify(value.slice(0, 12))} cannot be told to GRUB`, (t) => {
    t.throws(() => serializeBootLayout({ ...LAYOUT, merlinArguments: value }), {
      instanceOf: RangeError,
    });
  });
