/**
 * A file that is read again when it has changed. By looking at it now and then: notices of the kernel do not come from
 * network file systems, and not for files that an editor replaces.
 */
import { stat } from 'node:fs/promises';
import type { ServiceLog } from '../job/serving/service-log.ts';

export interface FileWatchOptions<Content> {
  readonly file: string;
  /** Reads what the file says. What it throws leaves the content that was read before in force. */
  readonly read: () => Promise<Content>;
  readonly log: ServiceLog;
  /** How often is looked; 1 s by default. */
  readonly pollMs?: number | undefined;
  /** Ends the watch as `close` does. */
  readonly signal?: AbortSignal | undefined;
  /** Told after each time the file was read again, for better or worse. */
  readonly onRead?: (() => void) | undefined;
}

/** The newest content that was good, and what is wrong with the file now. */
export interface FileWatch<Content> extends AsyncDisposable {
  readonly current: () => Content;
  /** Why the file as it is now is not in force. */
  readonly problem: () => Error | undefined;
  /** Stops looking; a reading that runs is waited for. */
  readonly close: () => Promise<void>;
}

/** Identity of a file's content as far as its entry tells; an empty text for a file that cannot be looked at. */
const markOf = async (file: string): Promise<string> => {
  try {
    const { ino, size, mtimeNs } = await stat(file, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  } catch (reason) {
    if (reason instanceof Error && 'code' in reason) return '';
    throw reason;
  }
};

/**
 * Reads the file and watches it. A change counts when the file looked the same twice: one that is being written is left
 * alone.
 *
 * @throws what `read` throws the first time
 */
export const watchFile = async <Content>(
  options: FileWatchOptions<Content>,
): Promise<FileWatch<Content>> => {
  const { file, read, log, pollMs = 1000, signal, onRead } = options;
  let known = await markOf(file);
  let current = await read();
  let problem: Error | undefined;
  let seen = known;

  const readAgain = async (): Promise<void> => {
    try {
      current = await read();
      problem = undefined;
      log.info({ file }, 'file read again');
    } catch (reason) {
      if (!(reason instanceof Error)) throw reason;
      problem = reason;
      log.warn({ file, err: reason }, 'file not usable, what was read before stays in force');
    }
    onRead?.();
  };
  const look = async (): Promise<void> => {
    const mark = await markOf(file);
    const isSettled = mark === seen;
    seen = mark;
    if (!isSettled || mark === known) return;
    known = mark;
    await readAgain();
  };

  let isLooking = false;
  let looking: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    // One look at a time; a slow file system skips some.
    if (isLooking) return;
    isLooking = true;
    looking = look().finally(() => {
      isLooking = false;
    });
  }, pollMs);
  const close = async (): Promise<void> => {
    clearInterval(timer);
    await looking;
  };
  signal?.addEventListener('abort', () => clearInterval(timer), { once: true });
  return { current: () => current, problem: () => problem, close, [Symbol.asyncDispose]: close };
};
