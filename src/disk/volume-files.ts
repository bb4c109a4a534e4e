/**
 * Files of NTFS and ext2/3/4 volumes in a window of a disk. Nothing is mounted, nobody needs to be root
 * for an image file. The work is done by the program nacre-files; calls for one disk run one after the other.
 *
 * All changes of one call become visible together: a cut at any moment leaves the volume as it was or,
 * after `replayChanges`, as it shall be. For that they need a journal outside of the volume.
 */
import {
  INLINE_LIMIT_BYTES,
  type ProtocolPlace,
  type VolumeAnswer,
  type VolumeItem,
  type VolumeRequest,
} from '../codec/volume-protocol.ts';
import { NacreError } from '../errors.ts';
import type { ChangeJournal } from './change-journal.ts';
import { checkHeld, type OpenDisk } from './device.ts';
import type { VolumeWindow } from './fat.ts';
import { runVolumeProcess } from './volume-process.ts';

/** Bytes `offset` to `offset + length` of a file. */
export interface FilePart {
  readonly path: string;
  readonly offset?: number;
  readonly length: number;
}

/**
 * One change. Paths have `/` between names, in UTF-8; NTFS does not mind case. Links are never followed.
 * Folders above a file have to be there; `make-folder` makes them.
 */
export type VolumeChange =
  | { readonly kind: 'make-folder'; readonly path: string }
  | {
      /** Makes a file or replaces its content; owner, security and other streams of it stay. */
      readonly kind: 'write-file';
      readonly path: string;
      /** NTFS: alternate data stream of a file or folder that is there. */
      readonly stream?: string;
      /** At most 1 MiB as bytes; more as part of a file. */
      readonly content: Uint8Array | FilePart;
    }
  /** NTFS: a self-relative security descriptor (MS-DTYP section 2.4.6). */
  | { readonly kind: 'set-security'; readonly path: string; readonly descriptor: Uint8Array }
  /** ext: numbers of owner and group, permission bits (of `07777`). */
  | {
      readonly kind: 'set-owner';
      readonly path: string;
      readonly owner: number;
      readonly group: number;
      readonly mode: number;
    }
  /** ext: a symbolic link, in place of a file of that name. */
  | { readonly kind: 'make-link'; readonly path: string; readonly target: string }
  /** Removes a file, a link or an empty folder, if it is there. */
  | { readonly kind: 'remove'; readonly path: string };

export type Protection =
  | { readonly journal: ChangeJournal }
  /** For a volume that is made anew after a cut: then nothing keeps it whole while blocks are applied. */
  | { readonly unprotected: true };

export interface VolumeFilesOptions {
  readonly signal?: AbortSignal | undefined;
  /** Default: two minutes, and a second for each 4 MiB of content. */
  readonly timeoutMs?: number | undefined;
}

const DEFAULT_TIMEOUT_MS = 120_000;
const SLOWEST_BYTES_PER_MS = 4096;

const placeOf = (disk: OpenDisk, { startBytes, sizeBytes }: VolumeWindow): ProtocolPlace => ({
  path: disk.info.path,
  offset: startBytes,
  size: sizeBytes,
});

const journalPlace = ({ path, startBytes, sizeBytes }: ChangeJournal): ProtocolPlace => ({
  path,
  offset: startBytes,
  size: sizeBytes,
});

const writeRequest = ({
  path,
  stream = '',
  content,
}: Extract<VolumeChange, { kind: 'write-file' }>): VolumeRequest => {
  if (!(content instanceof Uint8Array)) {
    const source = { path: content.path, offset: content.offset ?? 0, size: content.length };
    return { kind: 'copy', path, stream, source };
  }
  if (content.length > INLINE_LIMIT_BYTES) {
    throw new TypeError(`${path} has ${content.length} bytes: give them as part of a file`);
  }
  return { kind: 'write', path, stream, bytes: content };
};

