/** BI: the backup partition is filled from the stores of the answer while the OS runs. Chunks that are there are not fetched again. */
import { NacreError } from '../../errors.ts';
import { applyFill } from '../../image/backup/fill.ts';
import { planFill } from '../../image/backup/fill-plan.ts';
import type { OnProgress } from '../../image/operation.ts';
import { openMirroredStore } from '../../image/store/store.ts';
import type { CheckInAnswer } from '../../job/agent-protocol.ts';
import type { JobTicket } from '../../job/job-ticket.ts';
import { webPlaceOf } from '../../job/store-address.ts';
import { readBootAgentFacts } from '../facts/device-facts.ts';

/** Failures of the way to the stores: another time may be better. */
export const STORES_AWAY: ReadonlySet<string> = new Set([
  'STORE_WEB_MIRRORS',
  'STORE_WEB_STATUS',
  'STORE_WEB_UNREACHABLE',
]);

export interface DownloadOptions {
  /** Path of the disk. */
  readonly disk: string;
  readonly ticket: Pick<JobTicket, 'image' | 'limitBytesPerSecond'>;
  readonly stores: CheckInAnswer['stores'];
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
}

/**
 * Fills and verifies. Ended anywhere, the generation that was current can still be restored.
 *
 * @returns bytes that were read back and right
 * @throws NacreError those of `planFill` and `applyFill`, STORE_…, BOOT_…; BACKUP_DAMAGED
 */
export const download = async (options: DownloadOptions): Promise<number> => {
  const { disk, ticket, stores, signal, onProgress } = options;
  const { image, limitBytesPerSecond } = ticket;
  const { trust } = await readBootAgentFacts(disk);
  if (stores.length === 0)
    throw new NacreError('IMAGE_NOT_FOUND', {
      image: `${image.name}@${image.id}`,
      store: 'the answer of the manager, which names no store,',
      near: '',
    });
  const plan = await planFill({
    path: disk,
    source: await openMirroredStore(stores.map(webPlaceOf), {
      signal,
      web: { isLastMaster: true },
    }),
    image: `${image.name}@${image.id}`,
    trust: trust.allowsUnsigned ? undefined : trust.keys,
  });
  const report = await applyFill(plan, {
    limitBytesPerSecond: limitBytesPerSecond ?? undefined,
    signal,
    onProgress,
  });
  return report.verifiedBytes;
};
