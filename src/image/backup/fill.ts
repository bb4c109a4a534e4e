/**
 * Fills a backup partition as planned: BI without a server. The generation that is there stays usable until the
 * new one was read back whole; only then that becomes current.
 */
import type { GenerationState } from '../../codec/generation-record.ts';
import { serializeLocator } from '../../codec/locator.ts';
import { serializeSignatures } from '../../codec/signatures.ts';
import { explainFailure, type OpenDisk, openForWrite } from '../../disk/device.ts';
import { checkFat } from '../../disk/fat.ts';
import { isNacreError, NacreError } from '../../errors.ts';
import type { OnProgress } from '../operation.ts';
import { DigestIndex } from '../store/digest-index.ts';
import type { DamagedChunk } from '../store/pack-check.ts';
import { readPack, type StoredPack } from '../store/pack-file.ts';
import { locatorName, manifestName, signaturesName } from '../store/store-layout.ts';
import {
  coverageOf,
  digestsOf,
  listPacks,
  readManifest,
  usablePacks,
} from '../store/version-files.ts';
import { type Backup, openBackup } from './backup.ts';
import { chooseFill, type FillChoice } from './fill-choice.ts';
import { lackedFrames, packBytesOf, type SourceFrame } from './fill-frames.ts';
import { type FillPlan, requireSound, wishOf } from './fill-plan.ts';
import { fillProgress } from './fill-progress.ts';
import { checkGeneration } from './generation-check.ts';
import { type Generation, lookAt, lookAtAll, readRecord, writeRecord } from './generations.ts';
import { Pace } from './pace.ts';
import { copyFrames, NEW_PACK_BYTES } from './pack-copy.ts';
import { readContent } from './partition-content.ts';
import { sweep } from './sweep.ts';
import { BACKUP_FOLDER } from './volume-files.ts';

export interface ApplyFillOptions {
  /** Bytes that are read and written a second at most. */
  readonly limitBytesPerSecond?: number | undefined;
  /** Largest pack that is made, which is what one cut can cost; 64 MiB by default. */
  readonly packLimitBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
  readonly now?: (() => Date) | undefined;
}

/** What `nacre backup fill --json` prints. */
export interface FillReport {
  readonly name: string;
  readonly id: string;
  /** Number of the backup partition. */
  readonly partition: number;
  /** Bytes of the packs that were copied. */
  readonly copiedBytes: number;
  /** Bytes of chunks that were read back from the partition and right. */
  readonly verifiedBytes: number;
  readonly generations: readonly Generation[];
  readonly freeBytes: number;
}

/** The current generation and the one before it. */
const KEPT_GENERATIONS = 2;
/** A pack that is damaged on the partition is copied again, so often. */
const MOST_ROUNDS = 3;

/** After these the disk is not written to any more; the next fill mends what is open. */
const DISK_FAULTS = /^DISK_/;

/** One filling, from the open disk to the report. */
class Fill {
  readonly #plan: FillPlan;
  readonly #disk: OpenDisk;
  readonly #backup: Backup;
  readonly #pace: Pace;
  readonly #options: ApplyFillOptions;
  readonly #wanted: DigestIndex;
  /** Packs of the partition in which damage was found. */
  readonly #bad = new Set<string>();
  #kept: readonly GenerationState[] = [];
  #current: string | undefined;
  /** The version was filled before and nothing is known against it. */
  #isVerified = false;
  #copiedBytes = 0;

  constructor(plan: FillPlan, disk: OpenDisk, backup: Backup, options: ApplyFillOptions) {
    this.#plan = plan;
    this.#disk = disk;
    this.#backup = backup;
    this.#options = options;
    this.#pace = new Pace(options);
    this.#wanted = new DigestIndex(digestsOf(plan.manifest));
  }

