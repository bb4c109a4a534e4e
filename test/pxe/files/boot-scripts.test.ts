import test from 'ava';
import { ipxeScript, type ScriptWish } from '../../../src/pxe/files/boot-scripts.ts';
import type { BootServer } from '../../../src/pxe/files/boot-server.ts';
import { type IpxeRun, runIpxeScript } from '../../helpers/ipxe-script.ts';

const SERVER: BootServer = {
  address: '192.0.2.10',
  httpPort: 8080,
  merlin: 'https://192.0.2.10:30806',
  pin: 'ab'.repeat(32),
};
const FILES = 'http://192.0.2.10:8080';
const WORDS = `nacre.server=https://192.0.2.10:30806 nacre.pin=${SERVER.pin}`;
const MENU = { waitSeconds: 2, hasShell: false, hasPassword: true };

const wish = (does: ScriptWish['does'], menu = MENU): ScriptWish => ({ does, menu });
const run = (asked: ScriptWish, how: IpxeRun) => runIpxeScript(ipxeScript(asked, SERVER), how);

const kernelOf = (menu = '', doing = ''): string =>
  `${FILES}/vmlinuz console=ttyS0,115200 console=tty0 quiet panic=10 nacre.why=network initrd=initrd.pxe nacre.menu=${menu} nacre.do=${doing} ${WORDS}`;

const Z = { key: 'Z' };
const ESC = { key: '0x1b' };
const C = { key: 'c' };

test('Merlin is loaded with its server and its pin, and nothing else is asked', (t) => {
  for (const platform of ['pcbios', 'efi'] as const) {
    const { end, kernel, initrd, shown } = run(wish('merlin'), { platform });
    t.is(end, 'boot');
    t.is(kernel, kernelOf());
    t.is(initrd, `${FILES}/initrd.pxe`);
    t.deepEqual(shown, ['Nacre: Z or Esc for the menu']);
  }
});

test('a device with nothing to do goes on with its BIOS, or starts a loader of UEFI', (t) => {
  t.is(run(wish('local-disk'), { platform: 'pcbios' }).end, 'exit');
  t.is(run(wish('local-disk'), { platform: 'efi' }).end, `chain ${FILES}/local-disk.efi`);
});

test('a loader that cannot be fetched leaves UEFI with an error: without one it would stop in its setup menu', (t) => {
  t.is(run(wish('local-disk'), { platform: 'efi', failing: ['chain'] }).end, 'exit 1');
});

for (const [first, name] of [
  [Z, 'Shift and z'],
  [ESC, 'Esc'],
] as const)
  for (const does of ['local-disk', 'merlin'] as const) {
    test(`${name}, then c, opens the administrator's menu of a device with ${does}`, (t) => {
      const presses = [first, C, { item: 'ask-info' }];
      const { end, kernel } = run(wish(does), { platform: 'pcbios', presses });
      t.is(end, 'boot');
      t.is(kernel, kernelOf('locked', 'info'));
    });

    test(`${name}, then other keys or none, goes on with ${does}`, (t) => {
      for (const second of [{ key: 'x' }, ESC, 'nothing'] as const) {
        const { end } = run(wish(does), { platform: 'pcbios', presses: [first, second, first] });
        t.is(end, does === 'merlin' ? 'boot' : 'exit');
      }
    });

    test(`${name} that is held down does not keep c from opening the menu of a device with ${does}`, (t) => {
      const presses = [...Array(40).fill(first), 'nothing', C, { item: 'ask-info' }] as const;
      t.is(run(wish(does), { platform: 'pcbios', presses }).kernel, kernelOf('locked', 'info'));
      const held = Array(200).fill(first);
      const { end } = run(wish(does), { platform: 'pcbios', presses: held });
      t.is(end, does === 'merlin' ? 'boot' : 'exit');
    });
  }

for (const [item, doing] of [
  ['ask-merlin', 'repair'],
  ['ask-image', 'image'],
  ['ask-info', 'info'],
  ['ask-shell', 'shell'],
] as const)
  test(`the entry ${item} starts a Merlin that asks for the password`, (t) => {
    const menu = { ...MENU, hasShell: true };
    const presses = [Z, C, { item }];
    const { end, kernel } = run(wish('local-disk', menu), { platform: 'efi', presses });
    t.is(end, 'boot');
    t.is(kernel, kernelOf('locked', doing));
  });

