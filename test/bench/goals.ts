/** The goals: what is compared, the bound, and whether what was measured holds it. */
import { formatBytes } from '../../src/cli/format.ts';
import { median, type Sample } from './measure.ts';
import { CHECKSUM_PEER, MAIN_PEER } from './peers.ts';
import { type Measurement, OWN } from './rounds.ts';

const MIB = 1 << 20;

/** One row of the table of goals. */
export interface GoalRow {
  readonly name: string;
  readonly value: string;
  readonly bound: string;
  readonly isMet: boolean;
}

type Quantity = 'wallSeconds' | 'cpuSeconds' | 'bytes' | 'peakBytes';
type Side = readonly [tool: string, work: string];

/** Medians over the rounds; undefined where a tool was left out. */
export class Medians {
  readonly #all: readonly Measurement[];

  constructor(all: readonly Measurement[]) {
    this.#all = all;
  }

  of(tool: string, work: string, quantity: Quantity): number | undefined {
    const values = this.#all
      .filter((row) => row.tool === tool && row.work === work)
      .map((row) => row[quantity])
      .filter((value) => value !== undefined);
    return values.length === 0 ? undefined : median(values);
  }

  /** The ratios of the rounds that measured both: machines change their speed from minute to minute. */
  ratios(own: Side, peer: Side, quantity: Quantity): readonly number[] {
    const [left, right] = [this.#byRound(own, quantity), this.#byRound(peer, quantity)];
    return [...left].flatMap(([round, value]) => {
      const other = right.get(round);
      return other === undefined ? [] : [value / other];
    });
  }

  #byRound([tool, work]: Side, quantity: Quantity): ReadonlyMap<number, number> {
    const rows = this.#all.filter((row) => row.tool === tool && row.work === work);
    return new Map(
      rows.flatMap((row) => {
        const value = row[quantity];
        return value === undefined ? [] : [[row.round, value]];
      }),
    );
  }

