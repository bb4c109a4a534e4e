/** A TFTP server of a test, on the loopback address, and what it reports. */
import type { ExecutionContext } from 'ava';
import { pino } from 'pino';
import type { TransferReport } from '../../src/pxe/tftp/tftp-report.ts';
import {
  startTftpServer,
  type TftpLimits,
  type TftpServer,
  type TftpServerOptions,
} from '../../src/pxe/tftp/tftp-server.ts';
import { Noise } from './noise.ts';

export interface LabOptions extends Partial<TftpServerOptions> {
  /** What is logged: packets are, for `debug`. */
  readonly level?: 'debug' | 'info';
}

export interface TftpLab {
  readonly server: TftpServer;
  readonly port: number;
  readonly reports: readonly TransferReport[];
  /** Lines of the log so far, parsed. */
  readonly lines: readonly Record<string, unknown>[];
  /** The next report that was not handed out yet; waits for it. */
  nextReport(): Promise<TransferReport>;
}

/** Timers that never fire in a test, so that everything that is sent is an answer. */
export const PATIENT: Partial<TftpLimits> = {
  firstWaitMs: 1e5,
  shortestWaitMs: 1e5,
  longestWaitMs: 1e5,
  silenceMs: 1e6,
  repeatSpacingMs: 1e6,
  newStartMs: 1e6,
};

let last: { readonly name: string; readonly content: Buffer } | undefined;

/** Content of `file-N`, where N is its size: the same bytes for the server, its client and the test. */
export const contentOf = (name: string): Buffer => {
  if (last?.name !== name)
    last = { name, content: new Noise(name).bytes(Number(name.replace('file-', ''))) };
  return last.content;
};

const isSized = (name: string): boolean => /^file-[0-9]+$/.test(name);

/** A server of `file-N` for any N, and of `files`; it is closed when the test ends. */
export const startTftpLab = async (
  t: ExecutionContext,
  { level = 'info', ...options }: LabOptions = {},
  files: Readonly<Record<string, Uint8Array>> = {},
): Promise<TftpLab> => {
  const reports: TransferReport[] = [];
  const lines: Record<string, unknown>[] = [];
  let handedOut = 0;
  let wake: () => void = () => undefined;
  const log = pino({ level }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const server = await startTftpServer({
    address: '127.0.0.1',
    port: 0,
    log,
    files: (name) => (isSized(name) ? contentOf(name) : new Map(Object.entries(files)).get(name)),
    onTransfer: (report) => {
      reports.push(report);
      wake();
    },
    ...options,
  });
  t.teardown(() => server.close());
  const nextReport = async (): Promise<TransferReport> => {
    for (;;) {
      const report = reports[handedOut];
      if (report !== undefined) {
        handedOut++;
        return report;
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { server, port: server.port, reports, lines, nextReport };
};
