/** Makes a raw disk file out of a file of any known format. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { NacreError } from '../../errors.ts';
import { writePartcloneVolume } from './convert-partclone.ts';
import {
  checkImageReferences,
  checkImageWhole,
  type QemuFormat,
  qemuCompare,
  qemuConvert,
  readDataBytes,
  readVirtualSize,
} from './convert-qemu.ts';
import {
  formatOfBytes,
  type ImageFormat,
  PEEK_BYTES,
  requireI2dDisk,
  requireRaw,
} from './image-file.ts';
import { digestRawFile, requireSpace, type SparseContent, SparseFile } from './sparse-file.ts';
import { type PackedFormat, unpack } from './unpack.ts';

/** Limit of an image version: 8 TiB. */
export const CONVERT_MAXIMUM_BYTES = 8 * 2 ** 40;

/** How a raw file is made. */
export interface RawOptions {
  readonly maximumBytes?: number;
  /** Left free where the file is written; default 64 MiB. */
  readonly reserveBytes?: number;
  /** Reads the result back and compares it with the source. */
  readonly verify: boolean;
  /** Leaves the result on the medium, not only in memory. */
  readonly flush: boolean;
  /** 0o600 for a temporary file. */
  readonly mode: 0o600 | 0o666;
  readonly signal?: AbortSignal | undefined;
  /** Bytes of the source read so far, and its length; at most 10 times a second. */
  readonly onProgress?:
    | ((progress: { readonly doneBytes: number; readonly totalBytes: number }) => void)
    | undefined;
}

/** What was made. */
export interface RawResult {
  readonly sizeBytes: number;
  /** Files that the source consists of. */
  readonly sourceFiles: readonly string[];
  /** What is not as in the source, a sentence each. */
  readonly warnings: readonly string[];
}

const PIECE_BYTES = 1 << 20;
const PROGRESS_INTERVAL_MS = 100;

async function* readPieces(source: string, signal?: AbortSignal): AsyncGenerator<Buffer> {
  yield* createReadStream(source, { highWaterMark: PIECE_BYTES, ...(signal && { signal }) });
}

/** The first bytes of a stream, and a stream of all of it. */
const peek = async (
  pieces: AsyncIterable<Buffer>,
): Promise<{ start: Buffer; all: AsyncGenerator<Buffer> }> => {
  const iterator = pieces[Symbol.asyncIterator]();
  const held: Buffer[] = [];
  let length = 0;
  while (length < PEEK_BYTES) {
    const next = await iterator.next();
    if (next.done) break;
    held.push(next.value);
    length += next.value.length;
  }
  const all = async function* (): AsyncGenerator<Buffer> {
    try {
      yield* held;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
        yield next.value;
      }
    } finally {
      await iterator.return?.();
    }
  };
  return { start: Buffer.concat(held).subarray(0, PEEK_BYTES), all: all() };
};

/** Counts the pieces that pass and reports them. */
async function* reportPieces(
  pieces: AsyncIterable<Buffer>,
  totalBytes: number,
  onProgress: RawOptions['onProgress'],
): AsyncGenerator<Buffer> {
  let doneBytes = 0;
  let last = 0;
  for await (const piece of pieces) {
    yield piece;
    doneBytes += piece.length;
    const now = performance.now();
    if (now - last < PROGRESS_INTERVAL_MS) continue;
    last = now;
    onProgress?.({ doneBytes, totalBytes: Math.max(totalBytes, doneBytes) });
  }
}

interface Written {
  readonly content: SparseContent;
  readonly warnings: readonly string[];
}

const writeRaw = async (
  source: string,
  pieces: AsyncIterable<Buffer>,
  file: SparseFile,
  flush: boolean,
): Promise<Written> => {
  for await (const piece of pieces) await file.write(file.end, piece);
  requireRaw(source, Buffer.alloc(0), file.end);
  return { content: await file.finish(file.end, { flush }), warnings: [] };
};

