/** Runs the built program as its users do: as a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

const MAIN = path.resolve(import.meta.dirname, '../../dist/cli/main.cjs');

/** Environment of programs whose lines nobody counts: Node would hand its coverage on to them, at half a second each. */
export const NOT_COUNTED: NodeJS.ProcessEnv = { NODE_V8_COVERAGE: undefined };

export interface NacreRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface NacreOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string;
  /** Sees the output on stderr as it comes; may send signals by the function it is given. */
  readonly onStderr?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** Runs `nacre ARGUMENTS…` with nothing of this process's environment but its PATH. */
export const nacre = async (
  argumentList: readonly string[],
  options: NacreOptions = {},
): Promise<NacreRun> => {
  const child = spawn(process.execPath, [MAIN, ...argumentList], {
    cwd: options.cwd,
    env: {
      ...NOT_COUNTED,
      PATH: process.env['PATH'],
      HOME: '/nonexistent',
      LANG: 'C.UTF-8',
      NACRE_CONFIG: '/dev/null',
      ...options.environment,
    },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    options.onStderr?.(stderr, (signal) => child.kill(signal));
  });
  child.stdin.end(options.input ?? '');
  const [exitCode, signal] = await once(child, 'close');
  return {
    exitCode: typeof exitCode === 'number' ? exitCode : -1,
    stdout,
    stderr: `${stderr}${signal ?? ''}`,
  };
};

/** The single JSON document of a `--json` run. */
export const documentOf = (run: NacreRun): Record<string, unknown> => {
  const document: unknown = JSON.parse(run.stdout);
  if (typeof document !== 'object' || document === null) throw new TypeError(run.stdout);
  return Object.fromEntries(Object.entries(document));
};
