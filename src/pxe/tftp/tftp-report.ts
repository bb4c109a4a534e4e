/** What became of a request: for the log, and for `nacre pxe status`. */
import type { Logger } from 'pino';

/**
 * How a transfer ended:
 * - `done`: the last block was acknowledged
 * - `probe`: the client asked for the size only, as UEFI firmware does before it loads
 * - `unconfirmed`: all was sent, and the client went without acknowledging the end
 * - `aborted`: the client stopped it
 * - `timed-out`: the client fell silent
 * - `superseded`: the client asked for something else from the same port
 * - `stopped`: the server was closed
 * - `refused`: it never began
 */
export const TRANSFER_OUTCOMES = [
  'done',
  'probe',
  'unconfirmed',
  'aborted',
  'timed-out',
  'superseded',
  'stopped',
  'refused',
] as const;
export type TransferOutcome = (typeof TRANSFER_OUTCOMES)[number];

/** The end of a transfer that began. */
export interface TransferEnd {
  readonly outcome: TransferOutcome;
  /** Why it was refused or aborted; text of a client is made printable. */
  readonly reason: string | undefined;
  /** Content that the client acknowledged. */
  readonly bytes: number;
  /** Datagrams that were sent again. */
  readonly resentBlocks: number;
  readonly seconds: number;
}

/** One request and its end. */
export interface TransferReport extends TransferEnd {
  /** The client's. */
  readonly address: string;
  /** Name as the set of boot files has it, made printable. */
  readonly file: string;
}

/** The end of a request that no transfer was opened for. */
export const refusal = (reason: string): TransferEnd => ({
  outcome: 'refused',
  reason,
  bytes: 0,
  resentBlocks: 0,
  seconds: 0,
});

const REFUSALS_A_SECOND = 20;

/** Logs each report as one line. A flood of refusals is cut down to some lines a second; the next line says how many are left out. */
export class TransferLog {
  readonly #log: Logger;
  #second = 0;
  #logged = 0;
  #left = 0;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** @param nowMs of any clock that runs forward */
  write(report: TransferReport, nowMs: number): void {
    if (report.outcome !== 'refused') {
      this.#log.info(report, 'tftp transfer ended');
      return;
    }
    if (!this.#hasRoom(nowMs)) {
      this.#left++;
      return;
    }
    const leftOut = this.#left === 0 ? {} : { refusalsLeftOut: this.#left };
    this.#left = 0;
    this.#log.info({ ...report, ...leftOut }, 'tftp request refused');
  }

  #hasRoom(nowMs: number): boolean {
    const second = Math.floor(nowMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#logged = 0;
    }
    this.#logged++;
    return this.#logged <= REFUSALS_A_SECOND;
  }
}
