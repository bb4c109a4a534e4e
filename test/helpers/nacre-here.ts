/** Runs a command line in this process: the program without its start, for tests that run many. */
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { run } from '../../src/cli/program.ts';
import type { NacreOptions, NacreRun } from './nacre.ts';

/** Only what a pipe has is asked of a stream that is no terminal; the type of the edge is that of a terminal. */
const pipe = () => {
  const through = new PassThrough();
  const stream: NodeJS.ReadStream & NodeJS.WriteStream = Object.setPrototypeOf(
    through,
    PassThrough.prototype,
  );
  return { through, stream };
};

/** `nacre ARGUMENTS…` as `nacre` runs it, but in this process. Not for commands that serve, wait for signals or lock files by process. */
export const nacreHere = async (
  argumentList: readonly string[],
  { environment }: Pick<NacreOptions, 'environment'> = {},
): Promise<NacreRun> => {
  const [input, output, messages] = [pipe(), pipe(), pipe()];
  input.through.end();
  const [stdout, stderr] = [text(output.through), text(messages.through)];
  const exitCode = await run({
    argv: argumentList,
    environment: {
      ...{ PATH: process.env['PATH'], HOME: '/nonexistent', LANG: 'C.UTF-8' },
      NACRE_CONFIG: '/dev/null',
      ...environment,
    },
    stdin: input.stream,
    stdout: output.stream,
    stderr: messages.stream,
    isRoot: process.getuid?.() === 0,
    homeDirectory: '/nonexistent',
    now: () => performance.now(),
    onInterrupt: () => () => undefined,
    exit: (code) => {
      throw new TypeError(`nacre wants to exit with ${code}`);
    },
  });
  output.through.end();
  messages.through.end();
  return { exitCode, stdout: await stdout, stderr: await stderr };
};