test('a rescue shell is offered only where the policy allows one', (t) => {
  const presses = [Z, C];
  const offered = (hasShell: boolean) =>
    run(wish('local-disk', { ...MENU, hasShell }), { platform: 'pcbios', presses }).shown;
  t.false(offered(false).includes('  Rescue shell'));
  t.true(offered(true).includes('  Rescue shell'));
});

test('a menu that nobody touches, and one that is left by Esc, ends at the disk', (t) => {
  for (const presses of [
    [Z, C],
    [Z, C, ESC],
    [Z, C, { item: 'local' }],
  ])
    t.is(run(wish('merlin'), { platform: 'pcbios', presses }).end, 'exit');
});

test('the action menu shows the menu, starts the disk after its time, and has the way to the other one', (t) => {
  const platform = 'pcbios';
  const { end, shown } = run(wish('menu'), { platform });
  t.is(end, 'exit');
  t.true(shown.includes('  Start from the disk'));
  t.is(run(wish('menu'), { platform, presses: ['nothing', ESC] }).end, 'exit');
  const presses = ['nothing', C, { item: 'ask-merlin' }] as const;
  t.is(run(wish('menu'), { platform, presses }).kernel, kernelOf('locked', 'repair'));
});

test('without a password the administrator sees why his menu is shut, and the device goes on', (t) => {
  const menu = { ...MENU, hasPassword: false };
  for (const does of ['local-disk', 'merlin'] as const) {
    const presses = [Z, C, 'nothing'] as const;
    const { end, shown, kernel } = run(wish(does, menu), { platform: 'pcbios', presses });
    t.is(end, does === 'merlin' ? 'boot' : 'exit');
    t.true(shown.some((line) => line.includes('the policy of the server has no password')));
    t.notRegex(kernel, /locked/);
  }
});

test('without a wait nobody is asked', (t) => {
  const { end, shown } = run(wish('merlin', { ...MENU, waitSeconds: 0 }), {
    platform: 'pcbios',
    presses: [Z],
  });
  t.is(end, 'boot');
  t.deepEqual(shown, []);
});

for (const failing of ['kernel', 'initrd', 'boot'])
  test(`when "${failing}" fails the device says so and starts its disk`, (t) => {
    const { end, shown } = run(wish('merlin'), { platform: 'pcbios', failing: [failing] });
    t.is(end, 'exit');
    t.true(shown.some((line) => line.includes(`could not be loaded from ${FILES}`)));
    t.true(shown.some((line) => line.startsWith('What to do:')));
  });

test('port 80 is not named, and a server without a pin has none', (t) => {
  const server = { ...SERVER, httpPort: 80, merlin: 'http://192.0.2.10', pin: undefined };
  const { kernel } = runIpxeScript(ipxeScript(wish('merlin'), server), { platform: 'pcbios' });
  t.true(kernel.startsWith('http://192.0.2.10/vmlinuz '));
  t.true(kernel.endsWith(' nacre.server=http://192.0.2.10'));
});

test('a script is plain text of short lines', (t) => {
  const script = ipxeScript(
    wish('menu', { waitSeconds: 60, hasShell: true, hasPassword: true }),
    SERVER,
  );
  t.regex(script, /^#!ipxe\n([ -~]{0,400}\n)+$/);
});

for (const [what, change] of [
  ['an address with a command', { address: '192.0.2.10 && shell' }],
  ['a name instead of an address', { address: 'server.example' }],
  ['an address that is none', { address: '192.0.2.256' }],
  ['a port that is none', { httpPort: 65_536 }],
  ['a server with a blank', { merlin: 'https://192.0.2.10 init=/bin/sh' }],
  ['a server with a setting of iPXE', { merlin: 'https://$'.concat('{hostname}') }],
  ['a server with a line', { merlin: 'https://192.0.2.10\nshell' }],
  ['a server of another kind', { merlin: 'ftp://192.0.2.10' }],
  ['a pin that is none', { pin: 'ab' }],
] as const)
  test(`${what} never reaches a script`, (t) => {
    t.throws(() => ipxeScript(wish('merlin'), { ...SERVER, ...change }), {
      instanceOf: RangeError,
    });
  });
