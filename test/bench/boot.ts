/** `npm run bench -- boot`: size of the boot environment, seconds until Merlin runs and has repaired, memory that it needs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { parseArgs } from 'node:util';
import fs from 'fs-extra';
import { formatBytes, formatTable } from '../../src/cli/format.ts';
import { makeBootDisk } from '../helpers/boot-disk.ts';
import { bootEnvironment } from '../helpers/boot-environment.ts';
import type { GoalRow } from './goals.ts';
import { median } from './measure.ts';
import { GOAL_COLUMNS, goalCells, machineLine, markdown, writeSection } from './report.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
const say = (text: string): boolean => process.stderr.write(`bench: ${text}\n`);

const MB = 1e6;
const STEP_MIB = 8;
const FEWEST_MIB = 96;
const MOST_MIB = 512;
const LIMIT_MS = 180_000;
const USER_SPACE = /\[ *([\d.]+)\] Merlin: user space/;
/** What Merlin says, in this order: its first line, what it decides by, and that the OS is whole. */
const MARKS = {
  merlin: 'Merlin, the imaging environment',
  decision: 'boot decision: ',
  repaired: 'repaired from ',
} as const;
type Mark = keyof typeof MARKS;

/** One start of Merlin, in seconds since the kernel started: by its own clock, and from user space on timed from outside. */
type Start = Readonly<Record<'userSpace' | Mark, number>>;

/** Starts a machine with a kernel and an initrd, up to a line; undefined when that does not come. */
const start = async (memoryMib: number, initrd: string, last: Mark): Promise<Start | undefined> => {
  const child = spawn(
    'qemu-system-x86_64',
    [
      ...['-machine', 'pc,accel=tcg', '-m', `${memoryMib}`, '-nic', 'none', '-no-reboot'],
      ...['-display', 'none', '-monitor', 'none', '-serial', 'stdio'],
      ...['-drive', `if=virtio,format=raw,snapshot=on,file=${disk}`],
      ...['-kernel', `${boot}/vmlinuz`, '-initrd', initrd],
      ...['-append', 'console=ttyS0,115200 quiet nacre.end=power-off'],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  let serial = '';
  let begun = 0;
  const seen: Record<Mark, number> = { merlin: 0, decision: 0, repaired: 0 };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    serial += text;
    if (begun === 0 && USER_SPACE.test(serial)) begun = performance.now();
    const hasEnded = /PROBLEM|Kernel panic|Out of memory/.test(serial);
    for (const mark of ['merlin', 'decision', 'repaired'] as const) {
      if (seen[mark] === 0 && serial.includes(MARKS[mark])) seen[mark] = performance.now();
    }
    if (seen[last] > 0 || hasEnded) child.kill('SIGKILL');
  });
  await once(child, 'close');
  clearTimeout(timer);
  const userSpace = Number(USER_SPACE.exec(serial)?.[1]);
  if (seen[last] === 0) return undefined;
  const at = (mark: Mark): number => userSpace + (seen[mark] - begun) / 1000;
  return { userSpace, merlin: at('merlin'), decision: at('decision'), repaired: at('repaired') };
};

const seconds = ({ userSpace, merlin, decision, repaired }: Start): string =>
  `user space ${userSpace.toFixed(1)} s, Merlin ${merlin.toFixed(1)} s, its decision ${decision.toFixed(1)} s, OS repaired ${repaired.toFixed(1)} s`;

/** The least memory that reaches Merlin. */
const leastMemory = async (initrd: string): Promise<number> => {
  let [few, enough] = [FEWEST_MIB, MOST_MIB];
  while (enough - few > STEP_MIB) {
    const middle = Math.round((few + enough) / 2 / STEP_MIB) * STEP_MIB;
    const isEnough = (await start(middle, initrd, 'merlin')) !== undefined;
    say(`${middle} MiB: ${isEnough ? 'enough' : 'too few'}`);
    if (isEnough) enough = middle;
    else few = middle;
  }
  return enough;
};

