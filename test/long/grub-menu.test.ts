/** GRUB's menus on whole devices: the one of the loader on the disk, and the one that UEFI gets from the network. */
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { makeBootPassword } from '../../src/disk/boot-password.ts';
import { type BootDisk, blockOf, makeBootDisk, OS_SAYS } from '../helpers/boot-disk.ts';
import { BOOT_NEEDS, bootEnvironment } from '../helpers/boot-environment.ts';
import { patch } from '../helpers/disk-lab.ts';
import { NETWORK_GUEST_NEEDS } from '../helpers/network-guest.ts';
import {
  ASKS_PASSWORD,
  type AttendedGuest,
  PASSWORD,
  PASSWORD_LINE,
  startAttended,
} from '../helpers/network-menu.ts';
import { requires } from '../helpers/requires.ts';
import { makeEfiDisk } from '../helpers/speaking-disk.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const NEEDS = [...BOOT_NEEDS, ...NETWORK_GUEST_NEEDS];
const OS = new RegExp(OS_SAYS);
const LOCAL = 'action = "local-disk"';
const HARDWARE = /processor: .* x 1/;
const DISK_PASSWORD = 'Sesame of the disk';

const makeDisk = async (
  t: ExecutionContext,
  firmware: 'seabios' | 'ovmf',
  password?: string,
): Promise<BootDisk> => {
  const file = path.join(await temporaryFolder(t), 'disk.img');
  return makeBootDisk(file, {
    ...{ boot: bootEnvironment(), firmware, block: { mode: 'os' }, restarts: true },
    ...(password !== undefined && { password: await makeBootPassword(password) }),
  });
};

/** A machine that the network sends to its disk at once. */
const startDisk = (
  t: ExecutionContext,
  firmware: 'seabios' | 'ovmf',
  { file: disk }: BootDisk,
): Promise<AttendedGuest> =>
  startAttended(t, {
    ...{ menu: 'wait = 0', row: LOCAL },
    guest: { firmware, card: 'virtio-net-pci', disk, keepsWrites: true },
  });

/** Opens the menu of the disk by the one key that each firmware knows. */
const openMenu = async ({ guest, keyboard }: AttendedGuest): Promise<void> => {
  await guest.waitForText(/Nacre: Esc for the menu/);
  await keyboard.press('\u001b');
  await guest.waitForText(/Look for help on the network/);
};

const typePassword = async ({ guest, keyboard }: AttendedGuest): Promise<void> => {
  await guest.waitForText(/Enter username:/);
  await keyboard.type('admin\n');
  await guest.waitForText(/Enter password:/);
  await keyboard.type(`${DISK_PASSWORD}\n`);
};

test.serial(
  'a BIOS: Shift at the loader of the disk opens its menu, which starts the OS',
  async (t) => {
    if (!requires(t, ...NEEDS)) return;
    const { guest, keyboard } = await startDisk(t, 'seabios', await makeDisk(t, 'seabios'));
    await guest.waitForText(/Booting from Hard Disk/);
    await keyboard.hold('shift', 10_000);
    await guest.waitForText(/Look for help on the network/);
    t.notRegex(guest.lines.join('\n'), /Esc for the menu/);
    await keyboard.press('\n');
    await guest.waitForText(OS);
    await guest.stop('SIGKILL');
  },
);

test.serial(
  'UEFI: Esc at the loader of the disk opens its menu, which starts the OS',
  async (t) => {
    if (!requires(t, ...NEEDS)) return;
    const attended = await startDisk(t, 'ovmf', await makeDisk(t, 'ovmf'));
    await openMenu(attended);
    await attended.keyboard.press('\n');
    await attended.guest.waitForText(OS);
    await attended.guest.stop('SIGKILL');
    t.pass();
  },
);

test.serial(
  'a BIOS: the menu of the disk and its password lead to Merlin, which asks for none and repairs the OS',
  async (t) => {
    if (!requires(t, ...NEEDS)) return;
    const disk = await makeDisk(t, 'seabios', DISK_PASSWORD);
    patch(disk.file, disk.os.startBytes, Buffer.alloc(4096));
    const attended = await startDisk(t, 'seabios', disk);
    const { guest, keyboard } = attended;
    await openMenu(attended);
    await keyboard.press('down', 'down', '\n');
    await typePassword(attended);
    await guest.waitForText(/repaired from \S+: .* read back and right/);
    await guest.end();
    t.notRegex(guest.lines.join('\n'), ASKS_PASSWORD);
    t.like(await blockOf(disk), { mode: 'os', isDirty: false, status: 'repaired' });
  },
);

