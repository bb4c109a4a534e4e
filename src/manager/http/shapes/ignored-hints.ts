/** Values that tell no device from another, as they go over the wire. */
import * as z from 'zod';
import { HINTS } from '../../devices/hints.ts';
import { pageOf, pageQuery } from './paging.ts';

const hint = z.enum(HINTS);
const value = z.string().min(1).max(128);
const note = z.string().max(256);

export const ignoredHint = z.object({ hint, value, note });
export const ignoredHintPage = pageOf(z.object({ hint: z.string(), value: z.string(), note }));
export const ignoredHintQuery = z.strictObject(pageQuery);
/** Addresses and UUIDs are stored in small letters. */
const asStored = <Hint extends { hint: string; value: string }>(given: Hint): Hint => ({
  ...given,
  value: ['mac', 'uuid'].includes(given.hint) ? given.value.toLowerCase() : given.value,
});
export const newIgnoredHint = z
  .strictObject({ hint, value, note: note.default('') })
  .transform(asStored);
export const oneHint = z.strictObject({ hint, value }).transform(asStored);
export const ignoredNow = z.object({ devices: z.int().describe('That had a conflict over it') });
