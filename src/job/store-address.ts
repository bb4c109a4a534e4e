/** A place where a device is told to find a store of images. */
import * as z from 'zod';
import type { WebPlace } from '../image/store/web-store.ts';

export const storeAddress = z.object({
  url: z.url().max(512),
  /** SHA-256 of the key that its server must have, hex; null: what a CA says counts, and for the content its digests. */
  pin: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
});
export type StoreAddress = Readonly<z.output<typeof storeAddress>>;

/** The same for `openMirroredStore`. */
export const webPlaceOf = ({ url, pin }: StoreAddress): WebPlace => ({
  url,
  keys: pin === null ? [] : [pin],
});
