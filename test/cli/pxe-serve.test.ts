/** `nacre pxe serve`, `status` and `explain` on a network of their own, with clients of others. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { requires } from '../helpers/requires.ts';
import { openServeLab, type ServeLab } from '../helpers/serve-lab.ts';

const DEVICE = '52:54:00:12:34:56';
const STRANGER = '52:54:00:00:00:99';
const POLICY = `[[device]]\nmac = "${DEVICE}"\naction = "merlin"\n`;
const CLIENT_NEEDS = ['root', 'ip', 'busybox', 'curl', 'setpriv'] as const;

/** Asks for an address as the firmware of a BIOS would. @returns lines of the client */
const askAsFirmware = async (
  { lab }: ServeLab,
  mac: string,
  tries = 5,
): Promise<readonly string[]> => {
  await lab.ip('device', `link set eth0 address ${mac}`);
  const words = ['udhcpc', '-i', 'eth0', '-f', '-n', '-q', '-t', `${tries}`, '-T', '2'];
  const firmware = ['-V', 'PXEClient:Arch:00000:UNDI:002001', '-x', '0x5d:0000', '-s', '/bin/true'];
  return lab.start('device', 'busybox', [...words, ...firmware]).end();
};

const curl = async ({ lab }: ServeLab, ...words: readonly string[]): Promise<string> => {
  const lines = await lab.start('device', 'curl', ['-sS', '-m', '20', ...words]).end();
  return lines.join('\n');
};

const documentOf = async (
  { pxe }: ServeLab,
  ...words: readonly string[]
): Promise<Record<string, unknown>> => {
  const lines = await pxe([...words, '--json']).end();
  return JSON.parse(lines.join('\n')) as Record<string, unknown>;
};

const open = async (t: ExecutionContext): Promise<ServeLab | undefined> =>
  requires(t, ...CLIENT_NEEDS) ? openServeLab(t, POLICY) : undefined;

test.serial('a device gets an address, its loader by TFTP and its script by HTTP', async (t) => {
  const net = await open(t);
  if (net === undefined) return;
  const running = await net.serve(['--dhcp', '10.77.0.100-10.77.0.110']);
  t.regex((await askAsFirmware(net, DEVICE)).join('\n'), /lease of 10\.77\.0\.1\d\d obtained/);
  await running.waitFor(/is told to load undionly\.kpxe by tftp: the policy says Merlin/);
  const loader = path.join(net.folder, 'loader');
  await curl(net, '-o', loader, 'tftp://10.77.0.1/undionly.kpxe');
  t.is(await readFile(loader, 'latin1'), 'undionly ');
  const script = await curl(net, `http://10.77.0.1:30880/boot/ipxe/${DEVICE.replaceAll(':', '-')}`);
  t.regex(script, /^kernel http:\/\/10\.77\.0\.1:30880\/vmlinuz /m);
  await running.stop('SIGTERM');
  t.true((await running.end()).some((line) => /orders and what was seen are stored/.test(line)));
  t.regex(await readFile(path.join(net.data, 'pxe/leases.json'), 'utf8'), /52:54:00:12:34:56/);

  const status = await documentOf(net, 'status');
  t.is(status['service'], null);
  t.like((status['devices'] as object[])[0], {
    ...{ mac: DEVICE, architecture: 'bios', asked: 'pxe', answered: 'undionly.kpxe' },
    reason: 'policy-merlin',
  });
  const report = await documentOf(net, 'explain', DEVICE);
  t.deepEqual(
    (report['seen'] as { loads: { file: string; end: string }[] }).loads.map(
      ({ file, end }) => `${file} ${end}`,
    ),
    ['boot/ipxe/52-54-00-12-34-56 done', 'undionly.kpxe done'],
  );
  t.deepEqual(report['advice'], ['service-not-running']);
});

