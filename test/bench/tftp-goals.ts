/** The goals of our TFTP server: against atftpd in the same run, against a link of 1 Gbit/s, and against the delay itself. */
import type { GoalRow } from './goals.ts';
import { CELLS, type Cell, cellName, type Wire } from './tftp-cells.ts';
import { OWN_SERVER } from './tftp-servers.ts';
import type { Reads } from './tftp-table.ts';

const PEER = 'atftpd';
/** What is left of 1 Gbit/s for content. */
const GIGABIT_MBPS = 118;
const MOST_DUPLICATES = 0.01;

type Place = readonly [wire: Wire, clients: number, windowBlocks: Cell['windowBlocks']];

const cellAt = ([wire, clients, windowBlocks]: Place): Cell => {
  const found = CELLS.find(
    (cell) =>
      cell.wire === wire &&
      cell.clients === clients &&
      cell.windowBlocks === windowBlocks &&
      cell.blockBytes === 1468,
  );
  if (found === undefined) throw new TypeError(`no cell ${wire} ${clients} ${windowBlocks}`);
  return found;
};

type Row = readonly GoalRow[];

const atLeast = (name: string, value: number | undefined, bound: number, unit = ''): Row =>
  value === undefined
    ? []
    : [
        {
          ...{ name, value: `${value.toFixed(2)}${unit}`, bound: `>= ${bound}${unit}` },
          isMet: value >= bound,
        },
      ];

const atMost = (name: string, value: number | undefined, bound: number): Row =>
  value === undefined
    ? []
    : [{ name, value: value.toFixed(2), bound: `<= ${bound}`, isMet: value <= bound }];

const ratio = (own: number | undefined, peer: number | undefined): number | undefined =>
  own === undefined || peer === undefined ? undefined : own / peer;

/** The rows that the measurements allow. */
export const tftpGoals = (reads: Reads): readonly GoalRow[] => {
  const speed = (place: Place, server = OWN_SERVER): number | undefined =>
    reads.megabytesPerSecond(server, cellAt(place));
  const speedRow = (place: Place, bound: number): Row => {
    const name = `${cellName(cellAt(place))}: MB/s / ${PEER}`;
    return atLeast(name, ratio(speed(place), speed(place, PEER)), bound);
  };
  const cpuRow = (place: Place, bound: number): Row => {
    const cell = cellAt(place);
    const [own, peer] = [OWN_SERVER, PEER].map((name) => reads.cpuSecondsPerGigabyte(name, cell));
    return atMost(`${cellName(cell)}: CPU / ${PEER}`, ratio(own, peer), bound);
  };
  const rateRow = (place: Place, bound: number): Row =>
    atLeast(cellName(cellAt(place)), speed(place), bound, ' MB/s');
  const many: Place = ['direct', 50, 4];
  const twice = reads.duplicateShare(OWN_SERVER, cellAt(many));
  const lossy = (['both', 'worse'] as const).flatMap((wire) =>
    ([4, 16] as const).flatMap((window) => speedRow([wire, 20, window], 2)),
  );
  return [
    ...speedRow(['direct', 1, 16], 0.8),
    ...cpuRow(['direct', 1, 16], 1.4),
    ...cpuRow(['direct', 1, 1], 1.8),
    ...speedRow(many, 0.4),
    ...rateRow(many, GIGABIT_MBPS),
    ...atMost(`${cellName(cellAt(many))}: blocks that came twice, share`, twice, MOST_DUPLICATES),
    ...rateRow(['delay', 1, 4], 4.5),
    ...rateRow(['delay', 1, 16], 17),
    ...lossy,
  ];
};
