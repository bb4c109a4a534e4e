/** Puts together what agents speak to. */
import type { S3Settings } from '../../image/s3/s3-address.ts';
import type { ServiceLog } from '../../job/serving/service-log.ts';
import { keyTextOf } from '../../job/signed-message.ts';
import type { Ground } from '../ground.ts';
import { Sleepers } from '../jobs/sleepers.ts';
import type { AgentDesk } from './agent-desk.ts';
import { capabilityKey } from './capability.ts';
import { Pace } from './pace.ts';
import { Refusals } from './refusals.ts';
import { Waiters } from './waiters.ts';

export interface DeskOptions {
  readonly ground: Ground;
  /** The key for jobs, PEM. */
  readonly jobsPem: string;
  /** SHA-256 of the key by which this manager is known, 64 hex digits. */
  readonly pin: string;
  /** Folder or address of the store of images. */
  readonly imageStore: string;
  readonly storePins?: readonly string[] | undefined;
  readonly s3?: S3Settings | undefined;
  /** Milliseconds that only rise. */
  readonly elapsedMs: () => number;
  readonly log: Pick<ServiceLog, 'info'>;
}

export const openDesk = (options: DeskOptions): AgentDesk => {
  const { ground, jobsPem, pin, imageStore, storePins, s3, elapsedMs, log } = options;
  return {
    ...{ ground, pin, jobsPem, jobKey: keyTextOf(jobsPem), log },
    refusals: new Refusals(ground, elapsedMs),
    pace: new Pace(ground, elapsedMs),
    stores: { ground, pin, key: capabilityKey(jobsPem), imageStore, storePins, s3 },
    waiters: new Waiters(),
    sleepers: new Sleepers(ground, elapsedMs),
  };
};
