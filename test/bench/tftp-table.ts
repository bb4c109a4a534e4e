/** Reads of TFTP servers, and their table. */
import type { Column } from '../../src/cli/format.ts';
import { median } from './measure.ts';
import { CELLS, type Cell, isAsked, WIRE_TITLES } from './tftp-cells.ts';
import type { Read } from './tftp-lab.ts';
import type { BenchedServer } from './tftp-servers.ts';

/** What all rounds measured. */
export class Reads {
  readonly #reads = new Map<Cell, Map<string, Read[]>>();

  add(server: string, cell: Cell, read: Read): void {
    const ofCell = this.#reads.get(cell) ?? new Map<string, Read[]>();
    this.#reads.set(cell, ofCell);
    ofCell.set(server, [...(ofCell.get(server) ?? []), read]);
  }

  /** Median over the rounds; undefined for what was not measured. */
  #median(server: string, cell: Cell, value: (read: Read) => number): number | undefined {
    const reads = this.#reads.get(cell)?.get(server);
    return reads === undefined ? undefined : median(reads.map(value));
  }

  /** All clients together, in 10^6 bytes a second. */
  megabytesPerSecond(server: string, cell: Cell): number | undefined {
    return this.#median(server, cell, ({ bytes, seconds }) => bytes / 1e6 / seconds);
  }

  /** CPU seconds of the server for 10^9 bytes of content. */
  cpuSecondsPerGigabyte(server: string, cell: Cell): number | undefined {
    return this.#median(server, cell, ({ bytes, cpuSeconds }) => (cpuSeconds * 1e9) / bytes);
  }

  /** Blocks that came twice, of all. */
  duplicateShare(server: string, cell: Cell): number | undefined {
    return this.#median(server, cell, ({ blocks, duplicates }) => duplicates / blocks);
  }
}

/** Columns of the table; one for each server. */
export const TFTP_COLUMNS = (servers: readonly string[]): readonly Column[] => [
  { title: 'way' },
  { title: 'clients', isNumber: true },
  { title: 'blksize', isNumber: true },
  { title: 'windowsize', isNumber: true },
  ...servers.map((title) => ({ title: `${title} MB/s; CPU s/GB`, isNumber: true })),
];

const rate = (value: number): string => (value < 10 ? value.toFixed(2) : value.toFixed(0));

const serverCell = (reads: Reads, server: BenchedServer, cell: Cell): string => {
  if (!isAsked(cell, server.knowsWindows)) return '';
  const speed = reads.megabytesPerSecond(server.name, cell);
  const cpu = reads.cpuSecondsPerGigabyte(server.name, cell);
  if (speed === undefined || cpu === undefined) return '';
  // With loss a server mostly waits: what that costs is a matter of its timers.
  return cell.wire === 'direct' ? `${rate(speed)}; ${cpu.toFixed(2)}` : rate(speed);
};

/** Rows of the table. */
export const tftpCells = (reads: Reads, servers: readonly BenchedServer[]): string[][] =>
  CELLS.map((cell) => [
    WIRE_TITLES[cell.wire],
    String(cell.clients),
    String(cell.blockBytes),
    String(cell.windowBlocks),
    ...servers.map((server) => serverCell(reads, server, cell)),
  ]);
