/** One start of a device from the network, through `nacre pxe serve`. */
import type { ExecutionContext } from 'ava';
import { bootEnvironment } from './boot-environment.ts';
import { type CableCounts, unplug } from './cable.ts';
import { type NetworkGuest, startNetworkGuest } from './network-guest.ts';
import type { NetworkLab, RunningProgram } from './network-lab.ts';
import { FAR_RANGE, type LaidPath, layPath, type NetworkPath } from './network-path.ts';
import { openServeLab, type ServeLab } from './serve-lab.ts';
import { temporaryFolder } from './temporary-folder.ts';

export const GUEST_MAC = '52:54:00:12:34:56';
/** Merlin's first line: Node runs. */
export const MERLIN_SAYS = /^Merlin, the imaging environment/;

/** A test, or what wants to know how long a start takes. */
export type StartOwner = Pick<ExecutionContext, 'teardown'> & {
  readonly log: (...values: string[]) => void;
};

export interface NetworkStart {
  /** What the policy says of the device; nothing for one that it does not name. */
  readonly row: string | undefined;
  /** Who gives addresses: we, or a dnsmasq that knows nothing of network boot. */
  readonly addresses: 'ours' | 'of dnsmasq';
  /** The dnsmasq is a router of IPv6 too: iPXE of Debian 12 waits for one, 16 s when there is none. */
  readonly hasIpv6?: boolean;
  /** Options of one more dnsmasq, which gives no addresses and answers network starts too. */
  readonly rival?: readonly string[];
  /** What lies between the device and all others; nothing by default. A relay needs a dnsmasq that gives addresses. */
  readonly path?: NetworkPath;
  readonly guest: Omit<NetworkGuest, 'mac'>;
  /** The line on the serial line that ends the test. */
  readonly until: RegExp;
}

export interface StartedDevice {
  /** From power-on to the line. */
  readonly seconds: number;
  /** Lines of the service. */
  readonly service: readonly string[];
  readonly serial: readonly string[];
  /** What the cable did, to the device and from it; empty without one. */
  readonly cable: readonly CableCounts[];
  readonly net: ServeLab;
}

const startDnsmasq = async (
  t: StartOwner,
  lab: NetworkLab,
  host: string,
  words: readonly string[],
): Promise<void> => {
  const folder = await temporaryFolder(t);
  const common = ['--no-daemon', '--conf-file=/dev/null', '--port=0', '--no-ping', '--user=root'];
  const places = [`--dhcp-leasefile=${folder}/leases`, `--pid-file=${folder}/pid`];
  const quiet = ['--no-resolv', '--no-hosts', '--interface=eth0'];
  const running = lab.start(host, 'dnsmasq', [...common, ...places, ...quiet, ...words]);
  await running.waitFor(/DHCP, (IP range|proxy)/);
};

const startOthers = async (
  t: StartOwner,
  { lab }: ServeLab,
  { addresses, rival, path, hasIpv6 = false }: NetworkStart,
): Promise<void> => {
  if (addresses === 'of dnsmasq') {
    await lab.connect('dhcp', 'eth0', 'lan', '10.77.0.2/24');
    if (hasIpv6) await lab.ip('dhcp', 'address add fd00:77::2/64 dev eth0 nodad');
    const routes = hasIpv6 ? ['--enable-ra', '--dhcp-range=fd00:77::,ra-only'] : [];
    const range = path?.kind === 'relay' ? FAR_RANGE : ['--dhcp-range=10.77.0.100,10.77.0.199'];
    await startDnsmasq(t, lab, 'dhcp', [...range, ...routes]);
  }
  if (rival === undefined) return;
  await lab.connect('rival', 'eth0', 'lan', '10.77.0.3/24');
  await startDnsmasq(t, lab, 'rival', ['--dhcp-range=10.77.0.0,proxy', ...rival]);
};

/** Waits for a line; a device that ends or is stopped without it fails with all that was said. */
const until = async (
  guest: RunningProgram,
  service: RunningProgram,
  line: RegExp,
): Promise<void> => {
  try {
    await guest.waitFor(line);
  } catch (cause) {
    throw new Error(`the service said:\n${service.lines.join('\n')}`, { cause });
  }
};

const PATIENCE_MS = 400_000;

/** Starts service, others and device, and waits for the line. The device is switched off then. */
export const startFromNetwork = async (
  t: StartOwner,
  start: NetworkStart,
): Promise<StartedDevice> => {
  const row = start.row === undefined ? '' : `[[device]]\nmac = "${GUEST_MAC}"\n${start.row}\n`;
  const net = await openServeLab(t, row, bootEnvironment());
  await startOthers(t, net, start);
  const range = start.addresses === 'ours' ? ['--dhcp', '10.77.0.100-10.77.0.199'] : [];
  const service = await net.serve(range);
  const { segment, cable }: LaidPath =
    start.path === undefined ? { segment: 'lan' } : await layPath(net, start.path);
  const began = performance.now();
  const guest = await startNetworkGuest(net.lab, segment, { ...start.guest, mac: GUEST_MAC });
  // What it said until then is worth more than the time-out of the test.
  const timer = setTimeout(() => guest.signal('SIGKILL'), PATIENCE_MS);
  await until(guest, service, start.until).finally(() => clearTimeout(timer));
  const seconds = (performance.now() - began) / 1000;
  await guest.stop('SIGKILL');
  t.log(`${seconds.toFixed(1)} s from power-on`);
  const counts = cable === undefined ? [] : await unplug(cable);
  return { seconds, service: service.lines, serial: guest.lines, cable: counts, net };
};
