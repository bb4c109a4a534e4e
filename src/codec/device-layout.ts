/**
 * What a disk was made for, as JSON on its boot agent partition: which partition Merlin restores, and from which one of
 * the image.
 */
import * as z from 'zod';
import { formatError } from './bytes.ts';
import { checkShape, parseShape } from './json-shape.ts';

const GREATEST_NUMBER = 1024;

const deviceLayout = z.object({
  format: z.literal(1),
  /** Name of the layout: spec. */
  layout: z.string().regex(/^[a-z0-9-]{1,32}$/),
  /** Number of the active OS partition on this disk. */
  osPartition: z.int().min(1).max(GREATEST_NUMBER),
  /** Number of the partition in the image; 0 for an image of a bare volume. */
  imagePartition: z.int().min(0).max(GREATEST_NUMBER),
});

export type DeviceLayout = Readonly<Omit<z.infer<typeof deviceLayout>, 'format'>>;

const PART = 'device layout';
const LIMIT_BYTES = 4096;

/** @throws NacreError `IMAGE_FORMAT` */
export const parseDeviceLayout = (bytes: Uint8Array): DeviceLayout => {
  if (bytes.length > LIMIT_BYTES)
    throw formatError(PART, 'length', bytes.length, `at most ${LIMIT_BYTES}`);
  const { format: _, ...layout } = parseShape(PART, deviceLayout, bytes);
  return layout;
};

/** One line of JSON. */
export const serializeDeviceLayout = (layout: DeviceLayout): Uint8Array =>
  new TextEncoder().encode(
    `${JSON.stringify(checkShape(PART, deviceLayout, { format: 1, ...layout }))}\n`,
  );
