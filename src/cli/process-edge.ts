/** The edge of this process: the only place that reads its globals. */
import os from 'node:os';
import type { Edge } from './edge.ts';

const INTERRUPTS = ['SIGINT', 'SIGTERM'] as const;

const onInterrupt = (listener: () => void): (() => void) => {
  for (const signal of INTERRUPTS) process.on(signal, listener);
  return () => {
    for (const signal of INTERRUPTS) process.off(signal, listener);
  };
};

/** What a command line touches of this process. */
export const processEdge = (): Edge => {
  // A reader that went away (`nacre … | head`) is no reason to stop halfway through a disk.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  return {
    argv: process.argv.slice(2),
    environment: process.env,
    // Most commands never ask: opening it takes Node some milliseconds.
    get stdin() {
      return process.stdin;
    },
    stdout: process.stdout,
    stderr: process.stderr,
    isRoot: process.getuid?.() === 0,
    homeDirectory: os.homedir(),
    now: () => performance.now(),
    onInterrupt,
    exit: (code) => process.exit(code),
  };
};
