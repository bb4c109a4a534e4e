/** How far a group is, in words. */
import type { Rollout } from '../api/types.ts';
import type { Tone } from '../parts/tone.ts';
import { Badge } from '../parts/values.tsx';
import { text } from '../texts/language.ts';

export type Standing = Rollout['devices'][number]['standing'];

const STATE_TONES: Readonly<Record<Rollout['state'], Tone>> = {
  ...{ running: 'busy', paused: 'warn', stopped: 'bad', reached: 'good' },
};
const STANDING_TONES: Readonly<Record<Standing, Tone>> = {
  ...{ reached: 'good', working: 'busy', failed: 'bad', left: 'warn', disputed: 'warn' },
  ...{ busy: 'busy', open: 'calm' },
};

export const RolloutBadge = ({ state }: { readonly state: Rollout['state'] }) => (
  <Badge tone={STATE_TONES[state]}>{text(`rollout-state.${state}`)}</Badge>
);

export const StandingBadge = ({ standing }: { readonly standing: Standing }) => (
  <Badge tone={STANDING_TONES[standing]}>{text(`standing.${standing}`)}</Badge>
);
