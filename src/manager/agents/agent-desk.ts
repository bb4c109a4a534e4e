/** What the side of the manager that agents speak to stands on. */
import type { ServiceLog } from '../../job/serving/service-log.ts';
import type { Ground } from '../ground.ts';
import type { Sleepers } from '../jobs/sleepers.ts';
import type { Pace } from './pace.ts';
import type { Refusals } from './refusals.ts';
import type { StorePlaces } from './store-places.ts';
import type { Waiters } from './waiters.ts';

export interface AgentDesk {
  readonly ground: Ground;
  /** SHA-256 of the key by which this manager is known, 64 hex digits. */
  readonly pin: string;
  /** The key for jobs, PEM, and its public half, base64url. */
  readonly jobsPem: string;
  readonly jobKey: string;
  readonly log: Pick<ServiceLog, 'info'>;
  readonly refusals: Refusals;
  readonly pace: Pace;
  readonly stores: StorePlaces;
  readonly waiters: Waiters;
  readonly sleepers: Sleepers;
}

/** Where a message came from. */
export interface AgentEnds {
  readonly address: string;
  /** Name and port by which the device reached us; hostile. */
  readonly host?: string | undefined;
  /** Its connection has ended. */
  readonly left?: AbortSignal | undefined;
}
