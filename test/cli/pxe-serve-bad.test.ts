/** What keeps `nacre pxe serve` from starting, and who tries to keep it from serving. */
import { readFile, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { requires } from '../helpers/requires.ts';
import { openServeLab, type ServeLab } from '../helpers/serve-lab.ts';

const DEVICE = '52:54:00:12:34:56';
const POLICY = `[[device]]\nmac = "${DEVICE}"\naction = "merlin"\n`;

const open = async (t: ExecutionContext): Promise<ServeLab | undefined> =>
  requires(t, 'root', 'ip', 'setpriv', 'busybox') ? openServeLab(t, POLICY) : undefined;

/** What a service that does not start says. */
const refusalOf = async (
  net: ServeLab,
  words: readonly string[] = [],
  by: readonly string[] = [],
): Promise<string> => (await (await net.serve(words, by)).end()).join('\n');

test.serial('without the right to open low ports the capability is named', async (t) => {
  const net = await open(t);
  if (net === undefined) return;
  const without = ['setpriv', '--bounding-set', '-net_bind_service'];
  const text = await refusalOf(net, [], without);
  t.regex(text, /udp port (67|69) may not be opened by this user/);
  t.regex(text, /AmbientCapabilities=CAP_NET_BIND_SERVICE/);
});

test.serial(
  'several interfaces without a choice are listed, and an unknown one is named',
  async (t) => {
    const net = await open(t);
    if (net === undefined) return;
    await net.lab.connect('server', 'eth1', 'other', '10.88.0.1/24');
    const text = await refusalOf(net);
    t.regex(
      text,
      /several interfaces have an IPv4 address: eth0 10\.77\.0\.1\/24, eth1 10\.88\.0\.1\/24/,
    );
    t.regex(text, /--interface NAME/);
    t.regex(await refusalOf(net, ['--interface', 'eth7']), /no interface eth7 has an IPv4 address/);
  },
);

test.serial('without an interface that has an address that is said', async (t) => {
  const net = await open(t);
  if (net === undefined) return;
  await net.lab.ip('server', 'address flush dev eth0');
  t.regex(await refusalOf(net), /no network interface has an IPv4 address/);
});

test.serial(
  'a boot file that was changed on the disk is named, with both digests apart',
  async (t) => {
    const net = await open(t);
    if (net === undefined) return;
    const file = path.join(net.folder, 'boot/vmlinuz');
    const bytes = await readFile(file);
    bytes[5] = 255 - (bytes[5] ?? 0);
    await writeFile(file, bytes);
    t.regex(await refusalOf(net), /is damaged: vmlinuz has the SHA-256 [0-9a-f]{64}/);
    await truncate(file, 3);
    t.regex(await refusalOf(net), /is damaged: vmlinuz has 3 bytes, expected \d+/);
  },
);

test.serial('a policy that is wrong is refused with its line', async (t) => {
  const net = await open(t);
  if (net === undefined) return;
  await writeFile(net.policy, `${POLICY}acton = "menu"\n`);
  t.regex(await refusalOf(net), /a key of device 1 \(line 1\) is "acton", it has to be action/);
});

test.serial(
  'a machine of another kind gets no answer, and what is said of it is why',
  async (t) => {
    const net = await open(t);
    if (net === undefined) return;
    const service = await net.serve();
    await net.lab.ip('device', `link set eth0 address ${DEVICE}`);
    const arm = ['-V', 'PXEClient:Arch:00011:UNDI:003000', '-x', '0x5d:000b', '-s', '/bin/true'];
    const words = ['udhcpc', '-i', 'eth0', '-f', '-n', '-q', '-t', '1', '-T', '1', ...arm];
    await net.lab.start('device', 'busybox', words).end();
    await service.waitFor(/34:56 gets no answer: there is nothing for this kind of machine/);
    t.regex(
      (await net.pxe(['explain', DEVICE]).end()).join('\n'),
      /UEFI ARM64[\s\S]*what to do: Nacre starts PCs with BIOS or 64-bit UEFI/,
    );
  },
);

test.serial('a service that nobody asks says so, and what to look at', async (t) => {
  const net = await open(t);
  if (net === undefined) return;
  await net.serve();
  const text = (await net.pxe(['status']).end()).join('\n');
  t.regex(text, /^serving since .*: eth0 10\.77\.0\.1$/m);
  t.regex(text, /No device at all was seen: its requests do not reach this machine/);
});

/** Milliseconds of CPU that a process has taken (proc(5), fields 14 and 15). */
const cpuMsOf = async (pid: number): Promise<number> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
};

/** Bytes of memory that a process had at most. */
const peakBytesOf = async (pid: number): Promise<number> =>
  1024 * Number(/VmHWM:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]);

test.serial(
  'a thousand forged requests a second cost a few lines, and others are served meanwhile',
  async (t) => {
    const net = await open(t);
    if (net === undefined) return;
    await net.lab.connect('forger', 'eth0', 'lan', '10.77.0.66/24');
    const service = await net.serve(['--dhcp', '10.77.0.100-10.77.0.110']);
    const before = service.lines.length;
    const [cpuMs, peakBytes] = [await cpuMsOf(service.pid), await peakBytesOf(service.pid)];
    const flood = net.lab.startHelper('forger', 'dhcp-flood.ts', '10.77.0.66', '5000');
    await service.waitFor(/00:66 gets no answer/);
    await net.lab.ip('device', `link set eth0 address ${DEVICE}`);
    const bios = ['-V', 'PXEClient:Arch:00000:UNDI:002001', '-x', '0x5d:0000', '-s', '/bin/true'];
    const words = ['udhcpc', '-i', 'eth0', '-f', '-n', '-q', '-t', '5', '-T', '2', ...bios];
    t.regex((await net.lab.start('device', 'busybox', words).end()).join('\n'), /lease of /);
    await service.waitFor(/34:56 is told to load undionly\.kpxe/);
    await flood.waitFor(/^sent$/);
    const [usedMs, grownBytes] = [
      (await cpuMsOf(service.pid)) - cpuMs,
      (await peakBytesOf(service.pid)) - peakBytes,
    ];
    t.log(`${usedMs} ms of CPU and ${Math.round(grownBytes / 2 ** 20)} MiB for 5000 requests`);
    t.true(usedMs < 5000 && grownBytes < 64 * 2 ** 20);
    await service.stop('SIGTERM');
    t.true((await service.end()).length - before < 15, service.lines.join('\n'));
    const status = JSON.parse((await net.pxe(['status', '--json']).end()).join('\n')) as {
      readonly devices: readonly { readonly mac: string; readonly requests: number }[];
    };
    t.is(status.devices.length, 2);
    const forged = status.devices.find(({ mac }) => mac.endsWith('00:66'));
    t.true((forged?.requests ?? 0) < 500, `${forged?.requests}`);
  },
);
