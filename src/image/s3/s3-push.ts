/**
 * Brings the versions and labels of a folder's store into a bucket. As in a folder a version is there when the record of its image
 * lists it, and that is written last; what is there already is not sent again. Nothing of a bucket is deleted.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { serializeLocator } from '../../codec/locator.ts';
import { serializeSignatures } from '../../codec/signatures.ts';
import { NacreError } from '../../errors.ts';
import { parseImageNames, serializeImageNames } from '../store/image-names.ts';
import {
  type ImageRecord,
  idsOf,
  parseImageRecord,
  serializeImageRecord,
  withCopied,
  withLabelsOf,
} from '../store/image-record.ts';
import { RECORD_LIMIT_BYTES, readRecord, readRecords } from '../store/image-records.ts';
import { checkFrames, checkPacks } from '../store/pack-check.ts';
import { readPack, type StoredPack } from '../store/pack-file.ts';
import {
  IMAGE_NAMES_FILE,
  imageName,
  locatorName,
  manifestName,
  packName,
  STORE_FILE,
  STORE_FORMAT,
  signaturesName,
} from '../store/store-layout.ts';
import { type StoreContext, timeOf } from '../store/store-lock.ts';
import {
  hasPack,
  holdSource,
  isDamage,
  type SyncOptions,
  type SyncReport,
} from '../store/store-sync.ts';
import {
  packsOfVersion,
  readLocator,
  readManifest,
  readManifestBytes,
  readSignatures,
} from '../store/version-files.ts';
import { bodyOf, S3Bucket, type S3Condition, type S3Options } from './s3-bucket.ts';
import { type S3Lock, takeS3Lock } from './s3-lock.ts';
import type { S3Body } from './s3-send.ts';

const MARK_BYTES = 4096;
const NAMES_BYTES = 16 * 2 ** 20;
const TRIES = 5;
const PROGRESS_INTERVAL_MS = 100;

/** What is written of a small object that others may write, too; `undefined` when nothing is to be changed. */
type Change = (old: Buffer | undefined) => Buffer | undefined;

const digestOfFile = async (file: string): Promise<string> => {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file, { highWaterMark: 2 ** 20 })) hash.update(piece);
  return hash.digest('hex');
};

/** One run from a folder to a bucket. */
class BucketPush {
  readonly #from: StoreContext;
  readonly #bucket: S3Bucket;
  readonly #lock: S3Lock;
  readonly #options: SyncOptions;
  /** Packs of the bucket that a check found damaged. */
  readonly #damaged = new Set<string>();
  /** Packs that are known to be there. */
  readonly #there = new Set<string>();
  #versions = 0;
  #packs = 0;
  #bytes = 0;

  constructor(from: StoreContext, bucket: S3Bucket, lock: S3Lock, options: SyncOptions) {
    this.#from = from;
    this.#bucket = bucket;
    this.#lock = lock;
    this.#options = options;
  }