  /** `packs` are those of the version in the source. */
  async run(packs: readonly StoredPack[]): Promise<FillReport> {
    const choice = await this.#begin(packs);
    let frames = choice.frames;
    let verifiedBytes = 0;
    for (let round = 1; ; round++) {
      await this.#copy(frames);
      const located = await this.#writeVersion();
      await this.#setState({ isComplete: true, isVerified: this.#isVerified });
      const check = await this.#check(located);
      verifiedBytes = check.verifiedBytes;
      if (check.damaged.length === 0) break;
      this.#isVerified = false;
      await this.#setState({ isComplete: true, isVerified: false });
      this.#requireAnotherRound(round, check.damaged);
      for (const { pack } of check.damaged) this.#bad.add(pack);
      frames = lackedFrames(this.#wanted, await this.#goodPacks(), packs);
    }
    await this.#makeCurrent();
    return this.#report(verifiedBytes);
  }

  /** Gives up what has to go, in the record first, and makes room. */
  async #begin(packs: readonly StoredPack[]): Promise<FillChoice> {
    const { manifest, givenUp } = this.#plan;
    const content = await readContent(this.#backup, manifest.algorithm);
    const mayGiveUp = ({ id }: Generation): boolean => givenUp.some((one) => one.id === id);
    const choice = chooseFill(content, wishOf(this.#plan, packs, mayGiveUp));
    const keptIds = choice.kept.map(({ id }) => id);
    const { record } = content;
    this.#kept = record.generations.filter(({ id }) => keptIds.includes(id));
    this.#current = record.current;
    const { volume } = this.#backup;
    for (const folder of ['', '/manifests', '/locators', '/packs'])
      await volume.makeFolder(`${BACKUP_FOLDER}${folder}`);
    const own = record.generations.find(({ id }) => id === this.#id);
    const isThere = content.neededBy.has(this.#id);
    this.#isVerified = isThere && own?.isVerified === true;
    await this.#setState({ isComplete: isThere, isVerified: this.#isVerified });
    const versions = new Set([...keptIds, ...(isThere ? [this.#id] : [])]);
    await sweep(this.#backup, { versions, packs: choice.staying });
    return choice;
  }

  get #id(): string {
    return this.#plan.image.id;
  }

  /** Stores the state of the new generation. What was current stays so, or a verified one takes its place. */
  async #setState(own: Omit<GenerationState, 'id'>): Promise<void> {
    const generations = [{ id: this.#id, ...own }, ...this.#kept];
    const verified = generations.filter(({ isVerified }) => isVerified);
    const current = verified.find(({ id }) => id === this.#current) ?? verified[0];
    const { volume, files } = this.#backup;
    await writeRecord(volume, files, { current: current?.id, generations });
  }

  async #copy(frames: readonly SourceFrame[]): Promise<void> {
    if (frames.length === 0) return;
    const target = {
      disk: this.#disk,
      window: this.#plan.place.window,
      volume: this.#backup.volume,
    };
    const copied = await copyFrames(target, frames, {
      source: this.#plan.source,
      pace: this.#pace,
      packLimitBytes: this.#options.packLimitBytes ?? NEW_PACK_BYTES,
      onMoved: fillProgress(packBytesOf(frames), this.#options.onProgress),
    });
    // A damaged pack that was written anew is whole.
    for (const pack of copied) this.#bad.delete(pack);
    for (const pack of copied) {
      this.#copiedBytes += (await readPack(this.#backup.files, pack)).sizeBytes;
    }
  }

  /** Packs of the partition without known damage. */
  async #goodPacks(): Promise<readonly StoredPack[]> {
    const { files } = this.#backup;
    const names = (await listPacks(files)).filter((name) => !this.#bad.has(name));
    const packs: StoredPack[] = [];
    const { algorithm } = this.#plan.manifest;
    for await (const pack of usablePacks(files, names, algorithm)) packs.push(pack);
    return packs;
  }

  /** Locator and signatures, and the manifest last: where it is, all is. @returns the packs of the version */
  async #writeVersion(): Promise<readonly StoredPack[]> {
    const { manifest, manifestBytes, signatures } = this.#plan;
    const good = await this.#goodPacks();
    const coverage = await coverageOf(digestsOf(manifest), toAsync(good));
    if (coverage.missingChunks > 0) {
      const facts = { version: this.#id, chunks: coverage.missingChunks };
      const { firstMissing: digest } = coverage;
      throw new NacreError('STORE_CHUNK_MISSING', { ...facts, digest, store: this.#location });
    }
    const names = coverage.packs.map(({ id }) => id);
    await this.#write(locatorName(this.#id), serializeLocator({ packs: names }));
    await this.#write(signaturesName(this.#id), serializeSignatures(signatures));
    await this.#write(manifestName(this.#id), manifestBytes);
    return coverage.packs;
  }

  get #location(): string {
    return this.#plan.place.location;
  }

  /** Writes a file unless it is there already. */
  async #write(name: string, bytes: Uint8Array): Promise<void> {
    const { files, volume } = this.#backup;
    const size = await files.size(name);
    if (size === bytes.length && (await files.read(name, 0, size)).equals(bytes)) return;
    await volume.write(`${BACKUP_FOLDER}/${name}`, bytes);
    await this.#pace.spend(bytes.length);
  }

  async #check(packs: readonly StoredPack[]): ReturnType<typeof checkGeneration> {
    const { signal, onProgress } = this.#options;
    const manifest = await readManifest(this.#backup.files, this.#id);
    return checkGeneration(manifest, packs, { pace: this.#pace, signal, onProgress });
  }

  #requireAnotherRound(round: number, damaged: readonly DamagedChunk[]): void {
    if (round < MOST_ROUNDS) return;
    const [first] = damaged;
    throw new NacreError('BACKUP_DAMAGED', {
      location: this.#location,
      generation: this.#id,
      chunks: damaged.length,
      pack: first?.pack ?? '',
      reason: first?.reason ?? '',
    });
  }

  /** The new generation is verified: it becomes current, and what no generation needs goes. */
  async #makeCurrent(): Promise<void> {
    const { volume, files } = this.#backup;
    const worthy = [...this.#kept].sort(
      (left, right) => Number(right.id === this.#current) - Number(left.id === this.#current),
    );
    const generations: GenerationState[] = [{ id: this.#id, isComplete: true, isVerified: true }];
    for (const state of worthy.slice(0, KEPT_GENERATIONS - 1))
      generations.push(await this.#withoutBadPacks(state));
    await writeRecord(volume, files, { current: this.#id, generations });
    const content = await readContent(this.#backup, this.#plan.manifest.algorithm);
    // A generation that cannot be read any more may need any pack.
    if (content.neededBy.size === generations.length) {
      const versions = new Set(generations.map(({ id }) => id));
      const packs = new Set([...content.neededBy.values()].flatMap((names) => [...names]));
      await sweep(this.#backup, { versions, packs });
    }
    await volume.finish();
  }

  /** A generation that shared a damaged pack takes its chunks from the new ones, or counts as verified no more. */
  async #withoutBadPacks(state: GenerationState): Promise<GenerationState> {
    const { files } = this.#backup;
    const { manifest, packs } = await lookAt(files, state.id);
    if (manifest === undefined || !packs.some(({ id }) => this.#bad.has(id))) return state;
    const coverage = await coverageOf(digestsOf(manifest), toAsync(await this.#goodPacks()));
    if (coverage.missingChunks > 0) return { ...state, isVerified: false };
    const names = coverage.packs.map(({ id }) => id);
    await this.#write(locatorName(state.id), serializeLocator({ packs: names }));
    return state;
  }

  async #report(verifiedBytes: number): Promise<FillReport> {
    const { files, volume } = this.#backup;
    return {
      name: this.#plan.image.name,
      id: this.#id,
      partition: this.#plan.place.number,
      copiedBytes: this.#copiedBytes,
      verifiedBytes,
      generations: await lookAtAll(files, await readRecord(files)),
      freeBytes: (await volume.space()).freeBytes,
    };
  }
}

async function* toAsync<Item>(items: readonly Item[]): AsyncIterable<Item> {
  yield* items;
}

/**
 * Fills the backup partition. After any failure, cancel or power cut the generation that was current can still be
 * restored, unless the plan gave it up; running it again goes on where it ended.
 *
 * @throws NacreError (nothing written) DISK_CHANGED, DISK_IN_USE, BACKUP_VOLUME_DAMAGED, BACKUP_NO_SPACE;
 *   STORE_PACK_DAMAGED for damage in the source, DISK_READ_BACK, BACKUP_DAMAGED, DISK_…, CANCELLED
 */
export const applyFill = async (
  plan: FillPlan,
  options: ApplyFillOptions = {},
): Promise<FillReport> => {
  const { place, target, source, image } = plan;
  const sectorSize = target.kind === 'file' ? place.sectorSize : undefined;
  using disk = await openForWrite(place.path, { sectorSize, expected: target });
  try {
    // What a cut left behind; after that the volume counts as unmounted, until the first change.
    requireSound(place.location, await checkFat(disk, place.window, { mend: true }));
    const { location, window } = place;
    using backup = await openBackup(disk, window, { location, now: options.now });
    try {
      const fill = new Fill(plan, disk, backup, options);
      return await source.withPacks(image.id, (packs) => fill.run(packs));
    } catch (reason) {
      if (isNacreError(reason) && !DISK_FAULTS.test(reason.code)) await backup.volume.finish();
      throw reason;
    }
  } catch (reason) {
    throw await explainFailure(target, reason);
  }
};
