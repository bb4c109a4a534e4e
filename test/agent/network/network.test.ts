/** Merlin's network in hosts of its own, beside the DHCP server of others. */
import { readFileSync } from 'node:fs';
import test from 'ava';
import { compiledProgram } from '../../helpers/compiled-program.ts';
import { NetworkLab, type RunningProgram } from '../../helpers/network-lab.ts';
import { requires } from '../../helpers/requires.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const NEEDS = ['root', 'ip', 'dnsmasq', 'busybox'] as const;
const PROGRAM = compiledProgram('merlin-network.ts');

const startMerlin = (lab: NetworkLab, folder: string, patienceMs: number): RunningProgram =>
  lab.startWithCards('device', process.execPath, [PROGRAM, folder, String(patienceMs)]);

const MAC = '52:54:00:12:34:56';

test.serial(
  'a card with an answer brings the network up, with gateway and name server',
  async (t) => {
    if (!requires(t, ...NEEDS)) return;
    const folder = await temporaryFolder(t);
    const lab = await NetworkLab.open(t);
    await lab.connect('server', 'eth0', 'lan', '10.77.0.1/24');
    // A card without anybody on the other side.
    await lab.connect('device', 'eth0', 'empty');
    await lab.connect('device', 'eth1', 'lan');
    const dnsmasq = lab.start('server', 'dnsmasq', [
      ...['--no-daemon', '--conf-file=/dev/null', '--port=0', '--no-ping', '--user=root'],
      ...['--no-resolv', '--no-hosts', '--interface=eth0', `--dhcp-leasefile=${folder}/leases`],
      ...['--dhcp-range=10.77.0.100,10.77.0.199,255.255.255.0,2m', `--pid-file=${folder}/pid`],
      ...['--dhcp-option=3,10.77.0.1', '--dhcp-option=6,10.77.0.1,10.77.0.2'],
    ]);
    await dnsmasq.waitFor(/DHCP, IP range/);
    const device = startMerlin(lab, folder, 60_000);
    const up = await device.waitFor(/^(up|failed) /);
    t.regex(up, /^up "10\.77\.0\.1\d\d"$/);
    const routes = await lab.start('device', 'ip', ['route', 'show', 'default']).end();
    t.regex(routes.join('\n'), /default via 10\.77\.0\.1 dev eth1/);
    const names = readFileSync(`${folder}/resolv.conf`, 'utf8');
    t.is(names, 'nameserver 10.77.0.1\nnameserver 10.77.0.2\n');
    const ping = lab.start('device', 'busybox', ['ping', '-c', '1', '10.77.0.1']);
    t.regex((await ping.end()).join(' '), /1 packets received/);
    device.signal('SIGTERM');
  },
);

test.serial('without an answer every card is named with what it lacks', async (t) => {
  if (!requires(t, ...NEEDS)) return;
  const folder = await temporaryFolder(t);
  const lab = await NetworkLab.open(t);
  await lab.connect('device', 'eth0', 'lan');
  await lab.ip('device', `link set eth0 address ${MAC}`);
  const device = startMerlin(lab, folder, 1500);
  const failed = await device.waitFor(/^(up|failed) /);
  t.regex(failed, /MERLIN_NO_NETWORK/);
  t.regex(failed, new RegExp(`eth0 ${MAC}: no answer to DHCP`));
});
