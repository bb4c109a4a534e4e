#!/usr/bin/env node
/** The program `nacre`: hands its process to the command line and ends with the exit code of that. */
import os from 'node:os';
import { run } from './program.ts';

const INTERRUPTS = ['SIGINT', 'SIGTERM'] as const;

const onInterrupt = (listener: () => void): (() => void) => {
  for (const signal of INTERRUPTS) process.on(signal, listener);
  return () => {
    for (const signal of INTERRUPTS) process.off(signal, listener);
  };
};

// A reader that went away (`nacre … | head`) is no reason to stop halfway through a disk.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

process.exitCode = await run({
  argv: process.argv.slice(2),
  environment: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  isRoot: process.getuid?.() === 0,
  homeDirectory: os.homedir(),
  now: () => performance.now(),
  onInterrupt,
  exit: (code) => process.exit(code),
});
