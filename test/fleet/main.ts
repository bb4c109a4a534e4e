/** `scripts/fleet`: thousands of simulated devices and one manager; prints a table, and writes it into docs/performance.md. */
import { parseArgs } from 'node:util';
import { type Column, formatTable } from '../../src/cli/format.ts';
import { withOwner } from '../bench/owner.ts';
import { commandLine, machineLine, markdown, writeSection } from '../bench/report.ts';
import { FAULTS, type Fault } from './faulty-door.ts';
import type { Row } from './figures.ts';
import { type FleetGround, openFleetGround } from './ground.ts';
import { checkIns } from './phases/check-ins.ts';
import { imaging } from './phases/imaging.ts';
import { kills } from './phases/kills.ts';
import { longPolls } from './phases/long-polls.ts';
import { readers } from './phases/readers.ts';
import { register } from './phases/register.ts';

const PHASES = ['check-ins', 'polls', 'readers', 'imaging', 'kills'] as const;
type Phase = (typeof PHASES)[number];

const COLUMNS: readonly Column[] = [
  { title: 'what' },
  { title: 'measured', isNumber: true },
  { title: 'goal', isNumber: true },
  { title: '' },
];
const CHECK_IN_SECONDS = 30;
/** Of the agents that wait one in ten gets a job. */
const JOB_SHARE = 10;

const { values } = parseArgs({
  options: {
    registered: { type: 'string', default: '10000' },
    'check-ins': { type: 'string', default: '1000' },
    polls: { type: 'string', default: '1000' },
    readers: { type: 'string', default: '200' },
    imaged: { type: 'string', default: '50' },
    'most-jobs': { type: 'string', default: '8' },
    minutes: { type: 'string', default: '10' },
    fault: { type: 'string', multiple: true, default: [] },
    only: { type: 'string', multiple: true, default: [...PHASES] },
    profile: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});

const isFault = (text: string): text is Fault => FAULTS.some((fault) => fault === text);
const isPhase = (text: string): text is Phase => PHASES.some((phase) => phase === text);
const wrong = [
  ...values.fault.filter((text) => !isFault(text)).map((text) => `--fault ${text}`),
  ...values.only.filter((text) => !isPhase(text)).map((text) => `--only ${text}`),
];
if (wrong.length > 0) throw new Error(`fleet: ${wrong.join(', ')}: see scripts/fleet --help`);

const numberOf = (name: 'registered' | 'check-ins' | 'polls' | 'readers' | 'imaged'): number =>
  Number(values[name]);
const rows: Row[] = [];
const faults: string[] = [];

const say = (found: readonly Row[]): void => {
  rows.push(...found);
  for (const { what, measured, goal } of found)
    process.stderr.write(
      `fleet: ${what}: ${measured}${goal === undefined ? '' : ` (${goal.bound}: ${goal.isMet ? 'met' : 'missed'})`}\n`,
    );
};

const cellsOf = ({ what, measured, goal }: Row): string[] => [
  ...[what, measured, goal?.bound ?? ''],
  goal === undefined ? '' : goal.isMet ? 'met' : 'missed',
];

const runPhases = async (ground: FleetGround): Promise<void> => {
  const isWanted = (phase: Phase): boolean => values.only.includes(phase);
  const { report, devices } = await register(ground, numberOf('registered'));
  say(report.rows);
  const first = (count: number) => devices.slice(0, count);
  if (isWanted('check-ins'))
    say((await checkIns(ground, first(numberOf('check-ins')), CHECK_IN_SECONDS)).rows);
  if (isWanted('readers')) say((await readers(ground, first(numberOf('readers')))).rows);
  if (isWanted('polls')) {
    const polls = numberOf('polls');
    // Others than those that checked in: an agent that starts anew is one more run of its device.
    const jobs = Math.floor(polls / JOB_SHARE);
    say((await longPolls(ground, devices.slice(-polls), jobs)).rows);
  }
  const options = { devices: numberOf('imaged'), mostJobs: Number(values['most-jobs']) };
  if (isWanted('imaging')) {
    const done = await imaging(ground, options);
    say(done.rows);
    faults.push(...done.faults);
  }
  if (isWanted('kills')) {
    const done = await kills(ground, { ...options, minutes: Number(values.minutes) });
    say(done.rows);
    faults.push(...done.faults);
  }
};

await withOwner(async (owner) => {
  const { profile } = values;
  const ground = await openFleetGround(owner, {
    faults: new Set(values.fault.filter(isFault)),
    nodeOptions: profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`],
  });
  // Who ends this program ends the manager too.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void ground.manager.kill().finally(() => process.exit(1)));
  await runPhases(ground);
  faults.push(...ground.failures.map(String));
});
for (const fault of faults) process.stderr.write(`fleet: ${fault}\n`);
const cells = rows.map(cellsOf);
process.stdout.write(`${machineLine()}\n${formatTable(COLUMNS, cells)}\n`);
if (values.write) {
  const lines = [commandLine(`scripts/fleet ${process.argv.slice(2).join(' ')}`, 1), machineLine()];
  const head = lines.map((line) => `* ${line}`).join('\n');
  await writeSection('scripts/fleet', `${head}\n\n${markdown(COLUMNS, cells)}`);
}
process.exitCode = faults.length === 0 ? 0 : 1;