/** Writes a stream that is raw or a partclone image, whatever it was packed in. */
const writeStream = async (
  source: string,
  pieces: AsyncIterable<Buffer>,
  target: string,
  options: RawOptions,
): Promise<Written> => {
  const { maximumBytes = CONVERT_MAXIMUM_BYTES, reserveBytes, mode, flush } = options;
  const { start, all } = await peek(pieces);
  const format = formatOfBytes(start) ?? 'raw';
  const file = await SparseFile.create(target, { maximumBytes, reserveBytes, source, mode });
  try {
    if (format === 'partclone') {
      return await writePartcloneVolume(all, file, { flush });
    }
    if (format !== 'raw') {
      const reason = `it is ${format} inside another compression`;
      throw new NacreError('CONVERT_UNKNOWN_FORMAT', { path: source, reason });
    }
    requireRaw(source, start, PEEK_BYTES - (PEEK_BYTES % 512));
    requireI2dDisk(source, start);
    return await writeRaw(source, all, file, flush);
  } finally {
    await all.return(undefined);
    await file.close();
  }
};

const makeFromStream = async (
  source: string,
  format: PackedFormat | 'raw' | 'partclone',
  target: string,
  options: RawOptions,
): Promise<RawResult> => {
  const { signal, onProgress, verify } = options;
  const isPlain = format === 'raw' || format === 'partclone';
  const plain = isPlain ? readPieces(source, signal) : unpack(source, format, signal);
  const pieces = reportPieces(plain, (await stat(source)).size, onProgress);
  const { content, warnings } = await writeStream(source, pieces, target, options);
  if (verify) {
    const found = await digestRawFile(target, signal);
    if (found.digest !== content.digest || found.sizeBytes !== content.sizeBytes) {
      const reason = `digest ${found.digest}, written ${content.digest}`;
      throw new NacreError('CONVERT_DIFFERS', { source, target, reason });
    }
  }
  return { sizeBytes: content.sizeBytes, sourceFiles: [source], warnings };
};

/**
 * Checks an image of another program, all of its structure, and gives the size of the disk inside and its files.
 * @throws {NacreError} as `checkImageReferences` and `checkImageWhole`; CONVERT_TOO_LARGE.
 */
export const inspectQemuImage = async (
  source: string,
  format: QemuFormat,
  options: Pick<RawOptions, 'maximumBytes' | 'signal'>,
): Promise<{ readonly sizeBytes: number; readonly sourceFiles: readonly string[] }> => {
  const { maximumBytes = CONVERT_MAXIMUM_BYTES, signal } = options;
  const sourceFiles = await checkImageReferences(source, format);
  const sizeBytes = await readVirtualSize(source, format, signal);
  if (sizeBytes > maximumBytes) {
    const facts = { path: source, maximumBytes, foundBytes: sizeBytes };
    throw new NacreError('CONVERT_TOO_LARGE', facts);
  }
  await checkImageWhole(source, format, signal);
  return { sizeBytes, sourceFiles };
};

const makeWithQemu = async (
  source: string,
  sourceFormat: QemuFormat,
  target: string,
  options: RawOptions,
): Promise<RawResult> => {
  const { signal, verify } = options;
  const inspected = await inspectQemuImage(source, sourceFormat, options);
  const dataBytes = await readDataBytes(source, sourceFormat, signal);
  await requireSpace(path.dirname(target), dataBytes, options.reserveBytes);
  const conversion = { source, sourceFormat, target, targetFormat: 'raw', signal } as const;
  await qemuConvert(conversion);
  if (verify) await qemuCompare(conversion);
  return { ...inspected, warnings: [] };
};

/**
 * Makes the new raw file `target` from `source`, sparse. After a failure a part of it may be there:
 * the caller owns the folder and removes it.
 * @throws {NacreError} CONVERT_…, PARTCLONE_…, TOOL_…; errors of the file system.
 */
export const makeRawFile = (
  source: string,
  format: Exclude<ImageFormat, 'package'>,
  target: string,
  options: RawOptions,
): Promise<RawResult> => {
  switch (format) {
    case 'qcow2':
    case 'vhd':
    case 'vhdx':
    case 'vmdk':
      return makeWithQemu(source, format, target, options);
    default:
      return makeFromStream(source, format, target, options);
  }
};