const startOnce = async (initrd: string): Promise<Start> => {
  const one = await start(MOST_MIB, initrd, 'repaired');
  if (one === undefined) throw new Error(`Merlin repaired nothing from ${initrd}`);
  say(seconds(one));
  return one;
};

const medianOf = (starts: readonly Start[]): Start => {
  const middle = (name: keyof Start): number => median(starts.map((one) => one[name]));
  const [userSpace, merlin] = [middle('userSpace'), middle('merlin')];
  return { userSpace, merlin, decision: middle('decision'), repaired: middle('repaired') };
};

const folder = path.resolve(import.meta.dirname, '../../.cache/bench/boot');
await fs.emptyDir(folder);
const boot = bootEnvironment();
const disk = path.join(folder, 'disk.img');
// A job: each start images the OS of 12 MiB, onto a disk that forgets it.
const block = { mode: 'merlin', cmdid: 'job-7' } as const;
await makeBootDisk(disk, { boot, firmware: 'seabios', block });

const sizeOf = async (name: string): Promise<number> => (await fs.stat(path.join(boot, name))).size;
const [base, network] = [`${boot}/base.img`, `${boot}/initrd.pxe`];
// In turn: what else the host does changes from minute to minute.
const pairs: { readonly disk: Start; readonly net: Start }[] = [];
for (let round = 0; round < Number(values.rounds); round++)
  pairs.push({ disk: await startOnce(base), net: await startOnce(network) });
const fromDisk = medianOf(pairs.map((pair) => pair.disk));
const fromNetwork = medianOf(pairs.map((pair) => pair.net));
const leastFromDisk = await leastMemory(base);
const leastFromNetwork = await leastMemory(network);
await fs.remove(folder);

const bytesRow = (name: string, value: number, bound: number): GoalRow => ({
  name,
  value: `${(value / MB).toFixed(1)} MB`,
  bound: `<= ${bound / MB} MB`,
  isMet: value <= bound,
});
/** Against the user space of the base part in the same round. */
const ratioRow = (name: string, from: 'disk' | 'net'): GoalRow => {
  const value = median(pairs.map((pair) => pair[from].merlin / pair.disk.userSpace));
  return { name, value: value.toFixed(2), bound: '<= 2.9', isMet: value <= 2.9 };
};
const memoryRow = (name: string, value: number): GoalRow => ({
  name,
  value: `${value} MiB`,
  bound: '<= 192 MiB',
  isMet: value <= 192,
});
const goals: readonly GoalRow[] = [
  bytesRow('base.img', await sizeOf('base.img'), 3 * MB),
  bytesRow('initrd.pxe', await sizeOf('initrd.pxe'), 37 * MB),
  ratioRow('Merlin from the disk / user space', 'disk'),
  ratioRow('Merlin from the network / user space', 'net'),
  memoryRow('memory to Merlin from the disk', leastFromDisk),
  memoryRow('memory to Merlin from the network', leastFromNetwork),
];
const notes = [
  `Date: ${new Date().toISOString().slice(0, 10)}. Command: \`npm run bench -- boot\`, ${values.rounds} rounds.`,
  machineLine(),
  `Files: vmlinuz ${formatBytes(await sizeOf('vmlinuz'))}, base.img ${formatBytes(await sizeOf('base.img'))}, node.img ${formatBytes(await sizeOf('node.img'))}.`,
  `From the disk: ${seconds(fromDisk)}; from the network: ${seconds(fromNetwork)}.`,
].map((line) => `* ${line}`);
process.stdout.write(`${notes.join('\n')}\n\n${formatTable(GOAL_COLUMNS, goalCells(goals))}`);
const body = `${notes.join('\n')}\n\n${markdown(GOAL_COLUMNS, goalCells(goals))}`;
await writeSection('npm run bench -- boot', body);
