/**
 * All files of a volume as nacre-files tells them (native/ntfs/folder_tree.h), in columns: millions of entries take no
 * object each.
 *
 * ```
 * entry   0 number of its folder u32 | 4 kind u8 | 5 length of the name u16 | 7 name
 *         size u64 | modified i64 | id u64 | stamp u64 | owner u32 | group u32 | mode u32
 * ```
 * What a folder holds stands together and behind the folder; 0 is the root, the first entry is number 1.
 */
import { NacreError } from '../errors.ts';
import { viewOf } from './bytes.ts';

/** Most files and folders of a volume, and folders inside each other. */
export const TREE_ENTRY_LIMIT = 2 ** 21;
export const TREE_DEPTH_LIMIT = 256;
const NAME_LIMIT_BYTES = 2 ** 28;

const HEAD_BYTES = 7;
const TAIL_BYTES = 44;
const LEAST_ROWS = 1024;

const KINDS = ['file', 'folder', 'link', 'other'] as const;
export type TreeKind = (typeof KINDS)[number];

const failed = (reason: string): NacreError => new NacreError('VOLUME_HELPER_FAILED', { reason });

const grown = <Column extends { readonly length: number; set(old: Column): void }>(
  old: Column,
  make: (length: number) => Column,
): Column => {
  const larger = make(old.length * 2);
  larger.set(old);
  return larger;
};

/** Entries by their number; 0 is the root, of which only its children are known. */
export class VolumeTree {
  /** Numbers are 1 to `count`. */
  count = 0;
  #names = new Uint8Array(LEAST_ROWS * 16);
  #nameEnds = new Uint32Array(LEAST_ROWS);
  #parents = new Uint32Array(LEAST_ROWS);
  #firstChildren = new Uint32Array(LEAST_ROWS);
  #childCounts = new Uint32Array(LEAST_ROWS);
  #kinds = new Uint8Array(LEAST_ROWS);
  #sizes = new Float64Array(LEAST_ROWS);
  #modified = new BigInt64Array(LEAST_ROWS);
  #ids = new BigUint64Array(LEAST_ROWS);
  #stamps = new BigUint64Array(LEAST_ROWS);
  #owners = new Uint32Array(LEAST_ROWS);
  #groups = new Uint32Array(LEAST_ROWS);
  #modes = new Uint32Array(LEAST_ROWS);

  /** Adds whole entries. @throws NacreError VOLUME_HELPER_FAILED, VOLUME_TREE_LIMIT */
  take(piece: Uint8Array): void {
    for (let at = 0; at < piece.length; ) at = this.#takeOne(piece, at);
  }

  #takeOne(piece: Uint8Array, at: number): number {
    const view = viewOf(piece);
    if (piece.length - at < HEAD_BYTES) throw failed('an entry of a folder is cut off');
    const length = view.getUint16(at + 5, true);
    const end = at + HEAD_BYTES + length + TAIL_BYTES;
    if (end > piece.length) throw failed('an entry of a folder is cut off');
    const number = this.count + 1;
    if (number > TREE_ENTRY_LIMIT) throw tooLarge('entries', TREE_ENTRY_LIMIT);
    if (number >= this.#kinds.length) this.#grow();
    this.#takeName(number, piece.subarray(at + HEAD_BYTES, at + HEAD_BYTES + length));
    this.#takePlace(number, view.getUint32(at, true), view.getUint8(at + 4));
    const tail = end - TAIL_BYTES;
    this.#sizes[number] = Number(view.getBigUint64(tail, true));
    this.#modified[number] = view.getBigInt64(tail + 8, true);
    this.#ids[number] = view.getBigUint64(tail + 16, true);
    this.#stamps[number] = view.getBigUint64(tail + 24, true);
    this.#owners[number] = view.getUint32(tail + 32, true);
    this.#groups[number] = view.getUint32(tail + 36, true);
    this.#modes[number] = view.getUint32(tail + 40, true);
    this.count = number;
    return end;
  }

  #takeName(number: number, name: Uint8Array): void {
    const start = this.#nameEnds[number - 1] ?? 0;
    const end = start + name.length;
    if (end > NAME_LIMIT_BYTES) throw tooLarge('bytes of names', NAME_LIMIT_BYTES);
    while (end > this.#names.length) this.#names = grown(this.#names, (n) => new Uint8Array(n));
    this.#names.set(name, start);
    this.#nameEnds[number] = end;
  }

  #takePlace(number: number, parent: number, kind: number): void {
    const isFolder = parent === 0 || this.#kinds[parent] === 1;
    const isInOrder = parent < number && parent >= (this.#parents[this.count] ?? 0);
    if (!isFolder || !isInOrder || kind >= KINDS.length) throw failed('an entry has no folder');
    this.#kinds[number] = kind;
    this.#parents[number] = parent;
    if (this.#childCounts[parent] === 0) this.#firstChildren[parent] = number;
    this.#childCounts[parent] = (this.#childCounts[parent] ?? 0) + 1;
  }

  #grow(): void {
    const u32 = (n: number): Uint32Array<ArrayBuffer> => new Uint32Array(n);
    const u64 = (n: number): BigUint64Array<ArrayBuffer> => new BigUint64Array(n);
    this.#nameEnds = grown(this.#nameEnds, u32);
    this.#parents = grown(this.#parents, u32);
    this.#firstChildren = grown(this.#firstChildren, u32);
    this.#childCounts = grown(this.#childCounts, u32);
    this.#kinds = grown(this.#kinds, (n) => new Uint8Array(n));
    this.#sizes = grown(this.#sizes, (n) => new Float64Array(n));
    this.#modified = grown(this.#modified, (n) => new BigInt64Array(n));
    this.#ids = grown(this.#ids, u64);
    this.#stamps = grown(this.#stamps, u64);
    this.#owners = grown(this.#owners, u32);
    this.#groups = grown(this.#groups, u32);
    this.#modes = grown(this.#modes, u32);
  }

  parentOf(number: number): number {
    return this.#parents[number] ?? 0;
  }

  /** Children are `first` to `end - 1`. */
  childrenOf(number: number): { readonly first: number; readonly end: number } {
    const first = this.#firstChildren[number] ?? 0;
    return { first, end: first + (this.#childCounts[number] ?? 0) };
  }

  /** As it lies on the volume. */
  nameBytesOf(number: number): Uint8Array {
    return this.#names.subarray(this.#nameEnds[number - 1] ?? 0, this.#nameEnds[number]);
  }

  kindOf(number: number): TreeKind {
    return KINDS[this.#kinds[number] ?? 0] ?? 'other';
  }

  /** 0 for a folder. */
  sizeOf(number: number): number {
    return this.#sizes[number] ?? 0;
  }

  /** Nanoseconds since 1970, UTC. */
  modifiedOf(number: number): bigint {
    return this.#modified[number] ?? 0n;
  }

  /** Names the file while it exists, also under another name; undefined where that is not certain. */
  identityOf(number: number): string | undefined {
    const [id, stamp] = [this.#ids[number] ?? 0n, this.#stamps[number] ?? 0n];
    return id === 0n || stamp === 0n ? undefined : `${id}:${stamp}`;
  }

  isOwnedAlike(number: number, other: VolumeTree, its: number): boolean {
    return (
      this.#owners[number] === other.#owners[its] &&
      this.#groups[number] === other.#groups[its] &&
      this.#modes[number] === other.#modes[its]
    );
  }
}

const tooLarge = (what: string, most: number): NacreError =>
  new NacreError('VOLUME_TREE_LIMIT', { what, most });