  /** Tools and works in the order in which they were first measured. */
  pairs(): readonly { readonly tool: string; readonly work: string }[] {
    const seen = new Map(this.#all.map(({ tool, work }) => [`${work}\n${tool}`, { tool, work }]));
    return [...seen.values()].sort((a, b) => a.work.localeCompare(b.work));
  }

  /** A number of our JSON answers, such as `newChunks`. */
  answer(work: string, field: string): number | undefined {
    const values = this.#all
      .filter((row) => row.tool === OWN && row.work === work)
      .map(({ document }) => document[field])
      .filter((value) => typeof value === 'number');
    return values.length === 0 ? undefined : Math.max(...values);
  }
}

interface RatioGoal {
  readonly name: string;
  readonly quantity: Quantity;
  readonly own: Side;
  readonly peer: Side;
  readonly bound: number;
}

const ratio = (
  name: string,
  quantity: Quantity,
  own: Side,
  peer: Side,
  bound: number,
): RatioGoal => ({ name, quantity, own, peer, bound });

const WALL = 'wallSeconds';
const CPU = 'cpuSeconds';

const RATIOS: readonly RatioGoal[] = [
  ratio(`capture wall / ${MAIN_PEER}`, WALL, [OWN, 'capture'], [MAIN_PEER, 'capture'], 0.65),
  ratio(`capture CPU / ${MAIN_PEER}`, CPU, [OWN, 'capture'], [MAIN_PEER, 'capture'], 0.85),
  ratio(
    `capture wall / ${CHECKSUM_PEER}`,
    WALL,
    [OWN, 'capture'],
    [CHECKSUM_PEER, 'capture'],
    0.35,
  ),
  ratio(`capture CPU / ${CHECKSUM_PEER}`, CPU, [OWN, 'capture'], [CHECKSUM_PEER, 'capture'], 0.45),
  ratio(`restore wall / ${MAIN_PEER}`, WALL, [OWN, 'restore'], [MAIN_PEER, 'restore'], 0.65),
  ratio(`restore CPU / ${MAIN_PEER}`, CPU, [OWN, 'restore'], [MAIN_PEER, 'restore'], 0.65),
  ratio(
    `restore wall / ${CHECKSUM_PEER}`,
    WALL,
    [OWN, 'restore'],
    [CHECKSUM_PEER, 'restore'],
    0.35,
  ),
  ratio(`restore CPU / ${CHECKSUM_PEER}`, CPU, [OWN, 'restore'], [CHECKSUM_PEER, 'restore'], 0.3),
  ratio(
    `compare wall / restore of ${MAIN_PEER}`,
    WALL,
    [OWN, 'compare'],
    [MAIN_PEER, 'restore'],
    0.3,
  ),
  ratio('compare wall / raw O_DIRECT read', WALL, [OWN, 'compare'], ['dd', 'raw read'], 1.5),
  ratio(`image bytes / ${MAIN_PEER}`, 'bytes', [OWN, 'capture'], [MAIN_PEER, 'capture'], 1.01),
  ratio('image bytes / dd + zstd -1', 'bytes', [OWN, 'capture'], ['dd + zstd -1', 'capture'], 0.87),
  ratio(
    'image bytes / qcow2 zstd',
    'bytes',
    [OWN, 'capture'],
    ['qemu-img qcow2 zstd', 'capture'],
    0.87,
  ),
  ratio('delta bytes / casync', 'bytes', [OWN, 'delta capture'], ['casync', 'delta capture'], 1.25),
  ratio('delta capture CPU / capture', CPU, [OWN, 'delta capture'], [OWN, 'capture'], 0.45),
  ratio('repair wall / restore', WALL, [OWN, 'repair'], [OWN, 'restore'], 0.6),
  ratio('apply v2 over v1 wall / restore', WALL, [OWN, 'apply v2 over v1'], [OWN, 'restore'], 0.3),
];

/** The median, and the lowest and highest of the rounds where they differ. */
const withRange = (value: number, ratios: readonly number[]): string => {
  const [low, high] = [Math.min(...ratios).toFixed(2), Math.max(...ratios).toFixed(2)];
  return low === high ? value.toFixed(2) : `${value.toFixed(2)} (${low} to ${high})`;
};

const ratioRows = (medians: Medians): GoalRow[] =>
  RATIOS.flatMap(({ name, quantity, own, peer, bound }) => {
    const ratios = medians.ratios(own, peer, quantity);
    if (ratios.length === 0) return [];
    const value = median(ratios);
    return [{ name, value: withRange(value, ratios), bound: `<= ${bound}`, isMet: value <= bound }];
  });

const atMost = (
  name: string,
  value: number | undefined,
  bound: number,
  format: (value: number) => string,
): GoalRow[] =>
  value === undefined
    ? []
    : [{ name, value: format(value), bound: `<= ${format(bound)}`, isMet: value <= bound }];

const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;
const whole = (value: number): string => String(value);

/** CPU that digests and read-back add: all of a compare counts as verification, the rest of a restore as work. */
const verificationShare = (medians: Medians): number | undefined => {
  const restore = medians.of(OWN, 'restore', CPU);
  const compare = medians.of(OWN, 'compare', CPU);
  if (restore === undefined || compare === undefined) return undefined;
  return compare / (restore - compare);
};

/** All rows that the measurements allow. */
export const goalRows = (
  medians: Medians,
  usedBytes: number,
  large: { readonly capture: Sample; readonly restore: Sample } | undefined,
): readonly GoalRow[] => {
  const delta = medians.of(OWN, 'delta capture', 'bytes');
  const peaks = (work: string): number | undefined => medians.of(OWN, work, 'peakBytes');
  const share = delta === undefined ? undefined : delta / usedBytes;
  return [
    ...ratioRows(medians),
    ...atMost('CPU of verification / rest of restore', verificationShare(medians), 1, percent),
    ...atMost('delta bytes with manifest / used', share, 0.04, percent),
    ...atMost('bytes written by the repair', medians.of(OWN, 'repair', 'bytes'), MIB, formatBytes),
    ...atMost(
      'new chunks of an unchanged capture',
      medians.answer('unchanged capture', 'newChunks'),
      0,
      whole,
    ),
    ...atMost(
      'stored bytes of an unchanged capture',
      medians.answer('unchanged capture', 'storedBytes'),
      0,
      whole,
    ),
    ...atMost('peak memory, capture', peaks('capture'), 160 * MIB, formatBytes),
    ...atMost('peak memory, restore', peaks('restore'), 160 * MIB, formatBytes),
    ...atMost('peak memory, capture of 1 TiB', large?.capture.peakBytes, 160 * MIB, formatBytes),
    ...atMost('peak memory, restore of 1 TiB', large?.restore.peakBytes, 160 * MIB, formatBytes),
  ];
};
