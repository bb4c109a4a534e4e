/** The DHCP service in networks of its own, with the clients, servers and relays of others. */
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { DhcpOfferFacts } from '../../../src/pxe/dhcp/rival-probe.ts';
import type { DhcpServiceWish } from '../../helpers/dhcp-service.ts';
import { NetworkLab, type RunningProgram } from '../../helpers/network-lab.ts';
import type { ProbeWish } from '../../helpers/probe-service.ts';
import { requires } from '../../helpers/requires.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const MAC = '52:54:00:12:34:56';
/** Sets what a client got in its own namespace, and says it. */
const SCRIPT = path.resolve(import.meta.dirname, '../../fixtures/dhcp/set-address');

const serve = async (lab: NetworkLab, wish: DhcpServiceWish): Promise<RunningProgram> => {
  const service = lab.startHelper('server', 'dhcp-service.ts', JSON.stringify(wish));
  await service.waitFor(/^ready$/);
  return service;
};

const startDnsmasq = async (
  t: ExecutionContext,
  lab: NetworkLab,
  more: readonly string[],
): Promise<RunningProgram> => {
  const folder = await temporaryFolder(t);
  const files = [`--dhcp-leasefile=${folder}/leases`, `--pid-file=${folder}/pid`];
  const dnsmasq = lab.start('foreign', 'dnsmasq', [
    ...['--no-daemon', '--conf-file=/dev/null', '--port=0', '--no-ping', '--user=root'],
    ...['--no-resolv', '--no-hosts', '--interface=eth0', ...files, ...more],
  ]);
  await dnsmasq.waitFor(/DHCP(, IP range|, proxy)/);
  return dnsmasq;
};

const udhcpc = (lab: NetworkLab, more: readonly string[]): RunningProgram =>
  lab.start('client', 'busybox', [
    ...['udhcpc', '-f', '-i', 'eth0', '-s', SCRIPT, '-t', '60', '-T', '1', '-n', ...more],
  ]);

type Probe = (wish: ProbeWish) => Promise<readonly DhcpOfferFacts[]>;

const startProbe = (lab: NetworkLab, host: string): Probe => {
  const program = lab.startHelper(host, 'probe-service.ts');
  return async (wish) => {
    program.say(JSON.stringify(wish));
    const line = await program.waitFor(/^offers /);
    return JSON.parse(line.slice('offers '.length)) as readonly DhcpOfferFacts[];
  };
};

/** What matters of offers: who, which address, which file. */
const shown = (offers: readonly DhcpOfferFacts[]): readonly unknown[] =>
  offers.map(({ server, address, bootFile }) => [server, address, bootFile]);

const lan = async (t: ExecutionContext, hosts: Readonly<Record<string, string | undefined>>) => {
  const lab = await NetworkLab.open(t);
  for (const [host, address] of Object.entries(hosts))
    await lab.connect(host, 'eth0', 'lan', address);
  await lab.ip('client', `link set eth0 address ${MAC}`);
  return lab;
};

const runUdhcpc = async (lab: NetworkLab, service: RunningProgram): Promise<void> => {
  const client = udhcpc(lab, ['-V', 'PXEClient:Arch:00007:UNDI:003000', '-x', '0x5d:0007']);
  await client.waitFor(
    /did bound 10\.77\.0\.100 router=10\.77\.0\.254 mask=255\.255\.255\.0 file=efi-x64\.loader/,
  );
  client.signal('SIGUSR1');
  await client.waitFor(/did renew 10\.77\.0\.100/);
  client.signal('SIGUSR2');
  await service.waitFor(/address given back/);
  await client.stop();
  await lab.ip('client', 'address flush dev eth0');
};

const runDhclient = async (lab: NetworkLab, folder: string): Promise<void> => {
  const client = lab.start('client', 'dhclient', [
    ...['-4', '-d', '-v', '-sf', SCRIPT, '-cf', '/dev/null', '-lf', `${folder}/leases`],
    ...['-pf', `${folder}/pid`, 'eth0'],
  ]);
  await client.waitFor(/^DHCPOFFER of 10\.77\.0\.100 from 10\.77\.0\.1/);
  await client.waitFor(/did BOUND 10\.77\.0\.100 router=10\.77\.0\.254 mask=255\.255\.255\.0/);
  await client.waitFor(/^DHCPACK of 10\.77\.0\.100 from 10\.77\.0\.1/);
  await client.waitFor(/did RENEW 10\.77\.0\.100/);
  await client.stop();
};

test('udhcpc, dhclient and dhcping of one machine get the same address from us and renew it', async (t) => {
  if (!requires(t, 'root', 'ip', 'busybox', 'dhclient', 'dhcping')) return;
  const lab = await lan(t, { server: '10.77.0.1/24', client: undefined });
  const file = path.join(await temporaryFolder(t), 'leases.json');
  const service = await serve(lab, {
    ...{ interfaces: [], range: '10.77.0.100-10.77.0.110', router: '10.77.0.254' },
    ...{ leaseSeconds: 10, file },
  });
  await runUdhcpc(lab, service);
  await runDhclient(lab, await temporaryFolder(t));
  const asked = ['-t', '30', '-c', '10.77.0.100', '-s', '10.77.0.1', '-h', MAC];
  await lab.start('client', 'dhcping', asked).waitFor(/Got answer from: 10\.77\.0\.1/);
  t.deepEqual(
    service.lines.filter((line) => /"level":[4-6]0/.test(line)),
    [],
  );
});

