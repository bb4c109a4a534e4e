/** `nacre pxe check` on a network of its own, beside servers of others. */
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { NetworkLab } from '../helpers/network-lab.ts';
import { requires } from '../helpers/requires.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const MAIN = path.resolve(import.meta.dirname, '../../dist/cli/main.cjs');

interface Document {
  readonly ok: boolean;
  readonly findings: readonly {
    readonly level: string;
    readonly name: string;
    readonly facts: Readonly<Record<string, unknown>>;
  }[];
}

/** A dnsmasq that gives addresses, with more of its options. */
const startDnsmasq = async (
  t: ExecutionContext,
  lab: NetworkLab,
  host: string,
  ...more: readonly string[]
): Promise<void> => {
  const folder = await temporaryFolder(t);
  const dnsmasq = lab.start(host, 'dnsmasq', [
    ...['--no-daemon', '--conf-file=/dev/null', '--port=0', '--no-ping', '--user=root'],
    ...['--no-resolv', '--no-hosts', '--interface=eth0', `--dhcp-leasefile=${folder}/leases`],
    ...['--dhcp-range=10.77.0.100,10.77.0.199', `--pid-file=${folder}/pid`, ...more],
  ]);
  await dnsmasq.waitFor(/DHCP, IP range/);
};

/** Runs the command on the host `server`. */
const check = async (t: ExecutionContext, lab: NetworkLab): Promise<Document> => {
  const words = ['pxe', 'check', '--json', '--boot', `${await temporaryFolder(t)}/none`];
  const lines = await lab.start('server', process.execPath, [MAIN, ...words]).end();
  return JSON.parse(lines.join('\n')) as Document;
};

const namesOf = ({ findings }: Document): readonly string[] =>
  findings.map(({ level, name }) => `${level} ${name}`);

test.serial('a DHCP server with a boot file and missing boot files are named', async (t) => {
  if (!requires(t, 'root', 'ip', 'dnsmasq')) return;
  const lab = await NetworkLab.open(t);
  await lab.connect('server', 'eth0', 'lan', '10.77.0.1/24');
  await lab.connect('foreign', 'eth0', 'lan', '10.77.0.2/24');
  await startDnsmasq(t, lab, 'foreign', '--dhcp-boot=pxelinux.0,,10.77.0.2');
  const document = await check(t, lab);
  t.false(document.ok);
  for (const wanted of [
    ...['fine port-free', 'fine dhcp-server'],
    ...['problem boot-files-wrong', 'problem boot-file-of-others'],
  ])
    t.true(namesOf(document).includes(wanted), wanted);
  const named = document.findings.find(({ name }) => name === 'boot-file-of-others');
  t.like(named?.facts, { server: '10.77.0.2', file: 'pxelinux.0', interface: 'eth0' });
});

for (const [title, more, wanted] of [
  ['shares its port with us', ['--bind-dynamic'], 'warning port-shared'],
  ['keeps its port', [], 'problem port-taken'],
] as const)
  test.serial(`a DHCP server on this machine that ${title} is named`, async (t) => {
    if (!requires(t, 'root', 'ip', 'dnsmasq')) return;
    const lab = await NetworkLab.open(t);
    await lab.connect('server', 'eth0', 'lan', '10.77.0.1/24');
    await startDnsmasq(t, lab, 'server', ...more);
    const { findings } = await check(t, lab);
    const found = findings.find(({ facts }) => facts['port'] === 67);
    t.is(`${found?.level} ${found?.name}`, wanted);
    t.regex(String(found?.facts['owner']), /^dnsmasq \(pid \d+\)$/);
  });
