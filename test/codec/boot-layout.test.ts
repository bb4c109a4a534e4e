import test from 'ava';
import { type BootLayout, serializeBootLayout } from '../../src/codec/boot-layout.ts';

const LAYOUT: BootLayout = {
  table: 'mbr',
  os: undefined,
  waitSeconds: 2,
  hasSerialLine: true,
  merlinArguments: '',
};

const linesOf = (layout: Partial<BootLayout>): readonly string[] =>
  serializeBootLayout({ ...LAYOUT, ...layout })
    .split('\n')
    .filter((line) => line.startsWith('set '));

test('a layout without an OS has its settings only', (t) => {
  t.deepEqual(linesOf({}), ['set wait=2', 'set serial=on', "set merlin_arguments=''"]);
});

for (const [what, layout, expected] of [
  [
    'a boot sector',
    { os: { kind: 'sector', partition: 2 } },
    ['set os_kind=sector', 'set os_part=msdos2'],
  ],
  [
    'a program of UEFI',
    { table: 'gpt', os: { kind: 'efi', partition: 1, file: '/EFI/Microsoft/Boot/bootmgfw.efi' } },
    ['set os_kind=efi', 'set os_part=gpt1', "set os_file='/EFI/Microsoft/Boot/bootmgfw.efi'"],
  ],
  [
    'a configuration of GRUB',
    { os: { kind: 'grub', partition: 5, file: '/boot/grub/grub.cfg' } },
    ['set os_kind=grub', 'set os_part=msdos5', "set os_file='/boot/grub/grub.cfg'"],
  ],
  [
    'a kernel',
    {
      os: {
        kind: 'linux',
        partition: 2,
        file: '/vmlinuz',
        initrd: '/initrd.img',
        arguments: 'root=LABEL=os ro $x "y"',
      },
    },
    [
      'set os_kind=linux',
      'set os_part=msdos2',
      "set os_file='/vmlinuz'",
      "set os_initrd='/initrd.img'",
      `set os_arguments='root=LABEL=os ro $x "y"'`,
    ],
  ],
] as const)
  test(`an OS that starts by ${what} is told in GRUB's words`, (t) => {
    t.deepEqual(linesOf(layout).slice(0, expected.length), expected);
  });

for (const value of ["it's", 'two\nlines', 'ü', 'x'.repeat(1025)])
  test(`${JSON.stringify(value.slice(0, 12))} cannot be told to GRUB`, (t) => {
    t.throws(() => serializeBootLayout({ ...LAYOUT, merlinArguments: value }), {
      instanceOf: RangeError,
    });
  });
