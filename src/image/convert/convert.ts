/**
 * Converts disks between files of many formats and images of the store (cli.md: `nacre image convert`).
 *
 * Everything that is not raw becomes a sparse temporary raw file first. What was made is read back and
 * compared with where it came from before a result is claimed, and before a source may be removed.
 */
import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { NacreError } from '../../errors.ts';
import {
  type ConvertEnd,
  checkTargetFile,
  fileMarker,
  namingCancel,
  placeFile,
  type TargetFormat,
  withWorkFolder,
} from './convert-ends.ts';
import { type QemuFormat, qemuCompare, qemuConvert } from './convert-qemu.ts';
import { inspectQemuImage, makeRawFile, type RawOptions, type RawResult } from './convert-raw.ts';
import { detectImageFile, type ImageFormat } from './image-file.ts';
import { requireSpace } from './sparse-file.ts';

/** What people may read of an image beside its disk. */
export interface ImageText {
  readonly title?: string | undefined;
  readonly comment?: string | undefined;
}

/** The store's side of a conversion. */
export interface ConvertStore {
  /** Captures a raw file as a new version of an image and gives its id. */
  captureRawFile(file: string, image: string, text: ImageText): Promise<{ readonly id: string }>;
  /** Makes a new raw file out of an image, verified as restored disks are. */
  restoreToFile(image: string, file: string): Promise<{ readonly sizeBytes: number }>;
  /** True where the image holds what the raw file holds. */
  isSame(image: string, file: string): Promise<boolean>;
}

/** One conversion. */
export interface ConvertOptions {
  readonly source: ConvertEnd;
  readonly target: ConvertEnd;
  /** Needed where an end is an image. */
  readonly store?: ConvertStore | undefined;
  /** Folder for temporary raw files; a target file's own folder where nothing is given. */
  readonly tempFolder?: string | undefined;
  readonly text?: ImageText;
  /** Removes the source's files once the result was compared with them. */
  readonly deleteSource?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: RawOptions['onProgress'];
  readonly maximumBytes?: number;
}

/** What was done. */
export interface ConvertReport {
  readonly sourceFormat: ImageFormat | 'image';
  readonly targetFormat: TargetFormat | 'image';
  /** Size of the disk. */
  readonly sizeBytes: number;
  /** Id of the new version; undefined for a target file. */
  readonly id: string | undefined;
  readonly warnings: readonly string[];
  /** Files that `deleteSource` removed. */
  readonly deletedFiles: readonly string[];
}

const TEMPORARY_FOLDER = '/var/tmp';
type FileFormat = Exclude<ImageFormat, 'package'>;

/** Formats that qemu-img reads straight into its own target. */
const isQemuFormat = (format: FileFormat): format is QemuFormat =>
  ['raw', 'qcow2', 'vhd', 'vhdx', 'vmdk'].includes(format);

const rawOptions = (options: ConvertOptions, isResult: boolean): RawOptions => ({
  verify: true,
  flush: isResult,
  mode: isResult ? 0o666 : 0o600,
  signal: options.signal,
  onProgress: options.onProgress,
  ...(options.maximumBytes === undefined ? {} : { maximumBytes: options.maximumBytes }),
});

const storeOf = ({ store }: ConvertOptions): ConvertStore => {
  if (store === undefined) throw new TypeError('an image needs its store');
  return store;
};

const differs = (source: string, target: string, reason: string): NacreError =>
  new NacreError('CONVERT_DIFFERS', { source, target, reason });

/** Raw file -> new version, compared where the source is to be removed. */
const captureFile = async (
  options: ConvertOptions,
  image: string,
  raw: string,
): Promise<{ id: string }> => {
  const store = storeOf(options);
  const { text = {} } = options;
  const { id } = await store.captureRawFile(raw, image, text);
  if (options.deleteSource === true && !(await store.isSame(`${image}@${id}`, raw))) {
    throw differs(raw, image, 'the new version holds something else');
  }
  return { id };
};

const fileToImage = async (
  options: ConvertOptions,
  source: string,
  format: FileFormat,
  image: string,
): Promise<RawResult & { id: string }> => {
  if (format === 'raw') {
    const { id } = await captureFile(options, image, source);
    return { id, sizeBytes: (await stat(source)).size, sourceFiles: [source], warnings: [] };
  }
  return withWorkFolder(options.tempFolder ?? TEMPORARY_FOLDER, async (folder) => {
    const raw = path.join(folder, 'disk.raw');
    const made = await makeRawFile(source, format, raw, rawOptions(options, false));
    return { ...made, ...(await captureFile(options, image, raw)) };
  });
};

