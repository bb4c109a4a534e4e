/** Real firmware behind cables that lose, delay, double and overtake frames, and behind DHCP relays of others. */
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { OS_SAYS } from '../helpers/boot-disk.ts';
import { BOOT_NEEDS } from '../helpers/boot-environment.ts';
import { CABLE_NEEDS, type CableCounts } from '../helpers/cable.ts';
import { NETWORK_GUEST_NEEDS, type NetworkGuest } from '../helpers/network-guest.ts';
import type { NetworkPath } from '../helpers/network-path.ts';
import { MERLIN_SAYS, type StartedDevice, startFromNetwork } from '../helpers/network-start.ts';
import { requires } from '../helpers/requires.ts';
import { makeBiosDisk, makeEfiDisk } from '../helpers/speaking-disk.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const NEEDS = [...BOOT_NEEDS, ...NETWORK_GUEST_NEEDS, ...CABLE_NEEDS, 'dnsmasq', 'sysctl'];
const DISK_SAYS = new RegExp(`^${OS_SAYS}`);

type Guest = Omit<NetworkGuest, 'mac'>;
const BIOS: Guest = { firmware: 'seabios', card: 'virtio-net-pci' };
const OVMF: Guest = { firmware: 'ovmf', card: 'virtio-net-pci' };
const OVMF_HTTP: Guest = { firmware: 'ovmf-http', card: 'virtio-net-pci', memoryMiB: 1024 };

/** A hundredth of all frames is lost, doubled, and late, with 5 ms in each direction. */
const BAD: NetworkPath = {
  kind: 'cable',
  faults: { seed: 7, delayMs: [5, 5], loss: 0.01, duplication: 0.01, lateness: 0.01 },
};
const DNSMASQ: NetworkPath = { kind: 'relay', by: 'dnsmasq' };
const ISC: NetworkPath = { kind: 'relay', by: 'isc-dhcp-relay' };

const said = (t: ExecutionContext, lines: readonly string[], line: RegExp): void => {
  t.true(
    lines.some((one) => line.test(one)),
    lines.join('\n'),
  );
};

/** A cable that was told to be bad was. */
const wasBad = (t: ExecutionContext, way: NetworkPath, { cable }: StartedDevice): void => {
  t.is(cable.length, way.kind === 'cable' ? 2 : 0);
  t.log(cable.map((one) => JSON.stringify(one)).join(', '));
  if (way !== BAD) return;
  const sum = (count: (one: CableCounts) => number): number =>
    cable.reduce((total, one) => total + count(one), 0);
  t.true(sum(({ lost }) => lost) > 0 && sum(({ doubled }) => doubled) > 0);
  t.true(sum(({ late }) => late) > 0);
};

for (const [title, guest, addresses, way] of [
  ['a BIOS behind a bad cable', BIOS, 'ours', BAD],
  ['UEFI by PXE behind a bad cable', OVMF, 'ours', BAD],
  ['UEFI by HTTP behind a bad cable', OVMF_HTTP, 'ours', BAD],
  ['a BIOS behind the relay of dnsmasq', BIOS, 'of dnsmasq', DNSMASQ],
  ['UEFI by PXE behind isc-dhcp-relay', OVMF, 'of dnsmasq', ISC],
] as const)
  test.serial(`${title} starts Merlin`, async (t) => {
    if (!requires(t, ...NEEDS)) return;
    const row = 'action = "merlin"';
    const start = { row, addresses, guest, path: way, until: MERLIN_SAYS };
    wasBad(t, way, await startFromNetwork(t, start));
  });

for (const [title, guest, addresses, way] of [
  ['a BIOS behind a bad cable', BIOS, 'ours', BAD],
  ['UEFI by PXE behind a bad cable', OVMF, 'ours', BAD],
  ['a BIOS behind isc-dhcp-relay', BIOS, 'of dnsmasq', ISC],
  ['UEFI by HTTP behind the relay of dnsmasq', OVMF_HTTP, 'of dnsmasq', DNSMASQ],
] as const)
  test.serial(`${title} that has nothing to do starts its disk`, async (t) => {
    if (!requires(t, ...NEEDS)) return;
    const file = path.join(await temporaryFolder(t), 'disk.img');
    const disk = guest.firmware === 'seabios' ? makeBiosDisk(file) : makeEfiDisk(file);
    const started = await startFromNetwork(t, {
      ...{ row: 'action = "local-disk"', addresses, path: way },
      ...{ guest: { ...guest, disk }, until: DISK_SAYS },
    });
    said(t, started.service, /: nothing to do$/);
    t.is(started.cable.length, way.kind === 'cable' ? 2 : 0);
  });

// On a ROM that says that it is iPXE, no service has a reason to load a second one.
test.serial(
  'a BIOS whose ROM is not known as iPXE gets undionly.kpxe and starts Merlin',
  async (t) => {
    if (!requires(t, ...NEEDS)) return;
    const { service } = await startFromNetwork(t, {
      ...{ row: 'action = "merlin"', addresses: 'ours', guest: BIOS, until: MERLIN_SAYS },
      path: { kind: 'cable', faults: { hidesIpxe: true } },
    });
    said(t, service, /is told to load undionly\.kpxe by tftp/);
    said(t, service, /loaded undionly\.kpxe by TFTP: .*done/);
  },
);
