/** What every function of the manager stands on, and who asks for a change. */
import type { Store } from './store/store.ts';

export interface Ground {
  readonly store: Store;
  readonly now: () => Date;
  /** log2 of scrypt's N for new passwords: 15 by default, less only where nobody's password is at stake. */
  readonly passwordCost?: number | undefined;
}

/** Who changes something, as the audit names them. */
export interface Actor {
  /** `machine`: somebody with a command line on the manager's own machine. `manager`: the manager by itself. */
  readonly kind: 'user' | 'token' | 'device' | 'machine' | 'manager';
  readonly name: string;
  /** Empty where nobody came over the network. */
  readonly address: string;
}

/** The manager itself. */
export const MANAGER: Actor = { kind: 'manager', name: 'manager', address: '' };

/** Now, ISO 8601 UTC. */
export const timeOf = ({ now }: Pick<Ground, 'now'>): string => now().toISOString();

/** A time that many seconds from now, ISO 8601 UTC. */
export const timeIn = ({ now }: Pick<Ground, 'now'>, seconds: number): string =>
  new Date(now().getTime() + seconds * 1000).toISOString();
