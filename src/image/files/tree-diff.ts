/**
 * Which files differ between two states of a volume, by their folders alone: name, kind, size, times, and on ext owner and mode.
 * Content is not compared: a file whose content changed under the same size and time is told by no system either.
 */
import type { TreeKind, VolumeTree } from '../../codec/volume-tree.ts';

/** What is another one at a file that is in both states. */
export type FileAspect = 'size' | 'time' | 'owner';

/** One file, folder or link that differs. */
export interface FileChange {
  readonly change: 'added' | 'removed' | 'changed' | 'renamed';
  readonly kind: TreeKind;
  /** Names with `/` between them; of a file that is gone, where it was. */
  readonly path: string;
  /** Where a renamed one was. */
  readonly from?: string | undefined;
  readonly what: readonly FileAspect[];
  readonly sizeBytes?: number | undefined;
  readonly sizeBeforeBytes?: number | undefined;
  /** ISO 8601 UTC; missing where the volume's number is no time. */
  readonly modifiedAt?: string | undefined;
  readonly modifiedBeforeAt?: string | undefined;
}

/** How many there are, and the bytes of files. */
export interface FileCounts {
  readonly added: number;
  readonly addedBytes: number;
  readonly removed: number;
  readonly removedBytes: number;
  readonly changed: number;
  /** Of changed and renamed ones, as they are now. */
  readonly changedBytes: number;
  readonly renamed: number;
}

export interface TreeDifference extends FileCounts {
  /** By path; at most as many as were asked for. */
  readonly files: readonly FileChange[];
  /** Changes that are counted and not in `files`. */
  readonly leftOut: number;
}

/** Characters of all paths that are told: a hostile tree has names of megabytes. */
const PATHS_LIMIT = 2 ** 26;

interface Row {
  readonly change: FileChange['change'];
  /** Number in the first tree, in the second one; 0 for none. */
  readonly before: number;
  readonly after: number;
}

const decoder = new TextDecoder();

const pathOf = (tree: VolumeTree, number: number): string => {
  const names: string[] = [];
  for (let at = number; at !== 0; at = tree.parentOf(at)) {
    names.push(decoder.decode(tree.nameBytesOf(at)));
  }
  return names.reverse().join('/');
};

const timeOf = (nanoseconds: bigint): string | undefined => {
  const date = new Date(Number(nanoseconds / 1_000_000n));
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
};

/** A name as a key: every byte counts, also where they are no text. */
const keyOf = (tree: VolumeTree, number: number): string =>
  Buffer.from(tree.nameBytesOf(number)).toString('latin1');

class Comparison {
  readonly rows: Row[] = [];
  readonly #before: VolumeTree;
  readonly #after: VolumeTree;
  /** 1: in its tree alone, so far. */
  readonly #gone: Uint8Array;
  readonly #new: Uint8Array;

  constructor(before: VolumeTree, after: VolumeTree) {
    this.#before = before;
    this.#after = after;
    this.#gone = new Uint8Array(before.count + 1).fill(1, 1);
    this.#new = new Uint8Array(after.count + 1).fill(1, 1);
  }

  run(): void {
    this.#pairFolders(0, 0);
    this.#pairRenamed();
    for (let number = 1; number < this.#gone.length; number++) {
      if (this.#gone[number]) this.rows.push({ change: 'removed', before: number, after: 0 });
    }
    for (let number = 1; number < this.#new.length; number++) {
      if (this.#new[number]) this.rows.push({ change: 'added', before: 0, after: number });
    }
  }

  /** Pairs what has the same name and kind in two folders, and in all folders below that are paired. */
  #pairFolders(before: number, after: number): void {
    const pending: [number, number][] = [[before, after]];
    for (let pair = pending.pop(); pair !== undefined; pair = pending.pop()) {
      const byName = this.#newByName(pair[1]);
      const { first, end } = this.#before.childrenOf(pair[0]);
      for (let number = first; number < end; number++) {
        const its = this.#pairOne(number, byName);
        if (its !== undefined) pending.push([number, its]);
      }
    }
  }

  /** What a folder of the second state holds that is not paired. */
  #newByName(folder: number): ReadonlyMap<string, number> {
    const byName = new Map<string, number>();
    const { first, end } = this.#after.childrenOf(folder);
    for (let its = first; its < end; its++) {
      if (this.#new[its]) byName.set(keyOf(this.#after, its), its);
    }
    return byName;
  }

  /** @returns the other one when both are folders, which are to be gone through */
  #pairOne(number: number, byName: ReadonlyMap<string, number>): number | undefined {
    const its = this.#gone[number] ? byName.get(keyOf(this.#before, number)) : undefined;
    if (its === undefined || !this.#isSameKind(number, its)) return undefined;
    this.#match(number, its);
    if (this.aspects(number, its).length > 0) {
      this.rows.push({ change: 'changed', before: number, after: its });
    }
    return this.#before.kindOf(number) === 'folder' ? its : undefined;
  }

  #isSameKind(number: number, its: number): boolean {
    return this.#before.kindOf(number) === this.#after.kindOf(its);
  }