const requestOf = (change: VolumeChange): VolumeRequest =>
  change.kind === 'write-file' ? writeRequest(change) : change;

const contentBytes = (change: VolumeChange): number =>
  change.kind === 'write-file' ? change.content.length : 0;

/** Adds what only this side knows: which disk it was. */
const withDisk = (disk: OpenDisk, reason: unknown): unknown => {
  if (!(reason instanceof NacreError) || 'path' in reason.facts) return reason;
  const facts = { ...reason.facts, path: disk.info.path };
  return new NacreError(reason.code, facts as never, { cause: reason });
};

// The last call of each disk. Nothing but this keeps two programs from changing one volume at a time: the
// exclusive hold of the disk is ours.
const lastCalls = new WeakMap<OpenDisk, Promise<void>>();

/** Runs `work` when all earlier calls for the disk have ended. */
const inTurn = (disk: OpenDisk, work: () => Promise<void>): Promise<void> => {
  const call = (lastCalls.get(disk) ?? Promise.resolve()).then(work, work);
  lastCalls.set(disk, call);
  return call;
};

const run = async (
  disk: OpenDisk,
  requests: Iterable<VolumeRequest>,
  { signal, timeoutMs = DEFAULT_TIMEOUT_MS }: VolumeFilesOptions,
  onAnswer: (answer: VolumeAnswer) => void,
): Promise<void> => {
  try {
    await inTurn(disk, () => runVolumeProcess(requests, { signal, timeoutMs, onAnswer }));
  } catch (reason) {
    throw withDisk(disk, reason);
  }
};

/** The count of the last answer. @throws NacreError VOLUME_HELPER_FAILED when there is none */
const runForCount = async (
  disk: OpenDisk,
  requests: Iterable<VolumeRequest>,
  options: VolumeFilesOptions,
): Promise<number> => {
  let count: number | undefined;
  await run(disk, requests, options, (answer) => {
    if (answer.kind === 'done') count = answer.count;
  });
  if (count === undefined) {
    throw new NacreError('VOLUME_HELPER_FAILED', { reason: 'it ended without an answer' });
  }
  return count;
};

/**
 * Makes all changes, in order, and reads back what was written. A commit that a cut left in the journal
 * is finished first.
 *
 * @throws NacreError with nothing changed: VOLUME_DIRTY, VOLUME_HIBERNATED, VOLUME_DAMAGED,
 *   VOLUME_UNSUPPORTED, VOLUME_FULL, VOLUME_BATCH_TOO_LARGE, VOLUME_JOURNAL_…, VOLUME_NAME_INVALID,
 *   VOLUME_NOT_FOUND, VOLUME_NOT_A_FILE, VOLUME_NOT_A_FOLDER, VOLUME_FOLDER_NOT_EMPTY,
 *   VOLUME_PATH_REFUSED, VOLUME_HELPER_FAILED, CANCELLED; DISK_READ_BACK and DISK_IO when the medium fails.
 *   VOLUME_HELPER_FAILED and CANCELLED may come after the changes were stored: `replayChanges` tells.
 */
export const changeFiles = async (
  disk: OpenDisk,
  window: VolumeWindow,
  changes: readonly VolumeChange[],
  { timeoutMs, signal, ...protection }: Protection & VolumeFilesOptions,
): Promise<{ readonly changedBlocks: number }> => {
  const contentMs =
    changes.reduce((sum, change) => sum + contentBytes(change), 0) / SLOWEST_BYTES_PER_MS;
  const journal = 'journal' in protection ? journalPlace(protection.journal) : undefined;
  const open: VolumeRequest = {
    kind: 'open',
    access: journal === undefined ? 'write-unprotected' : 'write',
    sectorSize: disk.sectorSize,
    window: placeOf(disk, window),
    journal,
  };
  await checkHeld(disk);
  const requests = [open, ...changes.map(requestOf), { kind: 'commit' } as const];
  const options = { signal, timeoutMs: timeoutMs ?? DEFAULT_TIMEOUT_MS + contentMs };
  return { changedBlocks: await runForCount(disk, requests, options) };
};

