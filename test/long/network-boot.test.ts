/** Devices with the firmware and network ROMs of others start from the network through `nacre pxe serve`. */
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { blockOf, makeBootDisk, OS_SAYS } from '../helpers/boot-disk.ts';
import { BOOT_NEEDS, bootEnvironment } from '../helpers/boot-environment.ts';
import { NETWORK_GUEST_NEEDS, type NetworkGuest } from '../helpers/network-guest.ts';
import {
  MERLIN_SAYS,
  type NetworkStart,
  type StartedDevice,
  startFromNetwork,
} from '../helpers/network-start.ts';
import { requires } from '../helpers/requires.ts';
import { makeBiosDisk, makeEfiDisk } from '../helpers/speaking-disk.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const NEEDS = [...BOOT_NEEDS, ...NETWORK_GUEST_NEEDS, 'dnsmasq'];
const DISK_SAYS = new RegExp(`^${OS_SAYS}`);

type Guest = Omit<NetworkGuest, 'mac'>;
const BIOS: Guest = { firmware: 'seabios', card: 'virtio-net-pci' };
const E1000: Guest = { firmware: 'seabios', card: 'e1000' };
const OVMF: Guest = { firmware: 'ovmf', card: 'virtio-net-pci' };
const OVMF_ROM: Guest = { ...OVMF, hasRom: true };
const OVMF_HTTP: Guest = { firmware: 'ovmf-http', card: 'virtio-net-pci', memoryMiB: 1024 };
const SECURE: Guest = { firmware: 'ovmf-secure', card: 'virtio-net-pci' };

const MERLIN = 'action = "merlin"';
const LOCAL = 'action = "local-disk"';

const said = (t: ExecutionContext, lines: readonly string[], line: RegExp): void => {
  t.true(
    lines.some((one) => line.test(one)),
    lines.join('\n'),
  );
};

for (const [title, guest, addresses, row, wanted] of [
  ['a BIOS with virtio, with our addresses', BIOS, 'ours', MERLIN, /boot\/ipxe/],
  ['a BIOS with virtio, beside dnsmasq', BIOS, 'of dnsmasq', MERLIN, /boot\/ipxe/],
  ['a BIOS with e1000, beside dnsmasq', E1000, 'of dnsmasq', MERLIN, /boot\/ipxe/],
  ['UEFI by PXE, with our addresses', OVMF, 'ours', MERLIN, /snponly\.efi/],
  ['UEFI by PXE, beside dnsmasq', OVMF, 'of dnsmasq', MERLIN, /snponly\.efi/],
  ['UEFI whose card has iPXE, beside dnsmasq', OVMF_ROM, 'of dnsmasq', MERLIN, /boot\/ipxe/],
  ['UEFI by HTTP, with our addresses', OVMF_HTTP, 'ours', MERLIN, /merlin\.efi/],
  ['UEFI by HTTP, beside dnsmasq', OVMF_HTTP, 'of dnsmasq', MERLIN, /merlin\.efi/],
  [
    'UEFI with Secure Boot, with our addresses',
    SECURE,
    'ours',
    `${MERLIN}\nsecure-boot = true`,
    /shimx64\.efi/,
  ],
] as const)
  test.serial(`${title} starts Merlin`, async (t) => {
    if (!requires(t, ...NEEDS)) return;
    const start: NetworkStart = { row, addresses, guest, until: MERLIN_SAYS };
    const { service } = await startFromNetwork(t, start);
    said(t, service, wanted);
  });

const makeDisk = async (t: ExecutionContext, { firmware }: Guest): Promise<string> => {
  const file = path.join(await temporaryFolder(t), 'disk.img');
  return firmware === 'seabios' ? makeBiosDisk(file) : makeEfiDisk(file);
};

const startDisk = async (
  t: ExecutionContext,
  guest: Guest,
  start: Pick<NetworkStart, 'row' | 'addresses' | 'rival' | 'hasIpv6'>,
): Promise<StartedDevice> => {
  const disk = await makeDisk(t, guest);
  return startFromNetwork(t, { ...start, guest: { ...guest, disk }, until: DISK_SAYS });
};

for (const [title, guest, addresses] of [
  ['a BIOS with virtio, with our addresses', BIOS, 'ours'],
  ['a BIOS with e1000, beside dnsmasq', E1000, 'of dnsmasq'],
  ['UEFI by PXE, with our addresses', OVMF, 'ours'],
  ['UEFI by PXE, beside dnsmasq', OVMF, 'of dnsmasq'],
  ['UEFI whose card has iPXE, beside dnsmasq', OVMF_ROM, 'of dnsmasq'],
  ['UEFI by HTTP, with our addresses', OVMF_HTTP, 'ours'],
  ['UEFI by HTTP, beside dnsmasq', OVMF_HTTP, 'of dnsmasq'],
] as const)
  test.serial(`${title} that has nothing to do starts its disk`, async (t) => {
    if (!requires(t, ...NEEDS)) return;
    const { service } = await startDisk(t, guest, { row: LOCAL, addresses });
    said(t, service, /: nothing to do$/);
  });

test.serial(
  'a BIOS with too little memory for Merlin says how much it needs, and what its disk boots next stays',
  async (t) => {
    if (!requires(t, ...NEEDS)) return;
    const file = path.join(await temporaryFolder(t), 'disk.img');
    const boot = bootEnvironment();
    const disk = await makeBootDisk(file, { boot, firmware: 'seabios', block: { mode: 'os' } });
    const guest = { ...BIOS, disk: disk.file, keepsWrites: true, memoryMiB: 168 };
    const until = /PROBLEM: this machine has too little memory for Merlin/;
    const { serial } = await startFromNetwork(t, { row: MERLIN, addresses: 'ours', guest, until });
    t.false(serial.some((line) => line.includes('mode=rescue')));
    const { mode, status, isDirty } = (await blockOf(disk)) ?? {};
    t.deepEqual([mode, status, isDirty], ['os', 'failed:MERLIN_MEMORY', false]);
  },
);

test.serial(
  'where IPv6 has a router, a BIOS that has nothing to do does not wait for one',
  async (t) => {
    if (!requires(t, ...NEEDS)) return;
    const start = { row: LOCAL, addresses: 'of dnsmasq', hasIpv6: true } as const;
    const { service } = await startDisk(t, BIOS, start);
    said(t, service, /: nothing to do$/);
  },
);

test.serial(
  'a BIOS that the policy does not name gets no answer and starts its disk',
  async (t) => {
    if (!requires(t, ...NEEDS)) return;
    const { service } = await startDisk(t, BIOS, { row: undefined, addresses: 'of dnsmasq' });
    said(t, service, /gets no answer: the policy does not name it/);
  },
);

test.serial(
  'beside a second PXE service a BIOS starts one of the two, and the log names the other',
  async (t) => {
    if (!requires(t, ...NEEDS)) return;
    // For a BIOS the entry 0 is its disk; for UEFI a file is named at once.
    const rival = ['--pxe-service=x86PC,Rival,0', '--pxe-service=X86-64_EFI,Rival,rival.efi'];
    const { service } = await startDisk(t, BIOS, { row: LOCAL, addresses: 'of dnsmasq', rival });
    said(t, service, /10\.77\.0\.3 answers machines that start from the network/);
  },
);
