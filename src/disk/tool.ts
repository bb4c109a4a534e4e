/** Runs the well-kept programs of others (ntfsresize, resize2fs, qemu-img, …) and reports their failures. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { NacreError } from '../errors.ts';

/** Longest output that is kept of each stream; the rest is dropped. */
const OUTPUT_LIMIT = 64 * 1024;

export interface ToolResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ToolOptions {
  /** Exit codes that are not failures; default only 0. */
  readonly accept?: readonly number[];
  /** Text for its standard input; otherwise the input is closed. */
  readonly input?: string;
  readonly signal?: AbortSignal | undefined;
  /** Instead of TOOL_ENVIRONMENT. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

const keep = (stream: NodeJS.ReadableStream): (() => string) => {
  let text = '';
  stream.on('data', (part: Buffer) => {
    if (text.length < OUTPUT_LIMIT) text += part.toString('utf8');
  });
  return () => text.slice(0, OUTPUT_LIMIT).trim();
};

/**
 * Runs `program` without a shell and with untranslated messages, and waits for its end.
 *
 * @throws NacreError TOOL_MISSING when it is not installed, TOOL_FAILED with its last line of output.
 */
export const runTool = async (
  program: string,
  args: readonly string[],
  options: ToolOptions = {},
): Promise<ToolResult> => {
  const child = spawn(program, args, {
    env: options.environment ?? TOOL_ENVIRONMENT,
    signal: options.signal,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const stdout = keep(child.stdout);
  const stderr = keep(child.stderr);
  // A program that ends before it reads its input is judged by its exit code, not by the broken pipe.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  let exitCode: number | null;
  try {
    [exitCode] = (await once(child, 'close')) as [number | null];
  } catch (reason) {
    if (reason instanceof Error && 'code' in reason && reason.code === 'ENOENT') {
      throw new NacreError('TOOL_MISSING', { program }, { cause: reason });
    }
    throw reason;
  }
  const result = { exitCode: exitCode ?? -1, stdout: stdout(), stderr: stderr() };
  if (!(options.accept ?? [0]).includes(result.exitCode)) {
    const reason = (result.stderr || result.stdout).split('\n').at(-1) ?? '';
    throw new NacreError('TOOL_FAILED', {
      program,
      arguments: args.join(' '),
      exitCode: result.exitCode,
      reason,
    });
  }
  return result;
};

/** Environment of every tool. File-system tools live in sbin, which is not on the PATH of a user. */
export const TOOL_ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
} as const;
