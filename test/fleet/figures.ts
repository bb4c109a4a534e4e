/** What a phase measured, and how it is shown. */
import { formatBytes } from '../../src/cli/format.ts';
import type { FleetGround } from './ground.ts';

/** A row of the table. */
export interface Row {
  readonly what: string;
  readonly measured: string;
  /** Of a goal. */
  readonly goal?: { readonly bound: string; readonly isMet: boolean } | undefined;
}

export interface PhaseReport {
  readonly rows: readonly Row[];
}

/** Of sorted values the one below which a share of them lies. */
const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;

export interface Spread {
  readonly median: number;
  readonly p99: number;
  readonly most: number;
}

export const spreadOf = (values: readonly number[]): Spread => {
  const sorted = values.toSorted((one, other) => one - other);
  return {
    median: quantile(sorted, 0.5),
    p99: quantile(sorted, 0.99),
    most: sorted.at(-1) ?? Number.NaN,
  };
};

const ms = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} ms`;

/** `median / p99 / most`. */
export const spreadText = ({ median, p99, most }: Spread): string =>
  `${ms(median)} / ${ms(p99)} / ${ms(most)}`;

/** What a manager may take at most. */
const MOST_BYTES = 300 * 2 ** 20;

/** Measures work in the manager beside what the work itself says. */
export const withCost = async (
  { manager }: Pick<FleetGround, 'manager'>,
  what: string,
  work: () => Promise<readonly Row[]>,
): Promise<PhaseReport> => {
  const before = await manager.cost();
  const startedMs = performance.now();
  const rows = await work();
  const seconds = (performance.now() - startedMs) / 1000;
  const { cpuSeconds, peakBytes } = await manager.cost();
  const cpu = cpuSeconds - before.cpuSeconds;
  const goal = { bound: '<= 300 MiB', isMet: peakBytes <= MOST_BYTES };
  return {
    rows: [
      ...rows,
      {
        what: `${what}: manager, CPU seconds in wall seconds`,
        measured: `${cpu.toFixed(1)} in ${seconds.toFixed(1)}`,
      },
      { what: `${what}: manager, peak memory so far`, measured: formatBytes(peakBytes), goal },
    ],
  };
};
