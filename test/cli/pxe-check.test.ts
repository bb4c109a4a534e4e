/** `nacre pxe check` on a network of its own, beside servers of others. */
import path from 'node:path';
import test from 'ava';
import { NetworkLab } from '../helpers/network-lab.ts';
import { requires } from '../helpers/requires.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const MAIN = path.resolve(import.meta.dirname, '../../dist/cli/main.js');

interface Document {
  readonly ok: boolean;
  readonly findings: readonly {
    readonly level: string;
    readonly name: string;
    readonly facts: Readonly<Record<string, unknown>>;
  }[];
}

test.serial('a DHCP server with a boot file and missing boot files are named', async (t) => {
  if (!requires(t, 'root', 'ip', 'dnsmasq', 'busybox')) return;
  const folder = await temporaryFolder(t);
  const lab = await NetworkLab.open(t);
  await lab.connect('server', 'eth0', 'lan', '10.77.0.1/24');
  await lab.connect('foreign', 'eth0', 'lan', '10.77.0.2/24');
  const dnsmasq = lab.start('foreign', 'dnsmasq', [
    ...['--no-daemon', '--conf-file=/dev/null', '--port=0', '--no-ping', '--user=root'],
    ...['--no-resolv', '--no-hosts', '--interface=eth0', `--dhcp-leasefile=${folder}/leases`],
    ...['--dhcp-range=10.77.0.100,10.77.0.199', `--pid-file=${folder}/pid`],
    ...['--dhcp-boot=pxelinux.0,,10.77.0.2'],
  ]);
  await dnsmasq.waitFor(/DHCP, IP range/);
  const words = ['pxe', 'check', '--json', '--boot', `${folder}/none`];
  const lines = await lab.start('server', process.execPath, [MAIN, ...words]).end();
  const { ok, findings } = JSON.parse(lines.join('\n')) as Document;
  t.false(ok);
  const names = findings.map(({ level, name }) => `${level} ${name}`);
  for (const wanted of [
    ...['fine port-free', 'fine dhcp-server'],
    ...['problem boot-files-wrong', 'problem boot-file-of-others'],
  ])
    t.true(names.includes(wanted), `${wanted} in ${names.join(', ')}`);
  const named = findings.find(({ name }) => name === 'boot-file-of-others');
  t.like(named?.facts, { server: '10.77.0.2', file: 'pxelinux.0', interface: 'eth0' });
});
