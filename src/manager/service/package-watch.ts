/** Looks into the store of images at the start and now and then: captures by hand appear without anybody asking. */
import { isNacreError } from '../../errors.ts';
import type { ServiceLog } from '../../job/serving/service-log.ts';
import { type Ground, MANAGER } from '../ground.ts';
import { type ImageSource, syncPackages } from '../repository/sync.ts';

const EVERY_MS = 60_000;

export interface PackageWatch {
  /** Resolves when nothing is under way any more. */
  readonly close: () => Promise<void>;
}

/** Starts it; the first look is over when the promise resolves. A store that is not there yet is waited for. */
export const startPackageWatch = async (
  ground: Ground,
  openImages: () => Promise<ImageSource>,
  log: ServiceLog,
): Promise<PackageWatch> => {
  let told = '';
  const look = async (): Promise<void> => {
    try {
      const report = await syncPackages(ground, MANAGER, await openImages());
      if (report.addedVersions + report.removedImages > 0)
        log.info(report, 'packages brought up to date');
      told = '';
    } catch (err) {
      if (!isNacreError(err)) throw err;
      // Once, not every minute.
      if (told !== err.code)
        log.warn({ code: err.code, reason: err.message }, 'store of images cannot be read');
      told = err.code;
    }
  };
  const lookSafely = (): Promise<void> =>
    look().catch((err: unknown) => log.error({ err }, 'packages could not be brought up to date'));
  let running = lookSafely();
  await running;
  const timer = setInterval(() => {
    running = running.then(lookSafely);
  }, EVERY_MS);
  timer.unref();
  return {
    close: async () => {
      clearInterval(timer);
      await running;
    },
  };
};
