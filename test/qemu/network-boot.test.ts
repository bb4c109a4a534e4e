/** The shortest starts of devices from the network; test/long/network-boot.test.ts has all of them. */
import test, { type ExecutionContext } from 'ava';
import { OS_SAYS } from '../helpers/boot-disk.ts';
import { BOOT_NEEDS } from '../helpers/boot-environment.ts';
import { NETWORK_GUEST_NEEDS, type NetworkGuest } from '../helpers/network-guest.ts';
import { MERLIN_SAYS, startFromNetwork } from '../helpers/network-start.ts';
import { requires } from '../helpers/requires.ts';
import { makeBiosDisk, makeEfiDisk } from '../helpers/speaking-disk.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const NEEDS = [...BOOT_NEEDS, ...NETWORK_GUEST_NEEDS, 'dnsmasq'];
const DISK_SAYS = new RegExp(`^${OS_SAYS}`);
const LOCAL = 'action = "local-disk"';

const said = (t: ExecutionContext, lines: readonly string[], line: RegExp): void => {
  t.true(
    lines.some((one) => line.test(one)),
    lines.join('\n'),
  );
};

test.serial('a BIOS beside a DHCP server of others starts Merlin', async (t) => {
  if (!requires(t, ...NEEDS)) return;
  const guest = { firmware: 'seabios', card: 'virtio-net-pci' } as const;
  const { service, net } = await startFromNetwork(t, {
    ...{ row: 'action = "merlin"', addresses: 'of dnsmasq', guest, until: MERLIN_SAYS },
  });
  said(t, service, /is told to load boot\/ipxe\/52-54-00-12-34-56 by http: the policy says Merlin/);
  const text = (await net.pxe(['explain', '52:54:00:12:34:56']).end()).join('\n');
  t.regex(text, /^loaded: .* initrd\.pxe \(HTTP\) 34\.\d MiB done$/m);
});

test.serial('UEFI that has nothing to do starts the loader of its disk', async (t) => {
  if (!requires(t, ...NEEDS)) return;
  const disk = makeEfiDisk(`${await temporaryFolder(t)}/disk.img`);
  const guest: Omit<NetworkGuest, 'mac'> = { firmware: 'ovmf', card: 'virtio-net-pci', disk };
  const start = { row: LOCAL, addresses: 'ours', guest, until: DISK_SAYS } as const;
  const { service } = await startFromNetwork(t, start);
  said(t, service, /is told to load local-disk\.efi by tftp: nothing to do$/);
});

test.serial('a BIOS that nobody answers starts its disk', async (t) => {
  if (!requires(t, ...NEEDS)) return;
  const disk = makeBiosDisk(`${await temporaryFolder(t)}/disk.img`);
  const guest = { firmware: 'seabios', card: 'virtio-net-pci', disk } as const;
  const start = { row: undefined, addresses: 'of dnsmasq', guest, until: DISK_SAYS } as const;
  const { service } = await startFromNetwork(t, start);
  said(t, service, /gets no answer: the policy does not name it/);
});
