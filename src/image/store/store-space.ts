/**
 * What each version costs, and what would come back if it went. A chunk is counted once, by its share of the frame that it lies in,
 * for exactly those versions that need it; sums over these sets of versions answer every question.
 */
import { DIGEST_BYTES, type DigestAlgorithm } from '../../codec/image-limits.ts';
import type { Manifest } from '../../codec/manifest.ts';
import { DigestIndex, RecordSet } from './digest-index.ts';
import { framesOf } from './gc-mark.ts';
import { readGcState } from './gc-state.ts';
import { type ImageRecord, labelsOf, type VersionRow } from './image-record.ts';
import { readRecords } from './image-records.ts';
import { readPack, type StoredPack } from './pack-file.ts';
import { planOf } from './store-gc.ts';
import { GC_LOCK, type StoreContext, takeLock, withStoreLock } from './store-lock.ts';
import { readManifest } from './version-files.ts';

/** Stored bytes that a version has in common with an image. */
export interface SharedSpace {
  readonly name: string;
  readonly bytes: number;
}

export interface VersionSpace {
  readonly id: string;
  readonly createdAt: string;
  readonly labels: readonly string[];
  readonly isInBin: boolean;
  /** Of all its chunks. */
  readonly storedBytes: number;
  /** Of chunks that nothing else in the store needs: freed if it alone went. */
  readonly ownBytes: number;
  /** The others, by image; its own image stands for its other versions. One chunk may be shared with several. */
  readonly sharedWith: readonly SharedSpace[];
}

export interface ImageSpace {
  readonly name: string;
  readonly storedBytes: number;
  /** Freed if the whole image went, with what it has in the bin. */
  readonly ownBytes: number;
  readonly versions: readonly VersionSpace[];
}

/** Why bytes that no version needs are not freed by a collection now. */
export interface KeptSpace {
  /** `pack`: in packs of which more than half is needed. `held`: running work, or an upload that may go on, counts on them. */
  readonly reason: 'pack' | 'held';
  readonly packs: number;
  readonly bytes: number;
}

export interface StoreSpace {
  readonly packBytes: number;
  readonly neededBytes: number;
  /** What no version needs any more, also in packs that are kept. */
  readonly unneededBytes: number;
  /** Freed if the bin were emptied and a collection ran long enough. */
  readonly binBytes: number;
  /** What `gc` would free now. */
  readonly gcBytes: number;
  readonly kept: readonly KeptSpace[];
  readonly images: readonly ImageSpace[];
}

interface Version {
  readonly image: number;
  readonly row: VersionRow;
  readonly isInBin: boolean;
}

/** Sets of versions by number; 0 is the empty one. Sets grow in rising order of versions, so that equal ones are one. */
class VersionSets {
  readonly members: (readonly number[])[] = [[]];
  readonly #next = new Map<string, number>();

  /** The set with one more version, which is not in it. */
  with(set: number, version: number): number {
    const key = `${set} ${version}`;
    const known = this.#next.get(key);
    if (known !== undefined) return known;
    const made = this.members.push([...(this.members[set] ?? []), version]) - 1;
    this.#next.set(key, made);
    return made;
  }
}

/** Which versions need each chunk of one digest algorithm. */
class Needs {
  readonly index = new DigestIndex();
  sets = new Uint32Array(1024);

  add(manifest: Manifest, version: number, all: VersionSets): void {
    for (const { digests } of manifest.partitions) {
      for (let at = 0; at < digests.length; at += DIGEST_BYTES) {
        const record = this.index.add(digests, at);
        if (record >= this.sets.length) {
          const larger = new Uint32Array(this.sets.length * 2);
          larger.set(this.sets);
          this.sets = larger;
        }
        const set = this.sets[record] ?? 0;
        // A version may have a chunk in many places.
        if (all.members[set]?.at(-1) !== version) this.sets[record] = all.with(set, version);
      }
    }
  }
}

/** Adds the stored bytes of a pack to the sets that need them. @returns bytes that nobody needs, or that another pack has too */
const countPack = (
  pack: StoredPack,
  needs: Needs | undefined,
  counted: RecordSet | undefined,
  bytes: Float64Array,
): number => {
  let spare = 0;
  for (const frame of framesOf(pack)) {
    const share = frame.storedBytes / frame.chunks;
    for (let chunk = 0; chunk < frame.chunks; chunk++) {
      const at = (frame.firstChunk + chunk) * DIGEST_BYTES;
      const record = needs?.index.find(pack.digests, at) ?? -1;
      if (record < 0 || counted?.add(record) === false) spare += share;
      else bytes[needs?.sets[record] ?? 0] = (bytes[needs?.sets[record] ?? 0] ?? 0) + share;
    }
  }
  return spare;
};

const versionsOf = (records: readonly ImageRecord[]): readonly Version[] =>
  records.flatMap((record, image) => [
    ...record.versions.map((row) => ({ image, row, isInBin: false })),
    ...record.bin.map((row) => ({ image, row, isInBin: true })),
  ]);

/** Sums over sets of versions. */
class Sums {
  readonly #versions: readonly Version[];
  readonly #members: readonly (readonly number[])[];
  readonly #bytes: Float64Array;

