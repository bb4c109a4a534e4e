/** What lies between a device and the service: a bad cable, or a DHCP relay with its router. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { type CableFaults, layCable } from './cable.ts';
import type { RunningProgram } from './network-lab.ts';
import type { ServeLab } from './serve-lab.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

export type NetworkPath =
  | { readonly kind: 'cable'; readonly faults: CableFaults }
  /** The network of the device is 10.78.0.0/24 then, and only the relay is on both. */
  | { readonly kind: 'relay'; readonly by: 'dnsmasq' | 'isc-dhcp-relay' };

const SEGMENT = 'far';
const RELAY = { near: '10.77.0.5', far: '10.78.0.1' } as const;
/** Behind a relay: options of the DHCP server for that network. */
export const FAR_RANGE: readonly string[] = [
  '--dhcp-range=10.78.0.100,10.78.0.199,255.255.255.0',
  `--dhcp-option=option:router,${RELAY.far}`,
];

/** A program of a Debian package that is only unpacked, because its installation would start it. */
const isc = (): string => {
  const words = { encoding: 'utf8', cwd: ROOT } as const;
  const fetched = execFileSync(path.join(ROOT, 'scripts/fetch-package'), ['isc-dhcp-relay'], words);
  return path.join(ROOT, fetched.trim(), 'usr/sbin/dhcrelay');
};

/** To all that answer on the near side: the DHCP server and the service. */
const startRelay = async (
  { lab }: ServeLab,
  by: 'dnsmasq' | 'isc-dhcp-relay',
  servers: readonly string[],
): Promise<void> => {
  if (by === 'dnsmasq') {
    const common = ['--no-daemon', '--conf-file=/dev/null', '--port=0', '--user=root'];
    const relays = servers.map((server) => `--dhcp-relay=${RELAY.far},${server}`);
    await lab.start('relay', 'dnsmasq', [...common, ...relays]).waitFor(/DHCP relay from/);
    return;
  }
  const words = ['-4', '-d', '--no-pid', '-id', 'eth1', '-iu', 'eth0', ...servers];
  await lab.start('relay', isc(), words).waitFor(/Sending on +Socket\/fallback/);
};

const layRelay = async (net: ServeLab, by: 'dnsmasq' | 'isc-dhcp-relay'): Promise<void> => {
  const { lab } = net;
  await lab.connect('relay', 'eth0', 'lan', `${RELAY.near}/24`);
  await lab.connect('relay', 'eth1', SEGMENT, `${RELAY.far}/24`);
  await lab.start('relay', 'sysctl', ['-q', '-w', 'net.ipv4.ip_forward=1']).end();
  for (const host of ['server', 'dhcp'])
    await lab.ip(host, `route add 10.78.0.0/24 via ${RELAY.near}`);
  await startRelay(net, by, ['10.77.0.2', '10.77.0.1']);
};

/** A way that is laid. */
export interface LaidPath {
  /** Of the device. */
  readonly segment: string;
  readonly cable?: RunningProgram;
}

/** Lays it, beside a service and a DHCP server on the segment `lan`. */
export const layPath = async (net: ServeLab, way: NetworkPath): Promise<LaidPath> => {
  if (way.kind === 'cable')
    return { segment: SEGMENT, cable: await layCable(net.lab, ['lan', SEGMENT], way.faults) };
  await layRelay(net, way.by);
  return { segment: SEGMENT };
};