test('beside dnsmasq its clients get their addresses from it, and boot clients our file', async (t) => {
  if (!requires(t, 'root', 'ip', 'busybox', 'dnsmasq')) return;
  const lab = await lan(t, {
    ...{ server: '10.77.0.1/24', foreign: '10.77.0.2/24', client: undefined },
  });
  await startDnsmasq(t, lab, ['--dhcp-range=10.77.0.50,10.77.0.90,255.255.255.0,10m']);
  const service = await serve(lab, { interfaces: ['eth0'] });
  const client = udhcpc(lab, ['-q']);
  const bound = await client.waitFor(/did bound 10\.77\.0\.[5-9][0-9]/);
  await client.end();
  t.deepEqual(service.lines, ['ready']);

  const address = /10\.77\.0\.\d+/.exec(bound)?.[0] ?? '';
  const offers = await startProbe(lab, 'client')({ address, expected: 2 });
  const common = { server: '10.77.0.1', bootServer: '10.77.0.1', vendorClass: 'PXEClient' };
  const ours = offers.filter(({ server }) => server === '10.77.0.1');
  t.like(ours, [
    { ...common, architectureType: 0, address: undefined, bootFile: 'bios.loader' },
    { ...common, architectureType: 7, address: undefined, bootFile: 'efi-x64.loader' },
  ]);
  const foreign = offers.filter(({ server }) => server === '10.77.0.2');
  t.is(offers.length - ours.length, foreign.length);
  t.is(foreign.length, 2);
  for (const offer of foreign) {
    t.regex(offer.address ?? '', /^10\.77\.0\.[5-9][0-9]$/);
    t.deepEqual([offer.bootFile, offer.vendorClass], [undefined, undefined]);
  }
});

test('each of two wires gets the answer that is for it, and so does a network behind a relay', async (t) => {
  if (!requires(t, 'root', 'ip', 'dnsmasq')) return;
  const lab = await lan(t, {
    server: '10.77.0.1/24',
    foreign: '10.77.0.2/24',
    client: '10.77.0.9/24',
  });
  await lab.connect('server', 'eth1', 'office', '10.88.0.1/24');
  await lab.connect('neighbour', 'eth0', 'office', '10.88.0.9/24');
  await lab.connect('foreign', 'eth1', 'branch', '10.99.0.2/24');
  await lab.connect('far', 'eth0', 'branch', '10.99.0.9/24');
  await lab.ip('server', 'route add 10.99.0.0/24 via 10.77.0.2');
  const relay = ['--dhcp-relay=10.99.0.2,10.77.0.1', '--interface=eth1'];
  await startDnsmasq(t, lab, ['--dhcp-range=10.77.0.0,proxy', ...relay]);
  await serve(lab, { interfaces: ['eth0', 'eth1'], range: '10.77.0.100-10.77.0.100' });
  const common = { architectureTypes: [7], expected: 1 };
  for (const [host, address, offer] of [
    ['client', '10.77.0.9', ['10.77.0.1', '10.77.0.100', 'efi-x64.loader']],
    ['neighbour', '10.88.0.9', ['10.88.0.1', undefined, 'efi-x64.loader']],
    ['far', '10.99.0.9', ['10.77.0.1', undefined, 'efi-x64.loader']],
  ] as const)
    t.deepEqual(shown(await startProbe(lab, host)({ address, ...common })), [offer], host);
});

test('a probe finds a DHCP server that names a boot file, a PXE service without addresses, or nobody', async (t) => {
  if (!requires(t, 'root', 'ip', 'dnsmasq')) return;
  const lab = await lan(t, { foreign: '10.77.0.2/24', client: '10.77.0.9/24' });
  const probe = startProbe(lab, 'client');
  const address = '10.77.0.9';
  t.deepEqual(await probe({ address, expected: 0 }), []);
  const boot = '--dhcp-boot=pxelinux.0,tftp.example,10.77.0.7';
  const dhcp = await startDnsmasq(t, lab, ['--dhcp-range=10.77.0.50,10.77.0.90,10m', boot]);
  const wish = { address, expected: 1, architectureTypes: [0] };
  const [named, ...others] = await probe(wish);
  t.deepEqual(others, []);
  t.like(named, { server: '10.77.0.2', bootFile: 'pxelinux.0', bootServer: '10.77.0.7' });
  t.regex(named?.address ?? '', /^10\.77\.0\.[5-9][0-9]$/);
  await dhcp.stop();
  const services = ['--pxe-service=x86PC,Install,lpxelinux', '--pxe-prompt=Go,0'];
  await startDnsmasq(t, lab, ['--dhcp-range=10.77.0.0,proxy', ...services]);
  const [proxy] = await probe(wish);
  t.like(proxy, { server: '10.77.0.2', address: undefined, vendorClass: 'PXEClient' });
});
