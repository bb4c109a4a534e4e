import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { ScriptWish } from '../../../src/pxe/files/boot-scripts.ts';
import type { BootServer } from '../../../src/pxe/files/boot-server.ts';
import { GRUB_FALLBACK, grubConfig, grubPlaceText } from '../../../src/pxe/files/grub-scripts.ts';
import { GRUB_EMU_NEEDS, makeFatDisk, runGrub, unpackedPackage } from '../../helpers/grub-emu.ts';
import { requires } from '../../helpers/requires.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const GRUB = path.resolve(import.meta.dirname, '../../../pxe/grub');
const NETWORK = readFileSync(`${GRUB}/network.cfg`, 'utf8');
const LOCAL_DISK = readFileSync(`${GRUB}/local-disk.cfg`, 'utf8');
const SERVER: BootServer = {
  address: '192.0.2.10',
  httpPort: 80,
  merlin: 'https://192.0.2.10:30806',
  pin: 'ab'.repeat(32),
};
const wish = (does: ScriptWish['does'], hasShell = false): ScriptWish => ({
  does,
  menu: { waitSeconds: 0, hasShell, hasPassword: true },
});

/** What local-disk.efi has inside, with its place filled. */
const filled = (asked: ScriptWish): string =>
  LOCAL_DISK.replace('@place@', grubPlaceText(asked, SERVER).padEnd(400)) + NETWORK;

/** What was done, without the breaks that a screen puts into lines. */
const doneOf = (screen: string): readonly string[] =>
  screen
    .split('\n')
    .join('')
    .split(/(?=DOES )/)
    .filter((part) => part.startsWith('DOES '))
    .map((part) => part.replace(/Nacre:.*$/, '').trim());

const run = async (
  t: ExecutionContext,
  script: string,
  disks: readonly (readonly string[])[],
  more: { keys?: readonly (readonly [string, string])[]; until?: string } = {},
): Promise<string> => {
  const folder = await temporaryFolder(t);
  const files = disks.map((names, index) => makeFatDisk(`${folder}/disk${index}.img`, names));
  return runGrub({ folder, script, disks: files, ...more });
};

for (const [name, text] of [
  ['network.cfg', NETWORK],
  ['local-disk.cfg', LOCAL_DISK.replace('@place@', `nacre_place=${'-'.repeat(388)}`) + NETWORK],
  ['the text of a place', filled(wish('menu', true))],
  ['the configuration of a device', grubConfig(wish('merlin'), SERVER)],
  ['the fallback', GRUB_FALLBACK],
] as const)
  test(`${name} is a script of GRUB`, async (t) => {
    const file = `${await temporaryFolder(t)}/script.cfg`;
    writeFileSync(file, text);
    const check = `${unpackedPackage('grub-common')}/usr/bin/grub-script-check`;
    t.is(execFileSync(check, [file], { encoding: 'utf8' }), '');
  });

const SHIM = '/EFI/debian/shimx64.efi';
const WINDOWS = '/EFI/Microsoft/Boot/bootmgfw.efi';
const FALLBACK = '/EFI/BOOT/BOOTX64.EFI';

for (const [what, disks, started] of [
  ['Windows before all others', [[FALLBACK, SHIM, WINDOWS]], `(hd0,gpt1)${WINDOWS}`],
  ['a distribution before the fallback', [[FALLBACK, SHIM]], `(hd0,gpt1)${SHIM}`],
  ['the fallback where there is nothing else', [[FALLBACK]], `(hd0,gpt1)${FALLBACK}`],
  ['the first disk of two', [[SHIM], [SHIM]], `(hd0,gpt1)${SHIM}`],
  ['the disk that has a loader', [[], [SHIM]], `(hd1,gpt1)${SHIM}`],
  [
    'the boot agent before Windows, which may be half written',
    [[WINDOWS, '/Grub/main.cfg', FALLBACK]],
    `(hd0,gpt1)${FALLBACK}`,
  ],
  ['no boot agent without a loader', [[SHIM, '/Grub/main.cfg']], `(hd0,gpt1)${SHIM}`],
] as const)
  test(`a disk is started by ${what}`, async (t) => {
    if (!requires(t, ...GRUB_EMU_NEEDS)) return;
    const screen = await run(t, filled(wish('local-disk')), disks);
    t.deepEqual(doneOf(screen), [`DOES chainloader ${started}`]);
    t.false(screen.includes('error:'), screen);
  });

