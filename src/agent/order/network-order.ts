/** One order of the server that Merlin was started from: asked for, carried out, and reported. */
import { mkdtemp } from 'node:fs/promises';
import { freemem, tmpdir } from 'node:os';
import path from 'node:path';
import { remove } from 'fs-extra/esm';
import { thisMachine } from '../../disk/machine.ts';
import { isNacreError, type NacreError } from '../../errors.ts';
import type { OnProgress } from '../../image/operation.ts';
import { openMirroredStore } from '../../image/store/store.ts';
import { openWebFiles } from '../../image/store/web-store.ts';
import type { Answer, CaptureOrder, End, ImageOrder } from '../../job/merlin-protocol.ts';
import { webPlaceOf } from '../../job/store-address.ts';
import { type CaptureOrderReport, runCaptureOrder } from './capture-order.ts';
import { gatherHello, type MachineParts } from './hello.ts';
import { type ImageOrderReport, runImageOrder } from './image-order.ts';
import { MerlinServer } from './merlin-server.ts';

/** Of the disks one may be written, or captured. */
export interface NetworkOrderOptions extends MachineParts {
  /** `https://ADDRESS:PORT`. */
  readonly url: string;
  /** SHA-256 of the server's public key, hex. */
  readonly pin: string;
  /** This machine's own Node part. */
  readonly nodePart: string;
  /** Memory for digests that the server need not be sent; a quarter of what is free. */
  readonly knownLimitBytes?: number | undefined;
  /** How long the server is asked again, instead of what each request says. */
  readonly patienceMs?: number | undefined;
  /** Told before the work begins. */
  readonly onAnswer?: ((answer: Answer) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** How an order ended; undefined when the server had none. */
export type NetworkOrderReport = ImageOrderReport | CaptureOrderReport | undefined;

type Order = ImageOrder | CaptureOrder;
type OrderReport = NonNullable<NetworkOrderReport>;

const REPORT_MS = 1000;
/** Of the free memory, for digests of what the server has: the larger part is for the work. */
const KNOWN_SHARE = 0.25;
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

const capture = async (
  server: MerlinServer,
  order: CaptureOrder,
  options: NetworkOrderOptions,
): Promise<CaptureOrderReport> =>
  runCaptureOrder({
    order,
    disks: options.disks,
    target: server.uploadFor(order.order),
    machine: await thisMachine(),
    knownLimitBytes: options.knownLimitBytes ?? freemem() * KNOWN_SHARE,
    beforeRead: ({ path: disk, serial }) => server.begin(order.order, { disk, serial }),
    signal: options.signal,
    onProgress: reporter(server, order.order, options.onProgress),
  });

const image = async (
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
      // Most have no pin: the answer, which came over the pinned connection, names the digests from which all others are reached.
      store: await openMirroredStore(order.stores.map(webPlaceOf), { signal }),
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
  order: Order,
  error: NacreError,
): Promise<void> => {
  try {
    await server.end(order.order, failureOf(error));
  } catch (reason) {
    if (!isNacreError(reason)) throw reason;
  }
};

/** A failure that the next start may not have: the order stays open, and goes on then. */
const PASSING: ReadonlySet<string> = new Set([
  'CANCELLED',
  'MERLIN_SERVER_FULL',
  'STORE_WEB_UNREACHABLE',
]);

/** Bytes for the server: of a capture those that it has now. */
const bytesOf = (report: OrderReport): Pick<End, 'writtenBytes' | 'verifiedBytes'> =>
  report.kind === 'capture'
    ? { writtenBytes: 0, verifiedBytes: report.usedBytes }
    : { writtenBytes: report.writtenBytes, verifiedBytes: report.verifiedBytes };

/** Says to the server how the work for an order went. @throws NacreError of the work, and of `end` */
const reported = async <Report extends OrderReport>(
  server: MerlinServer,
  order: Order,
  work: () => Promise<Report>,
): Promise<Report> => {
  try {
    const report = await work();
    await server.end(order.order, { code: null, message: '', ...bytesOf(report) });
    return report;
  } catch (reason) {
    if (isNacreError(reason) && !PASSING.has(reason.code)) {
      await reportFailure(server, order, reason);
    }
    throw reason;
  }
};

/** Images this machine and says how it went. @throws NacreError as `runImageOrder`, and as `runNetworkOrder` */
export const carryOutImage = (
  server: MerlinServer,
  order: ImageOrder,
  options: NetworkOrderOptions,
) => reported(server, order, () => image(server, order, options));

/**
 * Asks the server and does what it says.
 *
 * @throws NacreError MERLIN_SERVER_ANSWER, MERLIN_SERVER_REFUSED, MERLIN_SERVER_FULL, STORE_WEB_…, CANCELLED, and those of
 *   `runImageOrder` and `runCaptureOrder`
 */
export const runNetworkOrder = async (
  options: NetworkOrderOptions,
): Promise<NetworkOrderReport> => {
  const { url, pin, onAnswer, signal, patienceMs } = options;
  const server = new MerlinServer({ url, pin, signal, patienceMs });
  try {
    const answer = await server.start(await gatherHello(options));
    onAnswer?.(answer);
    if (answer.answer === 'nothing') return undefined;
    if (answer.answer === 'image') return await carryOutImage(server, answer, options);
    return await reported(server, answer, () => capture(server, answer, options));
  } finally {
    server.close();
  }
};