/**
 * Finishes what a cut in the middle of `changeFiles` left to be done. Run it before anything else reads
 * the volume; it is quick when there is nothing to do.
 *
 * @throws NacreError VOLUME_JOURNAL_STALE, VOLUME_JOURNAL_FOREIGN, VOLUME_JOURNAL_DAMAGED with nothing changed
 */
export const replayChanges = async (
  disk: OpenDisk,
  window: VolumeWindow,
  journal: ChangeJournal,
  options: VolumeFilesOptions = {},
): Promise<{ readonly replayedBlocks: number }> => {
  await checkHeld(disk);
  const request = {
    kind: 'replay',
    window: placeOf(disk, window),
    journal: journalPlace(journal),
  } as const;
  return { replayedBlocks: await runForCount(disk, [request], options) };
};

/** Empties a journal: for a volume that was made anew, and for a new journal. */
export const forgetChanges = async (
  disk: OpenDisk,
  journal: ChangeJournal,
  options: VolumeFilesOptions = {},
): Promise<void> => {
  await runForCount(disk, [{ kind: 'forget', journal: journalPlace(journal) }], options);
};

const query = async (
  disk: OpenDisk,
  window: VolumeWindow,
  request: VolumeRequest,
  options: VolumeFilesOptions,
): Promise<readonly VolumeAnswer[]> => {
  const open: VolumeRequest = {
    kind: 'open',
    access: 'read',
    sectorSize: disk.sectorSize,
    window: placeOf(disk, window),
  };
  const answers: VolumeAnswer[] = [];
  await run(disk, [open, request], options, (answer) => answers.push(answer));
  if (answers.at(-1)?.kind !== 'done') {
    throw new NacreError('VOLUME_HELPER_FAILED', { reason: 'it ended without an answer' });
  }
  return answers;
};

/** What lies in a folder, without `.` and `..`. @throws NacreError VOLUME_NOT_FOUND, VOLUME_NOT_A_FOLDER */
export const listVolumeFolder = async (
  disk: OpenDisk,
  window: VolumeWindow,
  path: string,
  options: VolumeFilesOptions = {},
): Promise<readonly VolumeItem[]> => {
  const answers = await query(disk, window, { kind: 'list', path }, options);
  return answers.flatMap((answer) => (answer.kind === 'item' ? [answer.item] : []));
};

/** A file, folder or link. @throws NacreError VOLUME_NOT_FOUND */
export const statVolumePath = async (
  disk: OpenDisk,
  window: VolumeWindow,
  path: string,
  options: VolumeFilesOptions = {},
): Promise<VolumeItem> => {
  const [answer] = await query(disk, window, { kind: 'stat', path }, options);
  if (answer?.kind !== 'item') {
    throw new NacreError('VOLUME_HELPER_FAILED', { reason: 'it did not answer a question' });
  }
  return answer.item;
};

export interface ReadVolumeFileOptions extends VolumeFilesOptions {
  /** NTFS: an alternate data stream. */
  readonly stream?: string | undefined;
  readonly offset?: number | undefined;
  /** Most bytes to read; default 64 MiB. */
  readonly length?: number | undefined;
}

/** Bytes of a file, or the target of a link. @throws NacreError VOLUME_NOT_FOUND, VOLUME_NOT_A_FILE */
export const readVolumeFile = async (
  disk: OpenDisk,
  window: VolumeWindow,
  path: string,
  { stream = '', offset = 0, length = 2 ** 26, ...options }: ReadVolumeFileOptions = {},
): Promise<Buffer> => {
  const request = { kind: 'read', path, stream, offset, length } as const;
  const answers = await query(disk, window, request, options);
  return Buffer.concat(
    answers.flatMap((answer) => (answer.kind === 'bytes' ? [answer.bytes] : [])),
  );
};