const MERLIN =
  'DOES linux (tftp,192.0.2.10)/vmlinuz console=ttyS0,115200 console=tty0 quiet panic=10 nacre.why=network';
const WORDS = `nacre.server=https://192.0.2.10:30806 nacre.pin=${SERVER.pin}`;

test('Merlin is loaded by TFTP with its server and its pin', async (t) => {
  if (!requires(t, ...GRUB_EMU_NEEDS)) return;
  const screen = await run(t, `set net_default_ip=192.0.2.99\n${filled(wish('merlin'))}`, [[SHIM]]);
  t.deepEqual(doneOf(screen), [
    `${MERLIN} nacre.menu= nacre.do= ${WORDS}`,
    'DOES initrd (tftp,192.0.2.10)/initrd.pxe',
  ]);
});

test('a Merlin that cannot be loaded leaves the device to its disk', async (t) => {
  if (!requires(t, ...GRUB_EMU_NEEDS)) return;
  const settings = 'set net_default_ip=192.0.2.99\nset linux_fails=1\n';
  const keys = [['lets UDP port 69', '\x1b']] as const;
  const screen = await run(t, settings + filled(wish('merlin')), [[SHIM]], { keys });
  t.is(doneOf(screen).at(-1), `DOES chainloader (hd0,gpt1)${SHIM}`);
  t.true(screen.includes('What to do:'));
});

test('a device without anything to start says so and does not end', async (t) => {
  if (!requires(t, ...GRUB_EMU_NEEDS)) return;
  const until = 'or check its disk.';
  const screen = await run(t, filled(wish('local-disk')), [[]], { until });
  t.true(screen.includes('no disk of this device has anything to start'));
});

test('Esc in time opens the menu, whose entries have Merlin ask for the password', async (t) => {
  if (!requires(t, ...GRUB_EMU_NEEDS)) return;
  const asked = {
    does: 'local-disk',
    menu: { waitSeconds: 30, hasShell: true, hasPassword: true },
  } as const;
  const keys = [
    ['Esc for the menu', '\x1b'],
    // Down to the third entry.
    ['Rescue shell', '\x0e\x0e\r'],
  ] as const;
  const script = `set net_default_ip=192.0.2.99\n${filled(asked)}`;
  const screen = await run(t, script, [[SHIM]], { keys });
  t.true(screen.includes('Start from the disk'));
  t.is(doneOf(screen)[0], `${MERLIN} nacre.menu=locked nacre.do=image ${WORDS}`);
});

test('the menu has no rescue shell unless the policy allows one, and no Merlin without a server', async (t) => {
  if (!requires(t, ...GRUB_EMU_NEEDS)) return;
  const until = 'Hardware information';
  const screen = await run(t, filled(wish('menu')), [[SHIM]], { until: 'automatically in' });
  t.true(screen.includes(until));
  t.false(screen.includes('Rescue shell'));
  const unfilled = LOCAL_DISK.replace('@place@', `nacre_place=${'-'.repeat(388)}`).replace(
    'action=local-disk',
    'action=menu',
  );
  const keys = [['Esc for the menu', '\x1b']] as const;
  const alone = await run(t, unfilled + NETWORK, [[SHIM]], { keys, until: 'automatically in' });
  t.true(alone.includes('Start from the disk'));
  t.false(alone.includes('Merlin'));
});

test('without a password the menu says why it has nothing but the disk', async (t) => {
  if (!requires(t, ...GRUB_EMU_NEEDS)) return;
  const menu = { waitSeconds: 0, hasShell: true, hasPassword: false };
  const script = filled({ does: 'menu', menu });
  const screen = await run(t, script, [[SHIM]], { until: 'automatically in' });
  t.true(screen.includes('the policy of the server has no password'));
  t.notRegex(screen, /Rescue shell|Hardware information/);
});

test('a server that GRUB would take apart never reaches its script', (t) => {
  for (const change of [{ address: '192.0.2.10; reboot' }, { merlin: "https://x' ; reboot" }])
    t.throws(() => grubConfig(wish('merlin'), { ...SERVER, ...change }), {
      instanceOf: RangeError,
    });
});
