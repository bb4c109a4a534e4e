/**
 * Runs nacre-files, the program that changes files of NTFS and ext volumes. A volume that makes its
 * libraries fail or hang ends that process and no other.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import {
  AnswerStream,
  serializeRequest,
  type VolumeAnswer,
  type VolumeRequest,
} from '../codec/volume-protocol.ts';
import { NacreError } from '../errors.ts';
import { TOOL_ENVIRONMENT } from './tool.ts';

const PROGRAM = fileURLToPath(new URL('../../build/Release/nacre-files', import.meta.url));

export interface VolumeProcessOptions {
  readonly signal?: AbortSignal | undefined;
  /** The program is killed after this time. */
  readonly timeoutMs: number;
  /** Called with every answer but errors. */
  readonly onAnswer?: (answer: VolumeAnswer) => void;
  /** Called when no more answers come, whatever the reason. */
  readonly onEnd?: () => void;
  /** Another program than nacre-files, for tests. */
  readonly program?: string | undefined;
}

type Child = ChildProcessByStdio<Writable, Readable, null>;

/** What a write says when the program has ended before it read everything. */
const ENDED_EARLY: ReadonlySet<unknown> = new Set([
  'EPIPE',
  'ECANCELED',
  'ECONNRESET',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

/** Requests that are known, or that come as answers do. */
type Requests = Iterable<VolumeRequest> | AsyncIterable<VolumeRequest>;

async function* framesOf(requests: Requests): AsyncGenerator<Uint8Array> {
  for await (const request of requests) yield serializeRequest(request);
}

const sendAll = async (child: Child, requests: Requests): Promise<void> => {
  try {
    await pipeline(Readable.from(framesOf(requests)), child.stdin);
  } catch (reason) {
    // A program that ends early is judged by its answers and its end, not by the broken pipe.
    if (reason instanceof Error && 'code' in reason && ENDED_EARLY.has(reason.code)) return;
    throw reason;
  }
};

/** Hands answers on; resolves to the error that the program answered with, if it did. */
const receiveAll = async (
  child: Child,
  onAnswer: (answer: VolumeAnswer) => void,
): Promise<NacreError | undefined> => {
  const answers = new AnswerStream();
  let error: NacreError | undefined;
  for await (const part of child.stdout) {
    for (const answer of answers.take(part as Buffer)) {
      if (answer.kind === 'error') error ??= answer.error;
      else onAnswer(answer);
    }
  }
  if (error === undefined && answers.isInside) {
    throw new NacreError('VOLUME_HELPER_FAILED', { reason: 'its answer is cut off' });
  }
  return error;
};

const reasonOf = (exitCode: number | null, signal: string | null): string =>
  signal === null ? `exit code ${exitCode}` : `it was ended by ${signal}`;

const start = async (program: string): Promise<Child> => {
  const child = spawn(program, [], {
    env: { LC_ALL: 'C', PATH: TOOL_ENVIRONMENT.PATH },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  try {
    await once(child, 'spawn');
  } catch (cause) {
    throw new NacreError('TOOL_MISSING', { program: 'nacre-files' }, { cause });
  }
  return child;
};

/**
 * Sends requests, hands on the answers, and waits for the end.
 *
 * @throws NacreError with which the program answered; VOLUME_HELPER_FAILED when it crashed, broke the
 *   protocol or took too long; CANCELLED; TOOL_MISSING
 */
export const runVolumeProcess = async (
  requests: Requests,
  {
    signal,
    timeoutMs,
    onAnswer = () => undefined,
    onEnd = () => undefined,
    program = PROGRAM,
  }: VolumeProcessOptions,
): Promise<void> => {
  const isCancelled = (): boolean => signal?.aborted === true;
  if (isCancelled()) throw cancelled();
  const child = await start(program);
  const closed = once(child, 'close');
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    kill();
  }, timeoutMs);
  signal?.addEventListener('abort', kill);
  try {
    const received = receiveAll(child, onAnswer).finally(onEnd);
    // Both ends at once: the program may answer before it has read everything.
    const [, error] = await Promise.all([sendAll(child, requests), received]);
    const [exitCode, exitSignal] = (await closed) as [number | null, string | null];
    if (isCancelled()) throw cancelled();
    if (isLate) throw failed(`no answer within ${Math.ceil(timeoutMs / 1000)} s`);
    if (error !== undefined) throw error;
    if (exitCode !== 0) throw failed(reasonOf(exitCode, exitSignal));
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', kill);
    kill();
    await closed;
  }
};

const cancelled = (): NacreError =>
  new NacreError('CANCELLED', { phase: 'a change of files on a volume' });

const failed = (reason: string): NacreError => new NacreError('VOLUME_HELPER_FAILED', { reason });
