/** Many machines that are imaged at once through one link: real service, real client code, each in a host of its own. */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
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
  /** How the server's kernel shares a link among connections, by its name; what it does by itself by default. */
  readonly congestion?: string | undefined;
}

/** How it went. */
export interface FleetReport {
  /** From the word to go to the last one's end. */
  readonly seconds: number;
  /** Of each machine, the fastest first. */
  readonly each: readonly number[];
  /** From the word to go to the server's order, of each machine, in the same order. */
  readonly answered: readonly number[];
  /** How many of the server's bytes had left when. */
  readonly sent: readonly SentSample[];
  /** Bytes of the server's card, with all heads. */
  readonly sentBytes: number;
  readonly serverCpuSeconds: number;
  readonly serverPeakBytes: number;
  /** Of the largest machine. */
  readonly clientPeakBytes: number;
  /** Of all machines. */
  readonly clientCpuSeconds: number;
  /** What this computer could have done beside, of its processors and the time; other work counts as done. */
  readonly idleShare: number;
  /** Segments that the server sent again, of all that it sent. */
  readonly resentShare: number;
  /** Packets that the link had no room for, of all that it was given; 0 without a limit. */
  readonly droppedShare: number;
  /** What each machine checked on its disk. */
  readonly verifiedBytes: readonly number[];
}

export interface SentSample {
  /** From the word to go. */
  readonly seconds: number;
  readonly bytes: number;
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
  readonly answeredSeconds: number;
  readonly cpuSeconds: number;
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

/** What the kernel counts, since always. */
interface Counts {
  readonly sentBytes: number;
  readonly segments: number;
  readonly resent: number;
  readonly packets: number;
  readonly dropped: number;
  readonly idleSeconds: number;
}

interface CardCounts {
  readonly stats64: { readonly tx: { readonly bytes: number } };
}

interface QueueCounts {
  readonly packets: number;
  readonly drops: number;
}

/** A row of /proc/net/snmp by its names, which stand in the row before it. */
const tcpCounts = (text: string): ReadonlyMap<string, number> => {
  const [names = [], values = []] = text
    .split('\n')
    .filter((line) => line.startsWith('Tcp: '))
    .map((line) => line.split(' '));
  return new Map(names.map((name, index) => [name, Number(values[index])]));
};

const TICKS_PER_SECOND = 100;
/** "cpu user nice system idle …", of all processors. */
const idleSeconds = async (): Promise<number> => {
  const [line = ''] = (await readFile('/proc/stat', 'utf8')).split('\n');
  return Number(line.split(/ +/)[4]) / TICKS_PER_SECOND;
};

const countsOf = async ({ lab }: ServeLab): Promise<Counts> => {
  const says = async (program: string, ...words: readonly string[]): Promise<string> =>
    (await lab.start('server', program, words).end()).join('\n');
  const card = JSON.parse(
    await says('ip', '-json', '-s', 'link', 'show', 'dev', 'eth0'),
  ) as readonly CardCounts[];
  const queue = JSON.parse(
    await says('tc', '-json', '-s', 'qdisc', 'show', 'dev', 'eth0'),
  ) as readonly QueueCounts[];
  const tcp = tcpCounts(await says('cat', '/proc/net/snmp'));
  return {
    sentBytes: card[0]?.stats64.tx.bytes ?? Number.NaN,
    segments: tcp.get('OutSegs') ?? Number.NaN,
    resent: tcp.get('RetransSegs') ?? Number.NaN,
    packets: queue[0]?.packets ?? 0,
    dropped: queue[0]?.drops ?? 0,
    idleSeconds: await idleSeconds(),
  };
};

const CONGESTION = '/proc/sys/net/ipv4/tcp_congestion_control';

const setCongestion = async ({ lab }: ServeLab, name: string): Promise<void> => {
  const said = await lab
    .start('server', 'sh', ['-c', `echo "$1" >${CONGESTION}`, 'sh', name])
    .end();
  if (said.length > 0) throw new Error(said.join('\n'));
};

/** Captures the OS, and connects the machines. */
export const openFleet = async (t: Owner, options: FleetOptions): Promise<Fleet> => {
  const { clients, diskMib, megabits, congestion } = options;
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
  if (congestion !== undefined) await setCongestion(net, congestion);
  return { net, disks, image: () => imageAll(net, disks, group) };
};

const SAMPLE_MS = 250;

/** Looks at what a process's card has sent, until it is told to stop. */
const sampleSent = (pid: number): (() => Promise<readonly SentSample[]>) => {
  const began = performance.now();
  const samples: SentSample[] = [];
  const look = async (): Promise<void> => {
    const text = await readFile(`/proc/${pid}/net/dev`, 'utf8');
    const [, numbers = ''] = /eth0:(.*)/.exec(text) ?? [];
    const bytes = Number(numbers.trim().split(/ +/)[8]);
    const seconds = (performance.now() - began) / 1000;
    samples.push({ seconds, bytes: bytes - first });
  };
  let first = 0;
  let isOver = false;
  const looking = (async () => {
    await look();
    first = samples[0]?.bytes ?? 0;
    samples.length = 0;
    while (!isOver) {
      await look();
      await wait(SAMPLE_MS);
    }
  })();
  return async () => {
    isOver = true;
    await looking;
    return samples;
  };
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
  const before = await countsOf(net);
  const cpuBefore = await group.cpuSeconds();
  const sampled = sampleSent(service.pid);
  const began = performance.now();
  for (const machine of machines) machine.say('go');
  const reports = await Promise.all(machines.map(reportOf));
  reports.sort((a, b) => a.seconds - b.seconds);
  const seconds = (performance.now() - began) / 1000;
  const sent = await sampled();
  const after = await countsOf(net);
  const packets = after.packets - before.packets;
  const dropped = after.dropped - before.dropped;
  const report = {
    seconds,
    each: reports.map((one) => one.seconds),
    answered: reports.map((one) => one.answeredSeconds),
    sent,
    sentBytes: after.sentBytes - before.sentBytes,
    resentShare: (after.resent - before.resent) / (after.segments - before.segments),
    droppedShare: dropped / Math.max(1, packets + dropped),
    idleShare: (after.idleSeconds - before.idleSeconds) / (availableParallelism() * seconds),
    serverCpuSeconds: (await group.cpuSeconds()) - cpuBefore,
    clientCpuSeconds: reports.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
    serverPeakBytes: await peakBytesOf(service.pid),
    clientPeakBytes: Math.max(...reports.map(({ peakBytes }) => peakBytes)),
    verifiedBytes: reports.map(({ verifiedBytes }) => verifiedBytes),
  };
  await service.stop();
  return report;
};

const reportOf = async (machine: RunningProgram): Promise<ClientReport> =>
  JSON.parse(await machine.waitFor(/^\{/)) as ClientReport;
