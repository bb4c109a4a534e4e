/** `<id>.locator`: the packs in which the chunks of a version lie, as JSON. Not part of the identity. */
import * as z from 'zod';
import { formatError } from './bytes.ts';
import { parseShape } from './json-shape.ts';

/** Bytes of a locator file. */
export const LOCATOR_LIMIT_BYTES = 16 * 2 ** 20;
const PACK_COUNT_LIMIT = 2 ** 17;

/** Names of packs, without the suffix, each once. */
export interface Locator {
  readonly packs: readonly string[];
}

const locator = z.object({
  packs: z.array(z.string().regex(/^[0-9a-f]{64}$/)).max(PACK_COUNT_LIMIT),
});

/** @throws NacreError `IMAGE_FORMAT` */
export const parseLocator = (bytes: Uint8Array): Locator => {
  if (bytes.length > LOCATOR_LIMIT_BYTES) {
    throw formatError('locator', 'length', bytes.length, `at most ${LOCATOR_LIMIT_BYTES}`);
  }
  const { packs } = parseShape('locator', locator, bytes);
  if (new Set(packs).size !== packs.length) {
    throw formatError('locator', 'packs', 'a name twice', 'each name once');
  }
  return { packs };
};

/** UTF-8 JSON with the names in the order given. */
export const serializeLocator = (value: Locator): Uint8Array =>
  new TextEncoder().encode(JSON.stringify({ packs: value.packs }));
