import test from 'ava';
import { type OsConfig, serializeOsConfig } from '../../src/codec/os-start.ts';

const NONE = { table: 'mbr', partition: 2, needs: [] } as const;

const linesOf = (config: OsConfig): readonly string[] =>
  serializeOsConfig(config).split('\n').slice(1, -1);

for (const [what, config, expected] of [
  [
    'a boot sector',
    { ...NONE, start: { kind: 'sector', partition: 2 }, needs: ['/bootmgr'] },
    ['set os_kind=sector', 'set os_part=msdos2', 'set os_home=msdos2', "set os_needs='/bootmgr'"],
  ],
  [
    'a program of UEFI',
    {
      table: 'gpt',
      partition: 3,
      needs: ['/boot/grub/grub.cfg', '/boot/vmlinuz*'],
      start: { kind: 'efi', partition: 1, file: '/EFI/debian/shimx64.efi' },
    },
    [
      'set os_kind=efi',
      'set os_part=gpt1',
      "set os_file='/EFI/debian/shimx64.efi'",
      'set os_home=gpt3',
      "set os_needs='/boot/grub/grub.cfg /boot/vmlinuz*'",
    ],
  ],
  [
    'a configuration of GRUB',
    { ...NONE, start: { kind: 'grub', partition: 5, file: '/boot/grub/grub.cfg' } },
    [
      'set os_kind=grub',
      'set os_part=msdos5',
      "set os_file='/boot/grub/grub.cfg'",
      'set os_home=msdos2',
      "set os_needs=''",
    ],
  ],
] as const)
  test(`an OS that starts by ${what} is told in words of GRUB`, (t) => {
    t.deepEqual(linesOf(config), expected);
  });

test('needs on NTFS are told to be there', (t) => {
  const start = { kind: 'sector', partition: 2 } as const;
  t.true(linesOf({ ...NONE, start, isNtfs: true }).includes('set os_is_ntfs=1'));
  t.false(linesOf({ ...NONE, start, isNtfs: false }).some((line) => line.includes('ntfs')));
});

for (const need of ['/with blank', "/it's", 'boot', '/b*/x', '/', '/$x'])
  test(`GRUB does not look for ${JSON.stringify(need)}`, (t) => {
    const config: OsConfig = { ...NONE, start: { kind: 'sector', partition: 2 }, needs: [need] };
    t.throws(() => serializeOsConfig(config), { instanceOf: RangeError });
  });