/** Any file -> qcow2, at `made`. Formats of qemu-img's own need no file between. */
const makeQcow2 = async (
  options: ConvertOptions,
  source: string,
  format: FileFormat,
  made: string,
): Promise<RawResult> => {
  const { signal } = options;
  if (isQemuFormat(format)) {
    const inspected = await inspectQemuImage(source, format, options);
    await requireSpace(path.dirname(made), 0);
    const step = { source, sourceFormat: format, target: made, targetFormat: 'qcow2' } as const;
    await qemuConvert({ ...step, signal });
    await qemuCompare({ ...step, signal });
    return { ...inspected, warnings: [] };
  }
  const parent = options.tempFolder ?? path.dirname(path.dirname(made));
  return withWorkFolder(parent, async (folder) => {
    const raw = path.join(folder, 'disk.raw');
    const result = await makeRawFile(source, format, raw, rawOptions(options, false));
    await makeQcow2(options, raw, 'raw', made);
    return result;
  });
};

const imageToFile = async (
  options: ConvertOptions,
  image: string,
  format: TargetFormat,
  made: string,
): Promise<RawResult> => {
  const store = storeOf(options);
  const restore = async (raw: string): Promise<RawResult> => {
    const { sizeBytes } = await store.restoreToFile(image, raw);
    if (!(await store.isSame(image, raw))) throw differs(image, raw, 'used blocks differ');
    return { sizeBytes, sourceFiles: [], warnings: [] };
  };
  if (format === 'raw') return restore(made);
  const parent = options.tempFolder ?? path.dirname(path.dirname(made));
  return withWorkFolder(parent, async (folder) => {
    const raw = path.join(folder, 'disk.raw');
    const result = await restore(raw);
    await makeQcow2(options, raw, 'raw', made);
    return result;
  });
};

interface Work {
  readonly sourceFormat: FileFormat | 'image';
  readonly targetFormat: TargetFormat | 'image';
}

const toFile = async (
  options: ConvertOptions,
  target: string,
  { sourceFormat, targetFormat }: Work,
): Promise<RawResult & { id: undefined }> =>
  // Made in a folder beside it, so that it appears whole or not at all.
  withWorkFolder(path.dirname(path.resolve(target)), async (folder) => {
    const made = path.join(folder, path.basename(target));
    const { source } = options;
    let result: RawResult;
    if (targetFormat === 'image') throw new TypeError('an image is no file');
    if (source.kind === 'image') {
      result = await imageToFile(options, source.image, targetFormat, made);
    } else if (sourceFormat === 'image') {
      throw new TypeError('a file is no image');
    } else if (targetFormat === 'qcow2') {
      result = await makeQcow2(options, source.path, sourceFormat, made);
    } else {
      result = await makeRawFile(source.path, sourceFormat, made, rawOptions(options, true));
    }
    await placeFile(made, target);
    return { ...result, id: undefined };
  });

const planWork = async ({ source, target, deleteSource }: ConvertOptions): Promise<Work> => {
  if (source.kind === 'image' && target.kind === 'image') {
    throw new NacreError('CONVERT_TARGET', { path: target.image, reason: 'both are images' });
  }
  const targetFormat = target.kind === 'image' ? 'image' : await checkTargetFile(target.path);
  if (source.kind === 'image') {
    if (deleteSource !== true) return { sourceFormat: 'image', targetFormat };
    throw new NacreError('CONVERT_KEEPS_SOURCE', { path: source.image });
  }
  const sourceFormat = await detectImageFile(source.path);
  if (sourceFormat === 'package') throw new TypeError('packages are imported by importPackage');
  const isFile = (await stat(source.path)).isFile();
  if (deleteSource === true && !isFile) {
    throw new NacreError('CONVERT_KEEPS_SOURCE', { path: source.path });
  }
  return { sourceFormat, targetFormat };
};

/**
 * Converts one disk. A target file is new; a target image gets a new version, which becomes `latest`.
 * After a failure there is no target file and no version, and the source is as it was.
 *
 * @throws {NacreError} CONVERT_…, PARTCLONE_…, TOOL_…, CANCELLED, and those of capture and restore.
 */
export const convertDisk = (options: ConvertOptions): Promise<ConvertReport> =>
  namingCancel(options.signal, convert(options));

const convert = async (options: ConvertOptions): Promise<ConvertReport> => {
  const { source, target, deleteSource } = options;
  const work = await planWork(options);
  const before = source.kind === 'file' ? await fileMarker(source.path) : '';
  const result =
    target.kind === 'file'
      ? await toFile(options, target.path, work)
      : await fileIntoImage(options, target.image, work);
  if (source.kind === 'file' && (await fileMarker(source.path)) !== before) {
    throw new NacreError('CONVERT_SOURCE_CHANGED', { path: source.path });
  }
  const deletedFiles = deleteSource === true ? result.sourceFiles : [];
  for (const file of deletedFiles) await rm(file);
  const { sizeBytes, id, warnings } = result;
  return { ...work, sizeBytes, id, warnings, deletedFiles };
};

const fileIntoImage = (
  options: ConvertOptions,
  image: string,
  { sourceFormat }: Work,
): Promise<RawResult & { id: string }> => {
  const { source } = options;
  if (source.kind === 'image' || sourceFormat === 'image') throw new TypeError('no file');
  return fileToImage(options, source.path, sourceFormat, image);
};
