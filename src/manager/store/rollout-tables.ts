/** What groups of devices are to run. */

export const ROLLOUT_STATES = ['running', 'paused', 'stopped', 'reached'] as const;
/** `stopped`: by the manager, for failures. `reached`: every device that can have it has it. */
export type RolloutState = (typeof ROLLOUT_STATES)[number];

export interface DesiredStateTable {
  readonly group_name: string;
  /** IMAGE as it was wished: a label may be moved. */
  readonly image: string;
  readonly kind: 'bi' | 'bi-pi';
  /** Of `formatRings`. */
  readonly rings: string;
  /** One more stops it. */
  readonly most_failures: number;
  /** Between the last success of a ring and the next ring. */
  readonly soak_seconds: number;
  readonly window_from: string | null;
  readonly window_to: string | null;
  readonly limit_bytes_per_second: number | null;
  readonly countdown_seconds: number | null;
  readonly postpones: number;
  readonly postpone_seconds: number;
  readonly health_seconds: number;
  readonly wake: 0 | 1;
  /** What `image` meant at the last look; null before the first. */
  readonly version_id: string | null;
  /** From 0. */
  readonly ring: number;
  readonly state: RolloutState;
  /** For people: why it stopped, or what it waits for. */
  readonly reason: string;
  /** Jobs of other rounds do not count: each new version begins one, and a person who has it go on. */
  readonly round: number;
  readonly began_at: string;
  readonly ring_began_at: string;
  readonly set_at: string;
  readonly set_by: string;
}
