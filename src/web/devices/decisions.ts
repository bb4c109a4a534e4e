/** What people decide about devices, as the console offers it. */
import type { DeviceState } from '../api/types.ts';
import type { Tone } from '../parts/tone.ts';

export type Decision = 'approved' | 'held' | 'revoked';

/** Decisions that the manager would not refuse (a test compares them with its table). */
export const OFFERED: Readonly<Record<DeviceState, readonly Decision[]>> = {
  pending: ['approved', 'held', 'revoked'],
  approved: ['held', 'revoked'],
  held: ['approved', 'revoked'],
  revoked: ['approved'],
};

export const DECISIONS: readonly Decision[] = ['approved', 'held', 'revoked'];

/** How a state looks. */
export const TONES: Readonly<Record<DeviceState, Tone>> = {
  pending: 'warn',
  approved: 'good',
  held: 'bad',
  revoked: 'calm',
};
