/** The DHCP service in networks of its own, with the clients, servers and relays of others. */
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { DhcpOfferFacts, RivalProbeOptions } from '../../src/pxe/rival-probe.ts';
import type { DhcpServiceWish } from '../helpers/dhcp-service.ts';
import { NetworkLab, type RunningProgram } from '../helpers/network-lab.ts';
import { requires } from '../helpers/requires.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const MAC = '52:54:00:12:34:56';

const serve = async (lab: NetworkLab, wish: DhcpServiceWish): Promise<RunningProgram> => {
  const service = lab.startHelper('server', 'dhcp-service.ts', wish);
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
    ...['--no-resolv', '--no-hosts', ...files, ...more],
  ]);
  await dnsmasq.waitFor(/DHCP(, IP range|, proxy| relay)/);
  return dnsmasq;
};

/** Sets what a client got in its own namespace, and says it. */
const SCRIPT = path.resolve(import.meta.dirname, '../fixtures/dhcp/set-address');

const udhcpc = (lab: NetworkLab, more: readonly string[]): RunningProgram =>
  lab.start('client', 'busybox', [
    ...['udhcpc', '-f', '-i', 'eth0', '-s', SCRIPT, '-t', '10', '-T', '1', '-n', ...more],
  ]);

const probe = async (
  lab: NetworkLab,
  host: string,
  wish: RivalProbeOptions,
): Promise<readonly DhcpOfferFacts[]> => {
  const line = await lab
    .startHelper(host, 'probe-service.ts', { waitMs: 1500, ...wish })
    .waitFor(/^offers /);
  return JSON.parse(line.slice('offers '.length)) as readonly DhcpOfferFacts[];
};

const lan = async (t: ExecutionContext, hosts: Record<string, string | undefined>) => {
  const lab = await NetworkLab.open(t);
  for (const [host, address] of Object.entries(hosts))
    await lab.connect(host, 'eth0', 'lan', address);
  if ('client' in hosts) await lab.ip('client', `link set eth0 address ${MAC}`);
  return lab;
};

test('udhcpc and dhclient of one machine get the same address from us, renew it and give it back', async (t) => {
  if (!requires(t, 'root', 'ip', 'busybox', 'dhclient')) return;
  const lab = await lan(t, { server: '10.77.0.1/24', client: undefined });
  const file = path.join(await temporaryFolder(t), 'leases.json');
  const service = await serve(lab, {
    ...{ interfaces: [], range: '10.77.0.100-10.77.0.110', router: '10.77.0.254' },
    ...{ leaseSeconds: 6, file },
  });
  const first = udhcpc(lab, ['-V', 'PXEClient:Arch:00007:UNDI:003000', '-x', '0x5d:0007']);
  const got =
    /did bound 10\.77\.0\.100 router=10\.77\.0\.254 mask=(24|255\.255\.255\.0) file=efi-x64\.loader/;
  await first.waitFor(got);
  first.signal('SIGUSR1');
  await first.waitFor(/did renew 10\.77\.0\.100/);
  first.signal('SIGUSR2');
  await service.waitFor(/address given back/);
  await first.stop();

  await lab.ip('client', 'address flush dev eth0');
  const folder = await temporaryFolder(t);
  const second = lab.start('client', 'dhclient', [
    ...['-4', '-d', '-v', '-sf', SCRIPT, '-cf', '/dev/null', '-lf', `${folder}/leases`],
    ...['-pf', `${folder}/pid`, 'eth0'],
  ]);
  await second.waitFor(/^DHCPOFFER of 10\.77\.0\.100 from 10\.77\.0\.1/);
  await second.waitFor(/did BOUND 10\.77\.0\.100 router=10\.77\.0\.254 mask=255\.255\.255\.0/);
  await second.waitFor(/^DHCPACK of 10\.77\.0\.100 from 10\.77\.0\.1/);
  await second.waitFor(/did RENEW 10\.77\.0\.100/);
  await second.stop();
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
  const range = ['--dhcp-range=10.77.0.50,10.77.0.90,255.255.255.0,10m', '--interface=eth0'];
  await startDnsmasq(t, lab, range);
  const service = await serve(lab, { interfaces: ['eth0'] });
  const client = udhcpc(lab, ['-q']);
  const bound = await client.waitFor(/did bound 10\.77\.0\.[5-9][0-9]/);
  const address = /10\.77\.0\.\d+/.exec(bound)?.[0] ?? '';
  await client.end();
  t.deepEqual(service.lines, ['ready']);

  const offers = await probe(lab, 'client', { address });
  const ours = (architectureType: number, bootFile: string) => ({
    ...{ server: '10.77.0.1', architectureType, bootFile },
    ...{ bootServer: '10.77.0.1', vendorClass: 'PXEClient' },
  });
  t.deepEqual(
    offers.filter(({ server }) => server === '10.77.0.1'),
    [ours(0, 'bios.loader'), ours(7, 'efi-x64.loader')] as unknown as DhcpOfferFacts[],
  );
  const foreign = offers.filter(({ server }) => server === '10.77.0.2');
  t.is(foreign.length, 2);
  for (const offer of foreign) {
    t.regex(offer.address ?? '', /^10\.77\.0\.[5-9][0-9]$/);
    t.deepEqual([offer.bootFile, offer.vendorClass], [undefined, undefined]);
  }
});

