/** One order of the server that Merlin was started from: asked for, carried out, and reported. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { remove } from 'fs-extra/esm';
import { thisMachine } from '../../disk/machine.ts';
import { isNacreError, NacreError } from '../../errors.ts';
import type { OnProgress } from '../../image/operation.ts';
import { openMirroredStore } from '../../image/store/store.ts';
import { openWebFiles } from '../../image/store/web-store.ts';
import type { Answer, End, ImageOrder } from '../../job/merlin-protocol.ts';
import { gatherHello, type MachineParts } from './hello.ts';
import { type ImageOrderReport, runImageOrder } from './image-order.ts';
import { MerlinServer } from './merlin-server.ts';

/** Of the disks one may be written. */
export interface NetworkOrderOptions extends MachineParts {
  /** `https://ADDRESS:PORT`. */
  readonly url: string;
  /** SHA-256 of the server's public key, hex. */
  readonly pin: string;
  /** This machine's own Node part. */
  readonly nodePart: string;
  /** Told before the work begins. */
  readonly onAnswer?: ((answer: Answer) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** How an order ended; undefined when the server had none. */
export type NetworkOrderReport = ImageOrderReport | undefined;

const REPORT_MS = 1000;
const LONGEST_MESSAGE = 2048;

/** Progress for the server: its figures count from 0 in every phase, once a second. */
const reporter = (
  server: MerlinServer,
  order: ImageOrder['order'],
  onProgress: OnProgress | undefined,
): OnProgress => {
  let last = 0;
  return (progress) => {
    onProgress?.(progress);
    const now = performance.now();
    if (now - last < REPORT_MS) return;
    last = now;
    const { phase, doneBytes, totalBytes } = progress;
    server.report(order, { phase, doneBytes, totalBytes });
  };
};

const work = async (
  server: MerlinServer,
  order: ImageOrder,
  options: NetworkOrderOptions,
): Promise<ImageOrderReport> => {
  const { disks, nodePart, signal } = options;
  const folder = await mkdtemp(path.join(tmpdir(), 'nacre-order-'));
  try {
    return await runImageOrder({
      order,
      disks,
      // No pins: the answer, which came over the pinned connection, names the digests from which all others are reached.
      store: await openMirroredStore(order.stores, { signal }),
      bootFiles: openWebFiles([order.boot.url], { signal }),
      folder,
      nodePart,
      machine: await thisMachine(),
      beforeWrite: ({ path: disk, serial }) => server.begin(order.order, { disk, serial }),
      signal,
      onProgress: reporter(server, order.order, options.onProgress),
    });
  } finally {
    await remove(folder);
  }
};

const failureOf = (error: NacreError): End => ({
  code: error.code,
  message: error.message.slice(0, LONGEST_MESSAGE),
  writtenBytes: 0,
  verifiedBytes: 0,
});

/** To a server that is gone now it is not told; the screen has it, and the next start tries again. */
const reportFailure = async (
  server: MerlinServer,
  order: Pick<ImageOrder, 'order'>,
  error: NacreError,
): Promise<void> => {
  try {
    await server.end(order.order, failureOf(error));
  } catch (reason) {
    if (!isNacreError(reason)) throw reason;
  }
};

/** A failure that the next start may not have: the order stays open, and goes on then. */
const PASSING: ReadonlySet<string> = new Set(['CANCELLED', 'STORE_WEB_UNREACHABLE']);

const carryOut = async (
  server: MerlinServer,
  order: ImageOrder,
  options: NetworkOrderOptions,
): Promise<ImageOrderReport> => {
  try {
    const report = await work(server, order, options);
    const { writtenBytes, verifiedBytes } = report;
    await server.end(order.order, { code: null, message: '', writtenBytes, verifiedBytes });
    return report;
  } catch (reason) {
    if (isNacreError(reason) && !PASSING.has(reason.code)) {
      await reportFailure(server, order, reason);
    }
    throw reason;
  }
};

/**
 * Asks the server and does what it says.
 *
 * @throws NacreError MERLIN_NO_CAPTURE for an order that this Merlin cannot do; MERLIN_SERVER_ANSWER, MERLIN_SERVER_REFUSED, STORE_WEB_…, CANCELLED, and those of `runImageOrder`
 */
export const runNetworkOrder = async (
  options: NetworkOrderOptions,
): Promise<NetworkOrderReport> => {
  const { url, pin, onAnswer, signal } = options;
  const server = new MerlinServer({ url, pin, signal });
  try {
    const answer = await server.start(await gatherHello(options));
    onAnswer?.(answer);
    if (answer.answer === 'nothing') return undefined;
    if (answer.answer === 'image') return await carryOut(server, answer, options);
    const error = new NacreError('MERLIN_NO_CAPTURE', { name: answer.name });
    await reportFailure(server, answer, error);
    throw error;
  } finally {
    server.close();
  }
};
