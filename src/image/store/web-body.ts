/** The body of an answer, as it comes. */

import { toWebError, unreachable } from './web-error.ts';
import type { WebAnswer } from './web-request.ts';

export interface BodyOptions {
  /** Without a byte for so long, the body has broken off. */
  readonly idleMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Gets each piece at once and keeps none. @returns false when no more is wanted; it may also throw */
  readonly onBytes: (bytes: Uint8Array) => boolean;
}

/**
 * Reads a body to its end, or until no more is wanted.
 *
 * @throws NacreError `STORE_WEB_UNREACHABLE` when it breaks off; what `onBytes` throws; what `signal` was aborted with
 */
export const readBody = ({ response, address }: WebAnswer, options: BodyOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    const { idleMs, signal, onBytes } = options;
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      response.on('error', () => undefined);
    };
    const fail = (reason: unknown): void => {
      settle();
      response.destroy();
      reject(toWebError(address, reason));
    };
    const abort = (): void => fail(signal?.reason);
    const late = (): void => fail(unreachable(address, `nothing came for ${idleMs} ms`));
    const timer = setTimeout(late, idleMs);
    signal?.addEventListener('abort', abort, { once: true });
    response.on('data', (bytes: Buffer) => {
      timer.refresh();
      try {
        if (onBytes(bytes)) return;
      } catch (reason) {
        fail(reason);
        return;
      }
      settle();
      response.destroy();
      resolve();
    });
    response.on('error', fail);
    response.once('end', () => {
      settle();
      resolve();
    });
    // A body that was cut off has an error or an end before, in every Node that we know.
    response.once('close', () => fail('the connection was closed'));
    if (signal?.aborted) abort();
  });
