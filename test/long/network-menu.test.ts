/** The administrator's menu of a device that starts from the network: real keys, a real iPXE, a real Merlin. */
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { serializePasswordHash } from '../../src/codec/password-hash.ts';
import { hashPassword } from '../../src/disk/password-hash.ts';
import { blockOf, makeBootDisk } from '../helpers/boot-disk.ts';
import { BOOT_NEEDS, bootEnvironment } from '../helpers/boot-environment.ts';
import { patch } from '../helpers/disk-lab.ts';
import { Keyboard } from '../helpers/keyboard.ts';
import {
  NETWORK_GUEST_NEEDS,
  type NetworkGuest,
  startNetworkGuest,
} from '../helpers/network-guest.ts';
import type { RunningProgram } from '../helpers/network-lab.ts';
import { GUEST_MAC } from '../helpers/network-start.ts';
import { requires } from '../helpers/requires.ts';
import { openServeLab } from '../helpers/serve-lab.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const NEEDS = [...BOOT_NEEDS, ...NETWORK_GUEST_NEEDS];
const PATIENCE_MS = 500_000;
const hash = serializePasswordHash(await hashPassword('Open sesame 7'));
const ROW = `[[device]]\nmac = "${GUEST_MAC}"\naction = "local-disk"\n`;
const PASSWORD = /Password of the administrator/;
const ENDS = /\] Merlin: restart/;

interface Menu {
  readonly guest: RunningProgram;
  readonly service: RunningProgram;
  readonly keyboard: Keyboard;
}

/** A BIOS with an iPXE ROM, which stands before the menu that it is given; it ends when it wants to start again. */
const startAtMenu = async (
  t: ExecutionContext,
  menu: string,
  more: Partial<NetworkGuest> = {},
): Promise<Menu> => {
  const net = await openServeLab(t, `[menu]\nwait = 30\n${menu}${ROW}`, bootEnvironment());
  const service = await net.serve(['--dhcp', '10.77.0.100-10.77.0.199']);
  const monitor = path.join(await temporaryFolder(t), 'monitor');
  const guest = await startNetworkGuest(net.lab, 'lan', {
    ...{ firmware: 'seabios', card: 'virtio-net-pci', mac: GUEST_MAC, monitor, ...more },
  });
  // What it said until then is worth more than the time-out of the test.
  const timer = setTimeout(() => guest.signal('SIGKILL'), PATIENCE_MS);
  t.teardown(() => clearTimeout(timer));
  await guest.waitForText(/Z or Esc for the menu/);
  const keyboard = await Keyboard.open(monitor);
  t.teardown(() => keyboard[Symbol.dispose]());
  return { guest, service, keyboard };
};

const said = (t: ExecutionContext, { lines }: RunningProgram, wanted: RegExp): void => {
  t.true(
    lines.some((line) => wanted.test(line)),
    lines.join('\n'),
  );
};

test.serial(
  'Shift and z, then c, then a wrong and the right password show what the machine is made of',
  async (t) => {
    if (!requires(t, ...NEEDS)) return;
    const { guest, service, keyboard } = await startAtMenu(t, `password = "${hash}"\n`);
    await keyboard.press('Z', 'Z', 'Z');
    await guest.waitForText(/c for the administrator's menu/);
    await keyboard.press('c');
    await guest.waitForText(/Hardware information/);
    await keyboard.press('down', 'down', 'down', '\n');
    await guest.waitForText(PASSWORD);
    await keyboard.type('open sesame 7\n');
    await guest.waitForText(/That is not the password/);
    await guest.waitForText(PASSWORD);
    await keyboard.type('Open sesame 7\n');
    await guest.waitForText(/processor: .* x 1/);
    await guest.waitForText(/Enter starts the machine again/);
    await keyboard.press('\n');
    await guest.waitForText(ENDS);
    said(t, service, /wrong password at the menu \(info, from 10\.77\.0\.\d+\)/);
    said(t, service, /the administrator is at the menu \(info, /);
    for (const { lines } of [guest, service]) t.notRegex(lines.join('\n'), /sesame/i);
  },
);

test.serial(
  'Esc and the serial line lead to a rescue shell where the policy allows one',
  async (t) => {
    if (!requires(t, ...NEEDS)) return;
    const { guest } = await startAtMenu(t, `password = "${hash}"\nrescue-shell = true\n`);
    guest.type('\u001b');
    await guest.waitForText(/c for the administrator's menu/);
    guest.type('c');
    await guest.waitForText(/Rescue shell/);
    guest.type('\u001b[B\u001b[B\u001b[B\u001b[B\r');
    await guest.waitForText(PASSWORD);
    guest.type('Open sesame 7\r');
    await guest.waitForText(/merlin# /);
    guest.type('cat /proc/cmdline; ls / | head -n 1; echo shell $((6 * 7))\r');
    await guest.waitForText(/nacre\.menu=locked nacre\.do=shell/);
    await guest.waitForText(/shell 42/);
    guest.type('exit\r');
    // The machine starts again, which ends it here.
    await guest.end();
    t.notRegex(guest.lines.join('\n'), /sesame/i);
  },
);

test.serial(
  'the entry for Merlin repairs an OS that nothing is known to be wrong with',
  async (t) => {
    if (!requires(t, ...NEEDS)) return;
    const file = path.join(await temporaryFolder(t), 'disk.img');
    const boot = bootEnvironment();
    const disk = await makeBootDisk(file, { boot, firmware: 'seabios', block: { mode: 'os' } });
    patch(disk.file, disk.os.startBytes, Buffer.alloc(4096));
    const { guest, keyboard } = await startAtMenu(t, `password = "${hash}"\n`, {
      ...{ disk: disk.file, keepsWrites: true },
    });
    await keyboard.press('Z');
    await guest.waitForText(/c for the administrator's menu/);
    await keyboard.press('c');
    await guest.waitForText(/Hardware information/);
    await keyboard.press('down', '\n');
    await guest.waitForText(PASSWORD);
    await keyboard.type('Open sesame 7\n');
    await guest.waitForText(/repaired from \S+: .* read back and right/);
    await guest.end();
    t.like(await blockOf(disk), { mode: 'os', isDirty: false, status: 'repaired' });
  },
);

test.serial('without a password, and with three wrong ones, it goes back', async (t) => {
  if (!requires(t, ...NEEDS)) return;
  const shut = await startAtMenu(t, '');
  await shut.keyboard.press('x');
  await shut.guest.waitForText(/c for the administrator's menu/);
  await shut.keyboard.press('c');
  await shut.guest.waitForText(/Nacre: the menu is shut: the policy of the server has no password/);
  await shut.keyboard.press('x');
  await shut.guest.waitForText(/Nacre: starting from the disk/);
  await shut.guest.stop('SIGKILL');

  const { guest, keyboard } = await startAtMenu(t, `password = "${hash}"\n`);
  await keyboard.press('\u001b');
  await guest.waitForText(/c for the administrator's menu/);
  await keyboard.press('c');
  await guest.waitForText(/Hardware information/);
  await keyboard.press('down', '\n');
  for (const wrong of ['a', 'b', 'c']) {
    await guest.waitForText(PASSWORD);
    await keyboard.type(`${wrong}\n`);
  }
  await guest.waitForText(/three times the wrong password/);
  await keyboard.press('\n');
  await guest.waitForText(ENDS);
  t.pass();
});
