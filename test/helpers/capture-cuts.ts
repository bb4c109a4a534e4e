/** Captures over the network that are disturbed at a point of their upload. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { isNacreError } from '../../src/errors.ts';
import { verifyDisk } from '../../src/image/verify-disk.ts';
import { CAPTURE, type CaptureLab, DEVICE, makeCaptureLab, noisyDisk } from './capture-lab.ts';

export const recordOf = ({ server }: CaptureLab) => server.orders.recordOf(DEVICE);

export const failureOf = async (t: ExecutionContext, run: Promise<unknown>) => {
  const error = await t.throwsAsync(run);
  if (!isNacreError(error)) throw error;
  return error;
};

/** The image is whole, and every used block of the disk is in it. */
export const expectCaptured = async (t: ExecutionContext, captured: CaptureLab, disk: string) => {
  const { store } = captured.lab;
  t.is(recordOf(captured)?.state, 'done', String(recordOf(captured)?.failure));
  t.deepEqual((await store.check({ deep: true })).problems, []);
  t.like(await verifyDisk({ store, image: 'golden', path: disk }), { same: true });
  t.deepEqual(await readdir(path.join(store.location, 'uploads')), [], 'nothing is left behind');
};

export const captureReport = async (run: ReturnType<CaptureLab['run']>) => {
  const report = await run;
  if (report?.kind !== 'capture') throw new TypeError('nothing was captured');
  return report;
};

export const versionsOf = async ({ lab }: CaptureLab) =>
  (await lab.store.list())[0]?.versions.length;

/** Steps of an upload after which something is taken away, and which one of them. */
export const UPLOAD_POINTS = [
  ['begin', 1],
  ['putFrames', 1],
  ['putFrames', 3],
  ['putDraft', 1],
  ['publish', 1],
] as const;

export type UploadPoint = (typeof UPLOAD_POINTS)[number];

/** Calls `work` once, when a step of an upload was done so many times and is not answered yet. */
export const atPoint = (
  [wanted, count]: UploadPoint,
  work: () => Promise<void>,
): { readonly onUpload: (step: string) => Promise<void>; readonly isReached: () => boolean } => {
  let done = 0;
  return {
    onUpload: async (step) => {
      if (step === wanted && ++done === count) await work();
    },
    isReached: () => done >= count,
  };
};

/** The service goes away at a point, and comes back: the device waits for it, and the capture goes on. */
export const loseServerAt = async (t: ExecutionContext, point: UploadPoint): Promise<void> => {
  const place: { captured?: CaptureLab } = {};
  const { onUpload, isReached } = atPoint(point, async () => {
    await place.captured?.server.stop();
    await place.captured?.server.start();
  });
  const captured = await makeCaptureLab(t, CAPTURE, { onUpload });
  place.captured = captured;
  const disk = noisyDisk(captured.lab);
  await captureReport(captured.run(disk));
  t.true(isReached());
  await expectCaptured(t, captured, disk);
  t.is(await versionsOf(captured), 1);
  t.is(recordOf(captured)?.attempts, 1);
};

/** The device loses its power at a point: it sends what lacks at its next start. */
export const losePowerAt = async (t: ExecutionContext, point: UploadPoint): Promise<void> => {
  const power = new AbortController();
  const { onUpload } = atPoint(point, async () => power.abort());
  const captured = await makeCaptureLab(t, CAPTURE, { onUpload });
  const disk = noisyDisk(captured.lab);
  const error = await failureOf(t, captured.run(disk, { signal: power.signal }));
  t.is(error.code, 'CANCELLED');
  t.is(recordOf(captured)?.state, 'running');
  // The service starts again meanwhile.
  await captured.server.stop();
  await captured.server.start();
  const report = await captureReport(captured.run(disk));
  const [step, count] = point;
  if (step === 'putFrames' && count > 1) t.true(report.sentBytes < report.storedBytes);
  if (step === 'putDraft' || step === 'publish') t.is(report.sentBytes, 0);
  await expectCaptured(t, captured, disk);
  t.is(await versionsOf(captured), 1);
};
