/** Writes stores of dm-snapshot as the kernel does, for tests. */

export interface StoreContent {
  readonly chunkBytes: number;
  /** Changed chunks in the order in which they were written: number in the base, and content, at most a chunk. */
  readonly chunks: readonly (readonly [old: number, content: Uint8Array])[];
  readonly isValid?: boolean;
}

/** True for a chunk that holds exceptions. */
const isMetadata = (chunk: number, chunkBytes: number): boolean =>
  chunk % (chunkBytes / 16 + 1) === 1;

/** A store that is as long as it needs to be, or `storeBytes`. */
export const makeSnapshotStore = (content: StoreContent, storeBytes?: number): Buffer => {
  const { chunkBytes, chunks, isValid = true } = content;
  const perArea = chunkBytes / 16;
  const areas = Math.floor(chunks.length / perArea) + 1;
  const store = Buffer.alloc(storeBytes ?? (1 + areas + chunks.length) * chunkBytes);
  store.writeUInt32LE(0x70416e53, 0);
  store.writeUInt32LE(isValid ? 1 : 0, 4);
  store.writeUInt32LE(1, 8);
  store.writeUInt32LE(chunkBytes / 512, 12);
  let place = 1;
  for (const [index, [old, bytes]] of chunks.entries()) {
    do place++;
    while (isMetadata(place, chunkBytes));
    const area = 1 + Math.floor(index / perArea) * (perArea + 1);
    const at = area * chunkBytes + (index % perArea) * 16;
    store.writeBigUInt64LE(BigInt(old), at);
    store.writeBigUInt64LE(BigInt(place), at + 8);
    store.set(bytes, place * chunkBytes);
  }
  return store;
};
