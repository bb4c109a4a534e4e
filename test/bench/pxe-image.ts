/** `npm run bench -- pxe image`: how fast machines are imaged by `nacre pxe serve`, one alone and 32 at once through one link. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Column, formatBytes, formatTable } from '../../src/cli/format.ts';
import { type FleetReport, openFleet } from '../helpers/fleet.ts';
import { Random } from '../helpers/random.ts';
import { median, sizeOf } from './measure.ts';
import { withOwner } from './owner.ts';
import { Programs } from './programs.ts';
import { commandLine, machineLine, markdown, writeSection } from './report.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '3' } } });
const rounds = Number(values.rounds);
const say = (text: string): boolean => process.stderr.write(`bench: ${text}\n`);

const TREE = '/usr';
const FILE_BYTES = 4 << 20;

interface Case {
  readonly clients: number;
  readonly megabits: number | undefined;
  readonly contentMib: number;
}

const CASES: readonly Case[] = [
  { clients: 1, megabits: undefined, contentMib: 1024 },
  { clients: 1, megabits: 1000, contentMib: 1024 },
  { clients: 32, megabits: 1000, contentMib: 128 },
  { clients: 32, megabits: 250, contentMib: 128 },
];

interface Result extends FleetReport {
  readonly storedBytes: number;
}

/** Files of program bytes, the same in every round. */
const fillWith = (contentMib: number) => async (folder: string) => {
  const programs = await Programs.of(TREE, new Random(contentMib));
  for (let at = 0; at < contentMib; at += FILE_BYTES >> 20)
    await writeFile(path.join(folder, `${at}`), await programs.bytes(FILE_BYTES));
};

const measureCase = ({ clients, megabits, contentMib }: Case): Promise<Result> =>
  withOwner(async (owner) => {
    const diskMib = contentMib + contentMib / 8 + 64;
    const fill = fillWith(contentMib);
    const fleet = await openFleet(owner, { clients, megabits, diskMib, fill });
    const storedBytes = await sizeOf(path.join(fleet.net.folder, 'store'));
    return { storedBytes, ...(await fleet.image()) };
  });

const megabytes = (bytes: number, seconds: number): string => (bytes / 1e6 / seconds).toFixed(0);
const linkOf = ({ megabits }: Case): string => (megabits === undefined ? '' : `${megabits} Mbit/s`);
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

const COLUMNS: readonly Column[] = [
  { title: 'machines', isNumber: true },
  { title: 'link', isNumber: true },
  { title: 'stored', isNumber: true },
  { title: 'on each disk', isNumber: true },
  { title: 'all after s', isNumber: true },
  { title: 'slowest / fastest', isNumber: true },
  { title: 'raw MB/s together', isNumber: true },
  { title: 'of the link', isNumber: true },
  { title: 'server CPU s', isNumber: true },
  { title: 'server peak memory', isNumber: true },
  { title: 'machine peak memory', isNumber: true },
];

const shareOfLink = ({ megabits }: Case, { sentBytes, seconds }: Result): string =>
  megabits === undefined ? '' : `${((sentBytes * 800) / (megabits * 1e6 * seconds)).toFixed(0)} %`;

const cellsOf = (one: Case, results: readonly Result[]): string[] => {
  const middle = (value: (result: Result) => number): number => median(results.map(value));
  const seconds = middle((result) => result.seconds);
  const [first] = results;
  if (first === undefined) throw new TypeError('a case without a round');
  const typical = results.find((result) => result.seconds === seconds) ?? first;
  return [
    String(one.clients),
    linkOf(one),
    formatBytes(first.storedBytes),
    formatBytes(first.verifiedBytes[0] ?? 0),
    seconds.toFixed(1),
    middle(({ each }) => (each.at(-1) ?? 0) / (each[0] ?? 1)).toFixed(2),
    megabytes(sum(first.verifiedBytes), seconds),
    shareOfLink(one, typical),
    middle((result) => result.serverCpuSeconds).toFixed(1),
    formatBytes(Math.max(...results.map((result) => result.serverPeakBytes))),
    formatBytes(Math.max(...results.map((result) => result.clientPeakBytes))),
  ];
};

const results = new Map<Case, Result[]>(CASES.map((one) => [one, []]));
for (let round = 0; round < rounds; round++)
  for (const [one, all] of results) {
    const result = await measureCase(one);
    const { seconds, serverCpuSeconds } = result;
    const name = `${one.clients} machines ${linkOf(one)}`.trim();
    say(`${name}: ${seconds.toFixed(1)} s, server ${serverCpuSeconds.toFixed(1)} CPU s`);
    all.push(result);
  }
const rows = [...results].map(([one, all]) => cellsOf(one, all));
process.stdout.write(formatTable(COLUMNS, rows));
const notes = [commandLine('npm run bench -- pxe image', rounds), machineLine()].map(
  (line) => `* ${line}`,
);
await writeSection(
  'npm run bench -- pxe image',
  `${notes.join('\n')}\n\n${markdown(COLUMNS, rows)}`,
);