test.serial('an unknown device gets no answer, and a changed policy one', async (t) => {
  const net = await open(t);
  if (net === undefined) return;
  const running = await net.serve();
  t.regex((await askAsFirmware(net, STRANGER, 1)).join('\n'), /no lease, failing/);
  await running.waitFor(/00:99 gets no answer: the policy does not name it/);
  const words = (await net.pxe(['explain', STRANGER]).end()).join('\n');
  t.regex(words, /^answered: no answer: the policy does not name it$/m);
  t.regex(words, /^what to do: If it is yours, give it a \[\[device\]\] row/m);
  t.notRegex(words, /No service runs/);
  t.regex(
    (await net.pxe(['explain', DEVICE]).end()).join('\n'),
    /^seen: never$[\s\S]*^next start: Merlin: the policy says Merlin$[\s\S]*this one was not/m,
  );
  await writeFile(net.policy, `${POLICY}[[device]]\nmac = "${STRANGER}"\naction = "menu"\n`);
  await running.waitFor(/pxe\.toml has changed and is in force/);
  await askAsFirmware(net, STRANGER, 1);
  await running.waitFor(/00:99 is told to load undionly\.kpxe by tftp: the policy says menu/);
  const japanese = (await net.pxe(['explain', STRANGER, '--lang', 'ja']).end()).join('\n');
  t.regex(japanese, /^次回起動: メニュー: ポリシーの指定: メニュー$/m);
});

test.serial('a second service with the same data is refused and names the first', async (t) => {
  const net = await open(t);
  if (net === undefined) return;
  await net.serve();
  const second = await net.serve();
  t.regex((await second.end()).join('\n'), /runs already: process \d+, since /);
});

test.serial('a port that is taken is named with its program, and nothing stays open', async (t) => {
  const net = await open(t);
  if (net === undefined) return;
  const listen = "require('net').createServer().listen(30880, () => console.log('up'))";
  const other = net.lab.start('server', process.execPath, ['-e', listen]);
  await other.waitFor(/up/);
  const refused = await net.serve();
  const text = (await refused.end()).join('\n');
  t.regex(text, /tcp port 30880 is in use by another program: node \(pid \d+\)/);
  await other.stop();
  await net.serve();
  t.pass();
});

test.serial(
  'a device of each network is told the address of the server in that network',
  async (t) => {
    const net = await open(t);
    if (net === undefined) return;
    await net.lab.connect('server', 'eth1', 'other', '10.88.0.1/24');
    await net.lab.connect('device', 'eth1', 'other', '10.88.0.50/24');
    const service = await net.serve(['--interface', 'eth0', '--interface', '10.88.0.1']);
    t.regex(service.lines.at(-1) ?? '', /ready: eth0 10\.77\.0\.1, eth1 10\.88\.0\.1/);
    const dashed = DEVICE.replaceAll(':', '-');
    for (const address of ['10.77.0.1', '10.88.0.1']) {
      const script = await curl(net, `http://${address}:30880/boot/ipxe/${dashed}`);
      t.true(script.includes(`kernel http://${address}:30880/vmlinuz `));
      t.true(script.includes(` nacre.server=https://${address}:30806 nacre.pin=`));
      const config = await curl(net, `tftp://${address}/grub/grub.cfg-01-${dashed}`);
      t.true(config.includes(`set server=${address}\n`), config);
    }
  },
);

test.serial(
  'an interface that is gone is not served, says the status, and is when it is back',
  async (t) => {
    const net = await open(t);
    if (net === undefined) return;
    const running = await net.serve(['--dhcp', '10.77.0.100-10.77.0.110']);
    const missing = async (): Promise<unknown> => {
      const { service } = await documentOf(net, 'status');
      return (service as Record<string, unknown> | null)?.['missing'];
    };
    t.deepEqual(await missing(), []);
    await net.lab.ip('server', 'address flush dev eth0');
    await net.lab.ip('server', 'link set eth0 down');
    t.deepEqual(await missing(), [{ name: 'eth0', address: '10.77.0.1' }]);
    t.regex((await net.pxe(['status']).end()).join('\n'), /NOT SERVED NOW.*: eth0 10\.77\.0\.1/);
    await net.lab.ip('server', 'link set eth0 up');
    await net.lab.ip('server', 'address add 10.77.0.1/24 dev eth0');
    t.deepEqual(await missing(), []);
    t.regex((await askAsFirmware(net, DEVICE)).join('\n'), /lease of 10\.77\.0\.1\d\d obtained/);
    const script = `http://10.77.0.1:30880/boot/ipxe/${DEVICE.replaceAll(':', '-')}`;
    t.regex(await curl(net, script), /^#!ipxe/);
    await running.stop('SIGTERM');
  },
);
