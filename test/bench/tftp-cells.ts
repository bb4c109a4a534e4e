/** What is asked of every TFTP server: through which cable, by how many clients at once, in which blocks and windows. */
import type { CableFaults } from '../helpers/cable.ts';

/** Ways from the clients to the server. Delay is on the way to the clients, loss on both. */
export const WIRES = {
  direct: undefined,
  delay: { delayMs: [1, 0] },
  loss: { loss: 0.005 },
  both: { delayMs: [1, 0], loss: 0.005 },
  worse: { delayMs: [1, 0], loss: 0.01 },
} as const satisfies Readonly<Record<string, CableFaults | undefined>>;
export type Wire = keyof typeof WIRES;

/** How a table names them. */
export const WIRE_TITLES: Readonly<Record<Wire, string>> = {
  direct: 'direct',
  delay: '1 ms',
  loss: '0.5 % loss',
  both: '1 ms, 0.5 % loss',
  worse: '1 ms, 1 % loss',
};

/** Files, by the name that firmware asks for, with their bytes: what is slow is measured with a smaller one. */
export const FILES = {
  'initrd.pxe': 16 << 20,
  vmlinuz: 2 << 20,
  'snponly.efi': 1 << 20,
  'undionly.kpxe': 256 << 10,
} as const;
export type FileName = keyof typeof FILES;

export interface Cell {
  readonly wire: Wire;
  readonly clients: number;
  readonly blockBytes: 512 | 1468;
  readonly windowBlocks: 1 | 4 | 16 | 64;
  readonly file: FileName;
  /** Only between the servers that know windows. */
  readonly isGoalOnly?: boolean;
}

/** Blocks of EDK2 in windows of all sizes; `files` from the smallest window to the largest. */
const windows = (wire: Wire, clients: number, files: readonly FileName[]): readonly Cell[] =>
  ([1, 4, 16, 64] as const).map((windowBlocks, index) => ({
    ...{ wire, clients, blockBytes: 1468, windowBlocks },
    file: files[index] ?? 'vmlinuz',
  }));

const [BIG, MIDDLE, SMALL, TINY] = Object.keys(FILES) as [FileName, FileName, FileName, FileName];

/** All of them. Clients without options but a block size of 512 are those of RFC 1350; shim asks for windows of 4 of them. */
export const CELLS: readonly Cell[] = [
  { wire: 'direct', clients: 1, blockBytes: 512, windowBlocks: 1, file: BIG },
  { wire: 'direct', clients: 1, blockBytes: 512, windowBlocks: 4, file: BIG },
  ...windows('direct', 1, [BIG, BIG, BIG, BIG]),
  { wire: 'direct', clients: 50, blockBytes: 512, windowBlocks: 1, file: SMALL },
  ...windows('direct', 50, [MIDDLE, MIDDLE, MIDDLE, MIDDLE]),
  { wire: 'delay', clients: 1, blockBytes: 512, windowBlocks: 1, file: TINY },
  ...windows('delay', 1, [SMALL, MIDDLE, BIG, BIG]),
  ...windows('delay', 50, [TINY, MIDDLE, MIDDLE, MIDDLE]),
  ...windows('loss', 1, [TINY, SMALL, SMALL, SMALL]),
  ...windows('both', 1, [TINY, SMALL, SMALL, SMALL]),
  { wire: 'both', clients: 20, blockBytes: 1468, windowBlocks: 4, file: SMALL, isGoalOnly: true },
  { wire: 'both', clients: 20, blockBytes: 1468, windowBlocks: 16, file: SMALL, isGoalOnly: true },
  { wire: 'worse', clients: 20, blockBytes: 1468, windowBlocks: 4, file: SMALL, isGoalOnly: true },
  { wire: 'worse', clients: 20, blockBytes: 1468, windowBlocks: 16, file: SMALL, isGoalOnly: true },
  { wire: 'both', clients: 50, blockBytes: 1468, windowBlocks: 1, file: TINY },
  { wire: 'both', clients: 50, blockBytes: 1468, windowBlocks: 16, file: SMALL },
];

/** True for a cell that a server has to be measured at. */
export const isAsked = (cell: Cell, knowsWindows: boolean): boolean =>
  knowsWindows || (cell.windowBlocks === 1 && cell.isGoalOnly !== true);

/** A cell in one word, for logs. */
export const cellName = ({ wire, clients, blockBytes, windowBlocks }: Cell): string =>
  `${WIRE_TITLES[wire]}, ${clients} x b${blockBytes} w${windowBlocks}`;
