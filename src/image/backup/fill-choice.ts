/** What a fill keeps, gives up and copies: the first choice for which the room is enough. Nothing is changed here. */
import { NacreError } from '../../errors.ts';
import type { DigestIndex } from '../store/digest-index.ts';
import type { StoredPack } from '../store/pack-file.ts';
import { storeFileOf } from '../store/store-layout.ts';
import {
  lackedFrames,
  packBytesOf,
  type SourceFrame,
  takeFrames,
  wantedShare,
} from './fill-frames.ts';
import type { Generation } from './generations.ts';
import { NEW_PACK_BYTES } from './pack-copy.ts';
import { clustered, type PartitionContent } from './partition-content.ts';

/** A pack that nobody else needs stays when this share of it is wanted; else its frames are copied again. */
const KEPT_SHARE = 0.5;
/** Folders for generations, and one for each two digits of a pack's name. */
const FOLDERS = 4;
const PACK_FOLDERS = 256;

export interface FillWish {
  /** For people. */
  readonly location: string;
  /** Version that is to be there. */
  readonly id: string;
  readonly wanted: DigestIndex;
  readonly source: readonly StoredPack[];
  /** Bytes of manifest, signatures and locator. */
  readonly otherFiles: readonly number[];
  /** True for a generation that may be given up where the room is not enough with it. */
  readonly mayGiveUp: (generation: Generation) => boolean;
}

export interface FillChoice {
  /** Complete generations that stay, newest first, without the wanted version. */
  readonly kept: readonly Generation[];
  readonly givenUp: readonly Generation[];
  /** Names of the packs that stay. */
  readonly staying: ReadonlySet<string>;
  readonly frames: readonly SourceFrame[];
  /** Bytes of clusters for all that is written. */
  readonly neededBytes: number;
  /** Bytes of clusters that are free when all that goes is gone. */
  readonly availableBytes: number;
}

const spaceFor = (
  frames: readonly SourceFrame[],
  { otherFiles }: FillWish,
  { space, recordBytes }: PartitionContent,
): number => {
  let bytes = 0;
  let packs = 0;
  for (let next = 0; next < frames.length; packs++) {
    const taken = takeFrames(frames, next, NEW_PACK_BYTES);
    bytes += clustered(packBytesOf(taken), space);
    next += taken.length;
  }
  const folders = (FOLDERS + Math.min(packs, PACK_FOLDERS)) * space.clusterBytes;
  const files = otherFiles.reduce((sum, size) => sum + clustered(size, space), 0);
  return bytes + folders + files + clustered(recordBytes, space);
};

const isLeaving = (
  name: string,
  versions: ReadonlySet<string>,
  packs: ReadonlySet<string>,
): boolean => {
  const file = storeFileOf(name);
  if (file.kind === 'own' || file.kind === 'unknown' || file.kind === 'image') return false;
  return file.kind === 'pack' ? !packs.has(file.id) : !versions.has(file.id);
};

const choose = (
  content: PartitionContent,
  wish: FillWish,
  kept: readonly Generation[],
  isReusing: boolean,
): FillChoice => {
  // Also what a complete copy of the wanted version has: it is usable all the time.
  const needing = [wish.id, ...kept.map(({ id }) => id)];
  const staying = new Set(needing.flatMap((id) => [...(content.neededBy.get(id) ?? [])]));
  for (const pack of content.packs) {
    if (isReusing && wantedShare(wish.wanted, pack) >= KEPT_SHARE) staying.add(pack.id);
  }
  const present = content.packs.filter(({ id }) => staying.has(id));
  const frames = lackedFrames(wish.wanted, present, wish.source);
  const versions = new Set(needing);
  let availableBytes = content.space.freeBytes;
  for (const [name, bytes] of content.fileBytes) {
    if (isLeaving(name, versions, staying)) availableBytes += clustered(bytes, content.space);
  }
  return {
    kept,
    givenUp: content.generations.filter(({ id, complete }) => complete && !versions.has(id)),
    staying,
    frames,
    neededBytes: spaceFor(frames, wish, content),
    availableBytes,
  };
};

/** The generation that stays when only one can: the current one, without one the newest. */
const mostWorthy = (old: readonly Generation[]): readonly Generation[] => {
  const one = old.find(({ isCurrent }) => isCurrent) ?? old[0];
  return one === undefined ? [] : [one];
};

/**
 * Chooses what to keep: all complete generations, or the current one, or none, as far as it is allowed and the
 * room asks for it.
 *
 * @throws NacreError BACKUP_NO_SPACE with the numbers
 */
export const chooseFill = (content: PartitionContent, wish: FillWish): FillChoice => {
  const old = content.generations.filter(({ id, complete }) => complete && id !== wish.id);
  const candidates: readonly (readonly [readonly Generation[], boolean])[] = [
    [old, true],
    [mostWorthy(old), true],
    [[], true],
    [[], false],
  ];
  let best: FillChoice | undefined;
  for (const [kept, isReusing] of candidates) {
    const isAllowed = old.every((one) => kept.includes(one) || wish.mayGiveUp(one));
    if (!isAllowed) continue;
    const choice = choose(content, wish, kept, isReusing);
    if (choice.neededBytes <= choice.availableBytes) return choice;
    best = choice;
  }
  const { neededBytes = 0, availableBytes = 0, kept = [] } = best ?? {};
  throw new NacreError('BACKUP_NO_SPACE', {
    location: wish.location,
    neededBytes,
    freeBytes: availableBytes,
    keptBytes: kept.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  });
};