test('a probe finds a DHCP server that names a boot file, and a PXE service without addresses', async (t) => {
  if (!requires(t, 'root', 'ip', 'dnsmasq')) return;
  const lab = await lan(t, { foreign: '10.77.0.2/24', client: '10.77.0.9/24' });
  const boot = ['--dhcp-boot=pxelinux.0,tftp.example,10.77.0.7', '--interface=eth0'];
  const dhcp = await startDnsmasq(t, lab, ['--dhcp-range=10.77.0.50,10.77.0.90,10m', ...boot]);
  const named = await probe(lab, 'client', { address: '10.77.0.9' });
  t.like(named[0], {
    ...{ server: '10.77.0.2', architectureType: 0, bootFile: 'pxelinux.0' },
    bootServer: '10.77.0.7',
  });
  t.regex(named[0]?.address ?? '', /^10\.77\.0\.[5-9][0-9]$/);
  await dhcp.stop();
  const services = ['--pxe-service=x86PC,Install,lpxelinux', '--pxe-prompt=Go,0'];
  await startDnsmasq(t, lab, ['--dhcp-range=10.77.0.0,proxy', '--interface=eth0', ...services]);
  const proxies = await probe(lab, 'client', { address: '10.77.0.9' });
  t.like(proxies[0], { server: '10.77.0.2', address: undefined, vendorClass: 'PXEClient' });
});

test('a probe in a network without servers finds nobody', async (t) => {
  if (!requires(t, 'root', 'ip')) return;
  const lab = await lan(t, { client: '10.77.0.9/24' });
  t.deepEqual(await probe(lab, 'client', { address: '10.77.0.9', waitMs: 200 }), []);
});

test('of two interfaces each wire gets the answer with its own address only', async (t) => {
  if (!requires(t, 'root', 'ip')) return;
  const lab = await lan(t, { server: '10.77.0.1/24', client: '10.77.0.9/24' });
  await lab.connect('server', 'eth1', 'office', '10.88.0.1/24');
  await lab.connect('neighbour', 'eth0', 'office', '10.88.0.9/24');
  await serve(lab, { interfaces: ['eth0', 'eth1'], range: '10.77.0.0/24' });
  const shown = (offers: readonly DhcpOfferFacts[]): readonly unknown[] =>
    offers.map(({ server, address, bootFile }) => [server, address, bootFile]);
  const [near, far] = await Promise.all([
    probe(lab, 'client', { address: '10.77.0.9', waitMs: 600 }),
    probe(lab, 'neighbour', { address: '10.88.0.9', waitMs: 600 }),
  ]);
  t.deepEqual(shown(near), [
    ['10.77.0.1', '10.77.0.2', 'bios.loader'],
    ['10.77.0.1', '10.77.0.2', 'efi-x64.loader'],
  ]);
  t.deepEqual(shown(far), [
    ['10.88.0.1', undefined, 'bios.loader'],
    ['10.88.0.1', undefined, 'efi-x64.loader'],
  ]);
});

test('the relay of dnsmasq brings our answer to another network', async (t) => {
  if (!requires(t, 'root', 'ip', 'dnsmasq')) return;
  const lab = await lan(t, { server: '10.77.0.1/24', foreign: '10.77.0.2/24' });
  await lab.connect('foreign', 'eth1', 'office', '10.88.0.2/24');
  await lab.connect('client', 'eth0', 'office', '10.88.0.9/24');
  await lab.ip('server', 'route add 10.88.0.0/24 via 10.77.0.2');
  await startDnsmasq(t, lab, ['--dhcp-relay=10.88.0.2,10.77.0.1']);
  await serve(lab, { interfaces: ['eth0'], range: '10.77.0.100-10.77.0.110' });
  const [offer] = await probe(lab, 'client', { address: '10.88.0.9' });
  t.deepEqual(
    [offer?.server, offer?.address, offer?.bootFile],
    ['10.77.0.1', undefined, 'bios.loader'],
  );
});

test('dhcping gets an answer from us', async (t) => {
  if (!requires(t, 'root', 'ip', 'dhcping')) return;
  const lab = await lan(t, { server: '10.77.0.1/24', client: '10.77.0.100/24' });
  await serve(lab, { interfaces: ['eth0'], range: '10.77.0.100-10.77.0.110' });
  const asked = ['-c', '10.77.0.100', '-s', '10.77.0.1', '-h', MAC];
  await lab.start('client', 'dhcping', asked).waitFor(/Got answer from: 10\.77\.0\.1/);
  t.pass();
});