  async run(): Promise<SyncReport> {
    // Before the mark: whoever sees a store can list its images.
    const none = Buffer.from(serializeImageNames([]));
    await this.#change(IMAGE_NAMES_FILE, NAMES_BYTES, (old) =>
      old === undefined ? none : undefined,
    );
    const mark = Buffer.from(`${JSON.stringify({ format: STORE_FORMAT })}\n`);
    await this.#change(STORE_FILE, MARK_BYTES, (old) => (old === undefined ? mark : undefined));
    await this.#bucket.checkMark();
    if (this.#options.check === true) await this.#findDamaged();
    for (const record of await readRecords(this.#from.files)) await this.#pushImage(record);
    const named = this.#damaged.size === 0 ? new Set() : await this.#namedPacks();
    const damagedPacks = [...this.#damaged].filter((id) => named.has(id));
    return { versions: this.#versions, packs: this.#packs, bytes: this.#bytes, damagedPacks };
  }

  /** Packs that the versions of the bucket need, by their locators. */
  async #namedPacks(): Promise<ReadonlySet<string>> {
    const { files } = this.#bucket;
    const named = new Set<string>();
    for (const record of await readRecords(files))
      for (const id of idsOf(record))
        for (const pack of (await readLocator(files, id)) ?? []) named.add(pack);
    return named;
  }

  async #findDamaged(): Promise<void> {
    const { files } = this.#bucket;
    const readable: string[] = [];
    for (const id of await this.#namedPacks())
      if (await hasPack(files, id)) readable.push(id);
      else this.#damaged.add(id);
    const { signal, onProgress } = this.#options;
    const { damaged } = await checkFrames(files, readable, { signal, onProgress });
    for (const { pack } of damaged) this.#damaged.add(pack);
  }

  async #pushImage(record: ImageRecord): Promise<void> {
    const { files } = this.#bucket;
    const { name } = record;
    for (const row of record.versions) {
      if (await this.#hasVersion(row.id)) await this.#pushSignatures(row.id);
      else await this.#pushVersion(row.id);
      const there = await readRecord(files, name);
      if (there !== undefined && idsOf(there).includes(row.id)) continue;
      await this.#changeRecord(name, (old) => withCopied(old, record, row));
    }
    await this.#changeRecord(name, (old) => old && withLabelsOf(old, record, timeOf(this.#from)));
    await this.#change(IMAGE_NAMES_FILE, NAMES_BYTES, (old) => {
      const names = (old && parseImageNames(old.toString('utf8'))) ?? [];
      if (record.versions.length === 0 || names.includes(name)) return undefined;
      return Buffer.from(serializeImageNames([...names, name].sort()));
    });
  }

  #changeRecord(
    name: string,
    change: (old: ImageRecord | undefined) => ImageRecord | undefined,
  ): Promise<void> {
    return this.#change(imageName(name), RECORD_LIMIT_BYTES, (bytes) => {
      const old = bytes && parseImageRecord(name, bytes.toString('utf8'));
      const changed = change(old);
      if (changed === undefined || changed === old) return undefined;
      return Buffer.from(serializeImageRecord(changed));
    });
  }

  /** Changes a small object, again when somebody else changed it meanwhile. */
  async #change(name: string, limitBytes: number, change: Change): Promise<void> {
    for (let round = 0; round < TRIES; round++) {
      const found = await this.#bucket.get(name, limitBytes);
      const bytes = change(found?.bytes);
      if (bytes === undefined) return;
      this.#lock.check();
      const etag = found?.etag;
      const same: S3Condition | undefined = etag === undefined ? undefined : { etag };
      const condition = found === undefined ? 'absent' : same;
      if (await this.#bucket.put(name, bodyOf(bytes), condition)) return;
    }
    const unknown = { pid: 'unknown', host: 'unknown', since: 'unknown' };
    throw new NacreError('STORE_BUSY', { what: name, store: this.#bucket.location, ...unknown });
  }

  /** True when the bucket has a version whole, as far as indexes tell. Versions share packs: each is asked for once. */
  async #hasVersion(id: string): Promise<boolean> {
    const { files } = this.#bucket;
    try {
      await readManifest(files, id);
    } catch (reason) {
      if (isDamage(reason)) return false;
      throw reason;
    }
    const packs = await readLocator(files, id);
    if (packs === undefined) return false;
    for (const pack of packs) if (!(await this.#hasPack(pack))) return false;
    return true;
  }

  async #hasPack(id: string): Promise<boolean> {
    if (this.#damaged.has(id)) return false;
    if (!this.#there.has(id) && !(await hasPack(this.#bucket.files, id))) return false;
    this.#there.add(id);
    return true;
  }

  async #pushVersion(id: string): Promise<void> {
    const { files } = this.#from;
    const { packs } = await packsOfVersion(files, id);
    for (const pack of packs) {
      if (!(await this.#hasPack(pack.id))) await this.#pushPack(pack);
    }
    this.#lock.check();
    const locator = serializeLocator({ packs: packs.map((pack) => pack.id) });
    await this.#bucket.put(locatorName(id), bodyOf(locator));
    await this.#pushSignatures(id);
    await this.#bucket.put(manifestName(id), bodyOf(await readManifestBytes(files, id)));
    this.#versions++;
  }

  /** Signatures that were made after the version was sent go after it. */
  async #pushSignatures(id: string): Promise<void> {
    const own = await readSignatures(this.#from.files, id);
    if (own.length === 0) return;
    const there = await readSignatures(this.#bucket.files, id);
    const lacking = own.filter(({ key }) => !there.some((other) => other.key === key));
    if (lacking.length === 0) return;
    this.#lock.check();
    await this.#bucket.put(signaturesName(id), bodyOf(serializeSignatures([...there, ...lacking])));
  }

  /** Proves every chunk of a pack, sends it, and reads back what tells it from any other. */
  async #pushPack(pack: StoredPack): Promise<void> {
    const { id, path, sizeBytes, algorithm } = pack;
    const { damaged } = await checkPacks([pack], algorithm, this.#options);
    const [first] = damaged;
    if (first !== undefined) {
      const { offset, expected, found, reason } = first;
      throw new NacreError('STORE_CHUNK_DAMAGED', { pack: id, offset, expected, found, reason });
    }
    const digest = await digestOfFile(path);
    this.#lock.check();
    const source = { file: path };
    const body: S3Body = { source, sizeBytes, digest, onSent: this.#reporter(sizeBytes) };
    await this.#bucket.put(packName(id), body);
    await readPack(this.#bucket.files, id);
    this.#damaged.delete(id);
    this.#there.add(id);
    this.#packs++;
    this.#bytes += sizeBytes;
  }

  #reporter(totalBytes: number): (doneBytes: number) => void {
    const { onProgress } = this.#options;
    let reportedMs = 0;
    return (doneBytes) => {
      const now = performance.now();
      if (now - reportedMs < PROGRESS_INTERVAL_MS && doneBytes < totalBytes) return;
      reportedMs = now;
      onProgress?.({ phase: 'copy', doneBytes, totalBytes, writtenBytes: doneBytes });
    };
  }
}

/** Most patience of what tidies up. */
const TIDY_MS = 10_000;

/**
 * Copies what a bucket lacks of a store in a folder: versions outside the bin, their packs, signatures and labels. What only the bucket has
 * stays. With `check` every chunk of the bucket is read first, and damaged packs are sent again.
 *
 * @throws NacreError `STORE_BUSY` while another one writes; `STORE_S3_…`, `STORE_WEB_…`; `STORE_CHUNK_DAMAGED` and others for
 *   damage in the folder; `CANCELLED`. What was sent whole stays and is not sent again.
 */
export const pushStore = async (
  from: StoreContext,
  location: string,
  s3: S3Options,
  options: SyncOptions = {},
): Promise<SyncReport> => {
  if (s3.settings.keys?.() === undefined)
    throw new NacreError('STORE_S3_CREDENTIALS', {
      reason: 'there are none, and writing needs them',
    });
  const bucket = new S3Bucket(location, s3);
  // A run that is cancelled still gives up its claim.
  const { signal: _, ...calm } = s3;
  const patienceMs = Math.min(s3.limits?.patienceMs ?? TIDY_MS, TIDY_MS);
  const tidy = new S3Bucket(location, { ...calm, limits: { ...s3.limits, patienceMs } });
  const held = await holdSource(from);
  try {
    const lock = await takeS3Lock(tidy, from);
    try {
      return await new BucketPush(from, bucket, lock, options).run();
    } finally {
      await lock.close();
    }
  } finally {
    await held?.close();
  }
};