  constructor(versions: readonly Version[], sets: VersionSets, bytes: Float64Array) {
    this.#versions = versions;
    this.#members = sets.members;
    this.#bytes = bytes;
  }

  /** Of sets for which `isCounted` holds, rounded. */
  sum(isCounted: (members: readonly number[]) => boolean): number {
    let sum = 0;
    this.#members.forEach((members, set) => {
      if (members.length > 0 && isCounted(members)) sum += this.#bytes[set] ?? 0;
    });
    return Math.round(sum);
  }

  sharedWith(version: number, names: readonly string[]): readonly SharedSpace[] {
    return names
      .map((name, image) => ({
        name,
        bytes: this.sum(
          (members) =>
            members.includes(version) &&
            members.some((other) => other !== version && this.#versions[other]?.image === image),
        ),
      }))
      .filter(({ bytes }) => bytes > 0);
  }

  /** Only versions of which `isMember` holds need these. */
  only(isMember: (version: Version) => boolean): number {
    return this.sum((members) =>
      members.every((member) => {
        const version = this.#versions[member];
        return version !== undefined && isMember(version);
      }),
    );
  }
}

const imageSpace = (
  record: ImageRecord,
  image: number,
  versions: readonly Version[],
  sums: Sums,
  names: readonly string[],
): ImageSpace => ({
  name: record.name,
  storedBytes: sums.sum((members) => members.some((one) => versions[one]?.image === image)),
  ownBytes: sums.only((version) => version.image === image),
  versions: versions.flatMap((version, number) => {
    if (version.image !== image) return [];
    const { id, createdAt } = version.row;
    return {
      ...{ id, createdAt, labels: labelsOf(record, id), isInBin: version.isInBin },
      storedBytes: sums.sum((members) => members.includes(number)),
      ownBytes: sums.sum((members) => members.length === 1 && members[0] === number),
      sharedWith: sums.sharedWith(number, names),
    };
  }),
});

interface PackCounts {
  readonly packBytes: number;
  readonly spare: ReadonlyMap<string, number>;
}

const countPacks = async (
  context: StoreContext,
  packs: readonly string[],
  needs: ReadonlyMap<DigestAlgorithm, Needs>,
  bytes: Float64Array,
): Promise<PackCounts> => {
  const counted = new Map(
    [...needs].map(([algorithm, { index }]) => [algorithm, new RecordSet(index.count)] as const),
  );
  const spare = new Map<string, number>();
  let packBytes = 0;
  for (const id of packs) {
    const pack = await readPack(context.files, id);
    packBytes += pack.sizeBytes;
    const { algorithm } = pack;
    spare.set(id, countPack(pack, needs.get(algorithm), counted.get(algorithm), bytes));
  }
  return { packBytes, spare };
};

const measure = async (context: StoreContext): Promise<StoreSpace> => {
  // At one moment: a version published between the two would look like garbage.
  const [records, before] = await withStoreLock(context, async () => [
    await readRecords(context.files),
    await readGcState(context, { sweep: false }),
  ]);
  const versions = versionsOf(records);
  const sets = new VersionSets();
  const needs = new Map<DigestAlgorithm, Needs>();
  for (const [number, { row }] of versions.entries()) {
    const manifest = await readManifest(context.files, row.id);
    const own = needs.get(manifest.algorithm) ?? new Needs();
    needs.set(manifest.algorithm, own);
    own.add(manifest, number, sets);
  }
  const bytes = new Float64Array(sets.members.length);
  const { packBytes, spare } = await countPacks(context, before.packs, needs, bytes);
  const { plans, report } = await planOf(context, before);
  const stays = plans.filter(({ decision, id }) => decision === 'keep' && (spare.get(id) ?? 0) > 0);
  const keptOf = (reason: KeptSpace['reason']): KeptSpace => {
    const own = stays.filter(({ id }) => before.heldPacks.has(id) === (reason === 'held'));
    const sum = own.reduce((total, { id }) => total + (spare.get(id) ?? 0), 0);
    return { reason, packs: own.length, bytes: Math.round(sum) };
  };
  const sums = new Sums(versions, sets, bytes);
  const names = records.map(({ name }) => name);
  return {
    packBytes,
    neededBytes: sums.sum(() => true),
    unneededBytes: Math.round([...spare.values()].reduce((sum, one) => sum + one, 0)),
    binBytes: sums.only(({ isInBin }) => isInBin),
    gcBytes: report.freedBytes,
    kept: [keptOf('pack'), keptOf('held')].filter(({ packs }) => packs > 0),
    images: records.map((record, image) => imageSpace(record, image, versions, sums, names)),
  };
};

/**
 * Space by image and version. Reads manifests and indexes, no chunk; captures go on meanwhile.
 * @throws NacreError `STORE_BUSY` while garbage is collected; as `gc` for a store with damage
 */
export const readSpace = async (context: StoreContext): Promise<StoreSpace> => {
  const lock = takeLock(context, GC_LOCK, 'shared');
  try {
    return await measure(context);
  } finally {
    lock.close();
  }
};
