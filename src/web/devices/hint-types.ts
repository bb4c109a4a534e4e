/** Values that tell no device from another, as the routes answer them, by their schemas. */
import type * as z from 'zod';
import type { Hint } from '../../manager/devices/hints.ts';
import type { ignoredHintPage, ignoredNow } from '../../manager/http/shapes/ignored-hints.ts';

export type IgnoredHint = z.output<typeof ignoredHintPage>['items'][number];
export type IgnoredNow = z.output<typeof ignoredNow>;

/** One thing that devices say of themselves. */
export type HintValue = Pick<IgnoredHint, 'hint' | 'value'>;

/** A test compares them with those of the manager. */
export const HINTS: readonly Hint[] = ['mac', 'uuid', 'serial', 'diskSerial'];
