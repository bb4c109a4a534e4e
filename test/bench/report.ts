/** The bench's tables, on the terminal and in docs/performance.md. */
import { cpus, loadavg, release, totalmem } from 'node:os';
import path from 'node:path';
import fs from 'fs-extra';
import { type Column, formatBytes, formatTable } from '../../src/cli/format.ts';
import { runTool } from '../../src/disk/tool.ts';
import type { GoalRow, Medians } from './goals.ts';

const DOCUMENT = path.resolve(import.meta.dirname, '../../docs/performance.md');

/** Puts Markdown between the markers of a command in docs/performance.md. */
export const writeSection = async (command: string, body: string): Promise<void> => {
  const [begin, end] = ['begin', 'end'].map((word) => `<!-- written by ${command}: ${word} -->`);
  const text = await fs.readFile(DOCUMENT, 'utf8');
  const [start, stop] = [text.indexOf(`${begin}`), text.indexOf(`${end}`)];
  if (start < 0 || stop < start) throw new Error(`${DOCUMENT} has lost its markers of ${command}`);
  await fs.writeFile(DOCUMENT, `${text.slice(0, start)}${begin}\n${body}\n${text.slice(stop)}`);
};

/** How the figures came about. */
export interface Setting {
  readonly command: string;
  readonly rounds: number;
  readonly diskBytes: number;
  readonly usedBytes: number;
}

const TOOLS = ['partclone', 'ntfs-3g', 'qemu-utils', 'casync', 'zstd', 'libzstd1'];

const versions = async (): Promise<string> => {
  const { stdout } = await runTool('dpkg-query', ['-W', ...TOOLS], { accept: [0, 1] });
  return stdout.replaceAll('\t', ' ').split('\n').join(', ');
};

/** What the figures were measured on. */
export const machineLine = (): string =>
  `Machine: ${cpus().length} x ${cpus()[0]?.model.trim()}, ${formatBytes(totalmem())} memory, Linux ${release().split('-')[0]}, Node ${process.versions.node}, load at the end ${loadavg()[0]?.toFixed(1)}.`;

/** Date, command, and how often it was measured. */
export const commandLine = (command: string, rounds: number): string =>
  `Date: ${new Date().toISOString().slice(0, 10)}. Command: \`${command}\`, ${rounds === 1 ? 'one round' : `medians of ${rounds} rounds`}.`;

const settingLines = async (setting: Setting): Promise<readonly string[]> => [
  `Date: ${new Date().toISOString().slice(0, 10)}. Command: \`${setting.command}\`, ${setting.rounds} rounds.`,
  machineLine(),
  `Tools: ${await versions()}.`,
  `Volume: NTFS, ${formatBytes(setting.diskBytes)}, ${formatBytes(setting.usedBytes)} used, aged, in the page cache; outputs fsynced inside the measured time.`,
];

/** A goal, what was measured, and its bound. */
export const GOAL_COLUMNS: readonly Column[] = [
  { title: 'goal' },
  { title: 'measured', isNumber: true },
  { title: 'bound', isNumber: true },
  { title: '' },
];
const MEDIAN_COLUMNS: readonly Column[] = [
  { title: 'work' },
  { title: 'tool' },
  { title: 'wall s', isNumber: true },
  { title: 'CPU s', isNumber: true },
  { title: 'peak memory', isNumber: true },
  { title: 'bytes', isNumber: true },
];

/** Cells of GOAL_COLUMNS. */
export const goalCells = (rows: readonly GoalRow[]): string[][] =>
  rows.map(({ name, value, bound, isMet }) => [name, value, bound, isMet ? 'met' : 'missed']);

const medianCells = (medians: Medians): string[][] =>
  medians.pairs().map(({ tool, work }) => {
    const cell = (
      quantity: 'wallSeconds' | 'cpuSeconds' | 'peakBytes' | 'bytes',
      format: (value: number) => string,
    ): string => {
      const value = medians.of(tool, work, quantity);
      return value === undefined ? '' : format(Math.round(value * 100) / 100);
    };
    const seconds = (value: number): string => value.toFixed(2);
    const bytes = (value: number): string => formatBytes(Math.round(value));
    return [
      work,
      tool,
      cell('wallSeconds', seconds),
      cell('cpuSeconds', seconds),
      cell('peakBytes', bytes),
      cell('bytes', bytes),
    ];
  });

/** A table as Markdown has it. */
export const markdown = (
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string => {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = columns.map(({ isNumber }) => (isNumber ? '---:' : '---'));
  return [line(columns.map(({ title }) => title)), line(rule), ...rows.map(line)].join('\n');
};

/** Both tables as the terminal shows them. */
export const terminalReport = (medians: Medians, goals: readonly GoalRow[]): string =>
  `${formatTable(MEDIAN_COLUMNS, medianCells(medians))}\n${formatTable(GOAL_COLUMNS, goalCells(goals))}`;

/** Puts both tables between the markers of docs/performance.md. */
export const writeDocument = async (
  medians: Medians,
  goals: readonly GoalRow[],
  setting: Setting,
): Promise<void> => {
  const body = [
    ...(await settingLines(setting)).map((line) => `* ${line}`),
    '',
    markdown(GOAL_COLUMNS, goalCells(goals)),
    '',
    markdown(MEDIAN_COLUMNS, medianCells(medians)),
  ].join('\n');
  await writeSection('npm run bench', body);
};
