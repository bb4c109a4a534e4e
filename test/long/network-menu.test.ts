/** The administrator's menu of a device that starts from the network: real keys, a real iPXE, a real Merlin. */
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { blockOf, makeBootDisk } from '../helpers/boot-disk.ts';
import { BOOT_NEEDS, bootEnvironment } from '../helpers/boot-environment.ts';
import { patch } from '../helpers/disk-lab.ts';
import { Keyboard } from '../helpers/keyboard.ts';
import { NETWORK_GUEST_NEEDS, type NetworkGuest } from '../helpers/network-guest.ts';
import { makeNetworkImaging, type NetworkImaging } from '../helpers/network-imaging.ts';
import type { RunningProgram } from '../helpers/network-lab.ts';
import {
  ASKS_PASSWORD,
  type AttendedGuest,
  PASSWORD,
  PASSWORD_LINE,
  startAttended,
} from '../helpers/network-menu.ts';
import { requires } from '../helpers/requires.ts';
import { STORY_NEEDS } from '../helpers/story.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const NEEDS = [...BOOT_NEEDS, ...NETWORK_GUEST_NEEDS];
const ENDS = /\] Merlin: restart/;

/** A BIOS with an iPXE ROM, which stands before the menu that it is given; it ends when it wants to start again. */
const startAtMenu = async (
  t: ExecutionContext,
  menu: string,
  more: Partial<NetworkGuest> = {},
): Promise<AttendedGuest> => {
  const attended = await startAttended(t, {
    menu: `wait = 30\n${menu}`,
    row: 'action = "local-disk"',
    guest: { firmware: 'seabios', card: 'virtio-net-pci', ...more },
  });
  await attended.guest.waitForText(/Z or Esc for the menu/);
  return attended;
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
    const { guest, service, keyboard } = await startAtMenu(t, PASSWORD_LINE);
    await keyboard.press('Z', 'Z', 'Z');
    await guest.waitForText(/c for the administrator's menu/);
    await keyboard.press('c');
    await guest.waitForText(/Hardware information/);
    await keyboard.press('down', 'down', 'down', '\n');
    await guest.waitForText(ASKS_PASSWORD);
    await keyboard.type('open sesame 7\n');
    await guest.waitForText(/That is not the password/);
    await guest.waitForText(ASKS_PASSWORD);
    await keyboard.type(`${PASSWORD}\n`);
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
    const { guest } = await startAtMenu(t, `${PASSWORD_LINE}\nrescue-shell = true`);
    guest.type('\u001b');
    await guest.waitForText(/c for the administrator's menu/);
    guest.type('c');
    await guest.waitForText(/Rescue shell/);
    guest.type('\u001b[B\u001b[B\u001b[B\u001b[B\r');
    await guest.waitForText(ASKS_PASSWORD);
    guest.type(`${PASSWORD}\r`);
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
    const { guest, keyboard } = await startAtMenu(t, PASSWORD_LINE, {
      ...{ disk: disk.file, keepsWrites: true },
    });
    await keyboard.press('Z');
    await guest.waitForText(/c for the administrator's menu/);
    await keyboard.press('c');
    await guest.waitForText(/Hardware information/);
    await keyboard.press('down', '\n');
    await guest.waitForText(ASKS_PASSWORD);
    await keyboard.type(`${PASSWORD}\n`);
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

  const { guest, keyboard } = await startAtMenu(t, PASSWORD_LINE);
  await keyboard.press('\u001b');
  await guest.waitForText(/c for the administrator's menu/);
  await keyboard.press('c');
  await guest.waitForText(/Hardware information/);
  await keyboard.press('down', '\n');
  for (const wrong of ['a', 'b', 'c']) {
    await guest.waitForText(ASKS_PASSWORD);
    await keyboard.type(`${wrong}\n`);
  }
  await guest.waitForText(/three times the wrong password/);
  await keyboard.press('\n');
  await guest.waitForText(ENDS);
  t.pass();
});

/** Opens the menu of iPXE, with the question for it on the screen. */
const openIpxeMenu = async (guest: RunningProgram, keyboard: Keyboard): Promise<void> => {
  await guest.waitForText(/Z or Esc for the menu/);
  await keyboard.press('Z');
  await guest.waitForText(/c for the administrator's menu/);
  await keyboard.press('c');
  await guest.waitForText(/Hardware information/);
};

/**
 * Has the machine imaged by somebody at its menu, and waits until the OS was started by its disk.
 *
 * @returns id of the order
 */
const imageByMenu = async (
  t: ExecutionContext,
  imaging: NetworkImaging,
  monitor: string,
): Promise<unknown> => {
  const guest = await imaging.powerOn();
  using keyboard = await Keyboard.open(monitor);
  await openIpxeMenu(guest, keyboard);
  await keyboard.press('down', 'down', '\n');
  await guest.waitForText(ASKS_PASSWORD);
  await keyboard.type(`${PASSWORD}\n`);
  await guest.waitForText(/order: image os@/);
  await guest.waitForText(/os@[0-9a-f]{8} is on \/dev\/vda nacre-guest: .* read back and right/);
  // Nobody is at the menu of the next start, and the row of the device is done.
  await guest.waitForText(/Nacre: starting from the disk/);
  await guest.waitForText(/NACRE-GUEST-OK/);
  await guest.end();
  t.notRegex(guest.lines.join('\n'), /sesame/i);
  const { order } = await imaging.explain();
  t.like(order, { state: 'done', failure: null });
  return (order as { readonly id: unknown }).id;
};

test.serial(
  'the entry to image makes a blank machine whole, and once more when its OS is gone',
  async (t) => {
    if (!requires(t, ...NEEDS, ...STORY_NEEDS)) return;
    const monitor = path.join(await temporaryFolder(t), 'monitor');
    const imaging = await makeNetworkImaging(t, {
      ...{ firmware: 'seabios', os: 'bios', layout: 'wes7' },
      ...{ menu: `wait = 30\n${PASSWORD_LINE}`, monitor },
    });
    const service = await imaging.serve();
    const first = await imageByMenu(t, imaging, monitor);
    await imaging.destroy();
    const second = await imageByMenu(t, imaging, monitor);
    t.regex(String(first), /^[0-9a-f]{32}\b/);
    t.not(second, first);
    said(t, service, /the administrator is at the menu \(image, /);
    t.notRegex(service.lines.join('\n'), /sesame/i);
  },
);
