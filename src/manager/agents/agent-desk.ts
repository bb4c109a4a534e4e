/** What the side of the manager that agents speak to stands on. */
import type { Ground } from '../ground.ts';
import type { Pace } from './pace.ts';
import type { Refusals } from './refusals.ts';
import type { StorePlaces } from './store-places.ts';

export interface AgentDesk {
  readonly ground: Ground;
  /** SHA-256 of the key by which this manager is known, 64 hex digits. */
  readonly pin: string;
  /** Public half of the key for jobs, base64url. */
  readonly jobKey: string;
  readonly refusals: Refusals;
  readonly pace: Pace;
  readonly stores: StorePlaces;
}

/** Where a message came from. */
export interface AgentEnds {
  readonly address: string;
  /** Name and port by which the device reached us; hostile. */
  readonly host?: string | undefined;
}
