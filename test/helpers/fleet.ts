/** Many machines that are imaged at once through one link: real service, real client code, each in a host of its own. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { documentOf, nacre } from './nacre.ts';
import type { RunningProgram } from './network-lab.ts';
import { ProcessGroup, peakBytesOf } from './process-cost.ts';
import { openServeLab, type ServeLab } from './serve-lab.ts';
import type { Owner } from './temporary-folder.ts';
import { emptyFile, run } from './volumes.ts';

const MIB = 2 ** 20;
/** Room for more than one piece that the kernel hands to a card at once. */
const BURST_BYTES = 512 * 1024;

export interface FleetOptions {
  readonly clients: number;
  /** Writes the files of the OS into a folder. */
  readonly fill: (folder: string) => Promise<void>;
  /** Of the disk and of its one partition. */
  readonly diskMib: number;
  /** Of the way from the server to all of them; as fast as it goes by default. */
  readonly megabits?: number | undefined;
}

/** How it went. */
export interface FleetReport {
  /** From the word to go to the last one's end. */
  readonly seconds: number;
  /** Of each machine, the fastest first. */
  readonly each: readonly number[];
  /** Bytes of the server's card, with all heads. */
  readonly sentBytes: number;
  readonly serverCpuSeconds: number;
  readonly serverPeakBytes: number;
  /** Of the largest machine. */
  readonly clientPeakBytes: number;
  /** What each machine checked on its disk. */
  readonly verifiedBytes: readonly number[];
}

export interface Fleet {
  readonly net: ServeLab;
  /** Disk files of the machines, in memory. */
  readonly disks: readonly string[];
  /** Images all of them at once. Once only: their orders are done then. */
  image(): Promise<FleetReport>;
}

interface ClientReport {
  readonly seconds: number;
  readonly peakBytes: number;
  readonly verifiedBytes: number;
}

/** Of the service, for Merlin. */
const URL = 'https://10.77.0.1:30806';

const hexPair = (value: number): string => value.toString(16).padStart(2, '0');
const macOf = (index: number): string => `52:54:00:66:00:${hexPair(index + 1)}`;

const POLICY_END = 'action = "image"\nimage = "os"\nunsigned = true\n';

const policyFor = (macs: readonly string[]): string => {
  const list = macs.map((mac) => `"${mac}"`).join(', ');
  return `[[group]]\nname = "fleet"\nmacs = [${list}]\n\n[[device]]\ngroup = "fleet"\n${POLICY_END}`;
};

/** A disk with an MBR and an ext4. */
const makeOs = async (folder: string, { fill, diskMib }: FleetOptions): Promise<void> => {
  const [content, disk] = [path.join(folder, 'content'), path.join(folder, 'os.img')];
  await mkdir(content);
  await fill(content);
  emptyFile(disk, diskMib);
  const words = ['-q', '-F', '-d', content, '-E', `offset=${MIB}`, disk, `${diskMib - 2}M`];
  run('mkfs.ext4', words);
  run('sh', ['-c', `echo 'label: dos\n2048,${diskMib - 2}M,83' | sfdisk -q ${disk}`]);
};

const sentBytes = async ({ lab }: ServeLab): Promise<number> => {
  const words = ['-json', '-statistics', 'link', 'show', 'dev', 'eth0'];
  const said = await lab.start('server', 'ip', words).end();
  const [card] = JSON.parse(said.join('\n')) as readonly {
    readonly stats64: { readonly tx: { readonly bytes: number } };
  }[];
  return card?.stats64.tx.bytes ?? Number.NaN;
};

/** Captures the OS, and connects the machines. */
export const openFleet = async (t: Owner, options: FleetOptions): Promise<Fleet> => {
  const { clients, diskMib, megabits } = options;
  const group = await ProcessGroup.open(t);
  const indices = Array.from({ length: clients }, (_, index) => index);
  const net = await openServeLab(t, policyFor(indices.map(macOf)));
  const { lab, folder } = net;
  await makeOs(folder, options);
  const captured = await nacre(['image', 'capture', 'os.img', 'os', '--store', 'store', '--json'], {
    cwd: folder,
  });
  if (captured.exitCode !== 0) throw new Error(captured.stdout + captured.stderr);
  documentOf(captured);
  // Each machine has a disk of its own: here all of them would wait for one.
  const memory = await mkdtemp('/dev/shm/nacre-test-');
  t.teardown(() => rm(memory, { recursive: true, force: true }));
  const disks: string[] = [];
  for (const index of indices) {
    await lab.connect(`client${index}`, 'eth0', 'lan', `10.77.0.${100 + index}/24`);
    await lab.ip(`client${index}`, `link set eth0 address ${macOf(index)}`);
    disks.push(emptyFile(path.join(memory, `disk${index}.img`), diskMib));
  }
  if (megabits !== undefined) {
    const shape = ['rate', `${megabits}mbit`, 'burst', `${BURST_BYTES}`, 'latency', '50ms'];
    const words = ['qdisc', 'add', 'dev', 'eth0', 'root', 'tbf', ...shape];
    const said = await lab.start('server', 'tc', words).end();
    if (said.length > 0) throw new Error(said.join('\n'));
  }
  return { net, disks, image: () => imageAll(net, disks, group) };
};

const imageAll = async (
  net: ServeLab,
  disks: readonly string[],
  group: ProcessGroup,
): Promise<FleetReport> => {
  const { lab } = net;
  const service = await net.serve();
  await group.take(service.pid);
  const pin = /pin ([0-9a-f]{64})/.exec(service.lines.join('\n'))?.[1];
  if (pin === undefined) throw new Error(service.lines.join('\n'));
  const machines = disks.map((disk, index) =>
    lab.startHelper(`client${index}`, 'order-program', URL, pin, macOf(index), disk),
  );
  for (const machine of machines) await machine.waitFor(/^ready$/);
  const before = { sent: await sentBytes(net), cpu: await group.cpuSeconds() };
  const began = performance.now();
  for (const machine of machines) machine.say('go');
  const reports = await Promise.all(machines.map(reportOf));
  const seconds = (performance.now() - began) / 1000;
  const report = {
    seconds,
    each: reports.map((one) => one.seconds).sort((a, b) => a - b),
    sentBytes: (await sentBytes(net)) - before.sent,
    serverCpuSeconds: (await group.cpuSeconds()) - before.cpu,
    serverPeakBytes: await peakBytesOf(service.pid),
    clientPeakBytes: Math.max(...reports.map(({ peakBytes }) => peakBytes)),
    verifiedBytes: reports.map(({ verifiedBytes }) => verifiedBytes),
  };
  await service.stop();
  return report;
};

const reportOf = async (machine: RunningProgram): Promise<ClientReport> =>
  JSON.parse(await machine.waitFor(/^\{/)) as ClientReport;