test.serial(
  'UEFI: the menu of the disk and its password show what the machine is made of',
  async (t) => {
    if (!requires(t, ...NEEDS)) return;
    const attended = await startDisk(t, 'ovmf', await makeDisk(t, 'ovmf', DISK_PASSWORD));
    const { guest, keyboard } = attended;
    await openMenu(attended);
    await keyboard.press('down', 'down', 'down', '\n');
    await typePassword(attended);
    await guest.waitForText(HARDWARE);
    await guest.waitForText(/Enter starts the machine again/);
    await keyboard.press('\n');
    await guest.end();
    t.notRegex(guest.lines.join('\n'), ASKS_PASSWORD);
  },
);

const HTTP = { firmware: 'ovmf-http', card: 'virtio-net-pci', memoryMiB: 1024 } as const;
const PXE = { firmware: 'ovmf', card: 'virtio-net-pci', memoryMiB: 768 } as const;
const MENU = 'action = "menu"';
const WAIT = 'wait = 30';

/** The menu of the GRUB that came by the network; a policy that orders it needs no key. */
const openNetworkMenu = async ({ guest, keyboard }: AttendedGuest, row: string): Promise<void> => {
  if (!row.includes('"menu"')) {
    await guest.waitForText(/Nacre: Esc for the menu/);
    await keyboard.press('\u001b');
  }
  await guest.waitForText(/Hardware information \(asks for the password\)/);
};

for (const [title, machine, row] of [
  ['UEFI by HTTP that is sent to the menu', HTTP, MENU],
  ['UEFI by PXE, after Esc', PXE, LOCAL],
] as const)
  test.serial(`${title}: the menu of the network's GRUB leads to Merlin, which asks`, async (t) => {
    if (!requires(t, ...NEEDS)) return;
    const menu = `${row === MENU ? 'wait = 0' : WAIT}\n${PASSWORD_LINE}`;
    const attended = await startAttended(t, { menu, row, guest: machine });
    const { guest, keyboard } = attended;
    await openNetworkMenu(attended, row);
    await keyboard.press('down', 'down', 'down', '\n');
    await guest.waitForText(ASKS_PASSWORD);
    await keyboard.type(`${PASSWORD}\n`);
    await guest.waitForText(HARDWARE);
    await guest.stop('SIGKILL');
    t.notRegex(guest.lines.join('\n'), /sesame/i);
  });

for (const [title, machine, row] of [
  ['UEFI by HTTP that is sent to the menu', HTTP, MENU],
  ['UEFI by PXE, after Esc', PXE, LOCAL],
] as const)
  test.serial(`${title}: the menu of the network's GRUB starts the disk`, async (t) => {
    if (!requires(t, ...NEEDS)) return;
    const menu = `${row === MENU ? 'wait = 0' : WAIT}\n${PASSWORD_LINE}`;
    const disk = makeEfiDisk(path.join(await temporaryFolder(t), 'disk.img'));
    const attended = await startAttended(t, { menu, row, guest: { ...machine, disk } });
    await openNetworkMenu(attended, row);
    await attended.keyboard.press('\n');
    await attended.guest.waitForText(OS);
    await attended.guest.stop('SIGKILL');
    t.pass();
  });

test.serial('without a password of the administrator the menu offers the disk alone', async (t) => {
  if (!requires(t, ...NEEDS)) return;
  const disk = makeEfiDisk(path.join(await temporaryFolder(t), 'disk.img'));
  const attended = await startAttended(t, {
    menu: 'wait = 0',
    row: MENU,
    guest: { ...HTTP, disk },
  });
  const { guest, keyboard } = attended;
  await guest.waitForText(/Nothing else: the policy of the server has no password/);
  await keyboard.press('down', '\n');
  await guest.waitForText(OS);
  await guest.stop('SIGKILL');
  t.notRegex(guest.lines.join('\n'), /Hardware information/);
});