  #match(number: number, its: number): void {
    this.#gone[number] = 0;
    this.#new[its] = 0;
  }

  /** Numbers of what is unpaired by identity; 0 where several names have one. */
  #unpaired(tree: VolumeTree, marks: Uint8Array): Map<string, number> {
    const found = new Map<string, number>();
    for (let number = 1; number < marks.length; number++) {
      const identity = marks[number] ? tree.identityOf(number) : undefined;
      if (identity !== undefined) found.set(identity, found.has(identity) ? 0 : number);
    }
    return found;
  }

  // Folders come before what they hold: what only moved with its folder is paired with it, and not told.
  #pairRenamed(): void {
    const olds = this.#unpaired(this.#before, this.#gone);
    const news = this.#unpaired(this.#after, this.#new);
    for (const [identity, number] of olds) {
      const its = news.get(identity) ?? 0;
      if (!this.#gone[number] || !this.#new[its] || !this.#isSameKind(number, its)) continue;
      this.#match(number, its);
      this.rows.push({ change: 'renamed', before: number, after: its });
      if (this.#before.kindOf(number) === 'folder') this.#pairFolders(number, its);
    }
  }

  /** What differs between two that are one file. The time of a folder only says that something in it changed. */
  aspects(number: number, its: number): readonly FileAspect[] {
    const [before, after] = [this.#before, this.#after];
    const aspects: FileAspect[] = [];
    if (before.sizeOf(number) !== after.sizeOf(its)) aspects.push('size');
    const isFolder = before.kindOf(number) === 'folder';
    if (!isFolder && before.modifiedOf(number) !== after.modifiedOf(its)) aspects.push('time');
    if (!before.isOwnedAlike(number, after, its)) aspects.push('owner');
    return aspects;
  }
}

const withTime = <Name extends string>(name: Name, time: string | undefined) =>
  (time === undefined ? {} : { [name]: time }) as { readonly [Key in Name]?: string };

interface Trees {
  readonly before: VolumeTree;
  readonly after: VolumeTree;
}

/** What a row says of the state before. */
const partBefore = ({ before }: Trees, number: number) => ({
  sizeBeforeBytes: before.sizeOf(number),
  ...withTime('modifiedBeforeAt', timeOf(before.modifiedOf(number))),
});

/** What a row says of the state after. */
const partAfter = ({ after }: Trees, number: number) => ({
  sizeBytes: after.sizeOf(number),
  ...withTime('modifiedAt', timeOf(after.modifiedOf(number))),
});

/** A row of numbers as people read it. */
const fileOf = (comparison: Comparison, trees: Trees, row: Row): FileChange => {
  const { change } = row;
  if (row.after === 0) {
    const path = pathOf(trees.before, row.before);
    const kind = trees.before.kindOf(row.before);
    return { change, kind, path, what: [], ...partBefore(trees, row.before) };
  }
  const now = partAfter(trees, row.after);
  const about = {
    change,
    kind: trees.after.kindOf(row.after),
    path: pathOf(trees.after, row.after),
  };
  if (row.before === 0) return { ...about, what: [], ...now };
  const what = comparison.aspects(row.before, row.after);
  const from = change === 'renamed' ? { from: pathOf(trees.before, row.before) } : {};
  return { ...about, ...from, what, ...now, ...partBefore(trees, row.before) };
};

/** Rows for people, until there are enough. */
const filesOf = (comparison: Comparison, trees: Trees, most: number): readonly FileChange[] => {
  const files: FileChange[] = [];
  let characters = 0;
  for (const row of comparison.rows) {
    if (files.length >= most || characters > PATHS_LIMIT) break;
    const file = fileOf(comparison, trees, row);
    characters += file.path.length + (file.from?.length ?? 0);
    files.push(file);
  }
  return files.sort((left, right) => (left.path < right.path ? -1 : 1));
};

const count = (
  rows: readonly Row[],
  change: Row['change'],
  sizeOf: (row: Row) => number,
): { readonly rows: number; readonly bytes: number } => {
  const own = rows.filter((row) => row.change === change);
  return { rows: own.length, bytes: own.reduce((sum, row) => sum + sizeOf(row), 0) };
};

/** What differs. @param most files that are told one by one; all are counted */
export const diffTrees = (before: VolumeTree, after: VolumeTree, most: number): TreeDifference => {
  const comparison = new Comparison(before, after);
  comparison.run();
  const { rows } = comparison;
  const sizeNow = (row: Row): number => after.sizeOf(row.after);
  const added = count(rows, 'added', sizeNow);
  const removed = count(rows, 'removed', (row) => before.sizeOf(row.before));
  const changed = count(rows, 'changed', sizeNow);
  const renamed = count(rows, 'renamed', sizeNow);
  const files = filesOf(comparison, { before, after }, most);
  return {
    added: added.rows,
    addedBytes: added.bytes,
    removed: removed.rows,
    removedBytes: removed.bytes,
    changed: changed.rows,
    changedBytes: changed.bytes + renamed.bytes,
    renamed: renamed.rows,
    files,
    leftOut: rows.length - files.length,
  };
};
