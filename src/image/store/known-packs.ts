/** What a capture may count as stored already: the packs of its parent and of other versions. */
import type { DigestAlgorithm } from '../../codec/image-limits.ts';
import { isNacreError } from '../../errors.ts';
import { listImageNames, readRecord } from './image-records.ts';
import { chunksIn, readPack, type StoredPack } from './pack-file.ts';
import type { StoreContext } from './store-lock.ts';
import { readLocator } from './version-files.ts';

/** Digests of other versions' packs that a capture looks through, besides those of its parent. */
const OTHERS_LIMIT = 2 ** 20;

const readableRecord = async (
  context: StoreContext,
  name: string,
): Promise<Awaited<ReturnType<typeof readRecord>>> => {
  try {
    return await readRecord(context.files, name);
  } catch (reason) {
    // A damaged record of some image is for "store check" to report; it must not stop a capture.
    if (isNacreError(reason, 'STORE_IMAGE_DAMAGED')) return undefined;
    throw reason;
  }
};

/** Ids of all versions of a store outside the bins, newest first. */
const liveVersions = async (context: StoreContext): Promise<readonly string[]> => {
  const rows = [];
  for (const name of await listImageNames(context.files)) {
    const record = await readableRecord(context, name);
    rows.push(...(record?.versions ?? []));
  }
  return rows
    .sort((left, right) => (left.createdAt < right.createdAt ? 1 : -1))
    .map((row) => row.id);
};

/** A pack that may be counted on; a missing or damaged one may not. */
const readablePack = async (
  context: StoreContext,
  name: string,
  algorithm: DigestAlgorithm,
): Promise<StoredPack | undefined> => {
  try {
    const pack = await readPack(context.files, name);
    return pack.algorithm === algorithm ? pack : undefined;
  } catch (reason) {
    const isMissing = isNacreError(reason, 'STORE_PACK_MISSING');
    if (isMissing || isNacreError(reason, 'STORE_PACK_DAMAGED')) return undefined;
    throw reason;
  }
};

/** Packs that a capture counts on, with a limit for those that are not its parent's. */
class KnownPacks {
  readonly packs = new Map<string, StoredPack>();
  readonly #context: StoreContext;
  readonly #algorithm: DigestAlgorithm;
  #others = 0;

  constructor(context: StoreContext, algorithm: DigestAlgorithm) {
    this.#context = context;
    this.#algorithm = algorithm;
  }

  async addParent(id: string): Promise<void> {
    for (const pack of await this.#newPacksOf(id)) this.packs.set(pack.id, pack);
  }

  async addOther(id: string): Promise<void> {
    if (this.#others >= OTHERS_LIMIT) return;
    for (const pack of await this.#newPacksOf(id)) {
      const count = chunksIn(pack.digests);
      if (this.#others + count > OTHERS_LIMIT) continue;
      this.#others += count;
      this.packs.set(pack.id, pack);
    }
  }

  async #newPacksOf(id: string): Promise<readonly StoredPack[]> {
    const names = (await readLocator(this.#context.files, id)) ?? [];
    const packs: StoredPack[] = [];
    for (const name of names.filter((one) => !this.packs.has(one))) {
      const pack = await readablePack(this.#context, name, this.#algorithm);
      if (pack !== undefined) packs.push(pack);
    }
    return packs;
  }
}

/** Packs whose chunks need not be stored again: the parent's, then others until the limit. */
export const findKnownPacks = async (
  context: StoreContext,
  parent: string | null,
  algorithm: DigestAlgorithm,
): Promise<readonly StoredPack[]> => {
  const known = new KnownPacks(context, algorithm);
  if (parent !== null) await known.addParent(parent);
  for (const id of await liveVersions(context)) await known.addOther(id);
  return [...known.packs.values()];
};

/** Digest records of all packs, one pack after the other. */
export const digestsOfPacks = (packs: readonly StoredPack[]): Uint8Array =>
  Buffer.concat(packs.map((pack) => pack.digests));
