/**
 * Runs a command line in this process: what `nacre()` gives without a Node of its own for each line, which is most of what a short
 * command costs. That the built program ends with these exit codes is for one story of each family, by `nacre()`.
 */
import { Readable, Writable } from 'node:stream';
import type { Edge } from '../../src/cli/edge.ts';
import { run } from '../../src/cli/program.ts';
import type { NacreOptions, NacreRun } from './nacre.ts';

/** A stream of text that is no terminal. */
class Kept extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('utf8');
    done();
  }
}

const runLine = async (
  argv: readonly string[],
  { environment = {}, input = '' }: Omit<NacreOptions, 'onStderr'>,
): Promise<NacreRun> => {
  const [stdout, stderr] = [new Kept(), new Kept()];
  const edge = {
    argv,
    environment: {
      ...{ PATH: process.env['PATH'], HOME: '/nonexistent', LANG: 'C.UTF-8' },
      ...{ NACRE_CONFIG: '/dev/null' },
      ...environment,
    },
    ...{ stdin: Readable.from([input]), stdout, stderr },
    isRoot: process.getuid?.() === 0,
    homeDirectory: '/nonexistent',
    now: () => performance.now(),
    onInterrupt: () => () => undefined,
    exit: (code: number) => {
      throw new TypeError(`exit with ${code}`);
    },
  } as unknown as Edge;
  const exitCode = await run(edge);
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
};

const runIn = async (cwd: string, work: () => Promise<NacreRun>): Promise<NacreRun> => {
  const before = process.cwd();
  process.chdir(cwd);
  try {
    return await work();
  } finally {
    process.chdir(before);
  }
};

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs `nacre ARGUMENTS…` here. Those with a working directory run one after the other: a process has one. Not for commands that serve,
 * wait for signals or lock files by process.
 */
export const nacreHere = (
  argumentList: readonly string[],
  options: Omit<NacreOptions, 'onStderr'> = {},
): Promise<NacreRun> => {
  const { cwd } = options;
  const work = () => runLine(argumentList, options);
  // Such a one leaves the working directory alone: it may be another run's.
  if (cwd === undefined) return work();
  const done = last.then(() => runIn(cwd, work));
  last = done.catch(() => undefined);
  return done;
};
