/** Writes an image as a vendor-shaped package folder that imports again (spec ). */
import { copyFile, lstat, mkdir, readdir, rename, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createRspBytes, type RspPlan } from '../../codec/rsp-create.ts';
import type { RspStep } from '../../codec/rsp-script.ts';
import { runTool } from '../../disk/tool.ts';
import { NacreError } from '../../errors.ts';
import type { ConvertStore } from './convert.ts';
import { namingCancel, withWorkFolder } from './convert-ends.ts';
import { parsePackageFacts } from './package-import.ts';
import { BOOT_FILES } from './package-read.ts';

/** What the scripts of a package say about its image. */
export interface ImageDescription {
  /** Name of the image, which is a plain file name by its rule. */
  readonly name: string;
  readonly title: string;
  readonly comment: string;
  readonly diskBytes: number;
}

/** The store's side of an export. */
export interface ExportStore extends Pick<ConvertStore, 'restoreToFile' | 'isSame'> {
  describe(image: string): Promise<ImageDescription>;
}

export interface ExportPackageOptions {
  readonly image: string;
  /** New folder, or an empty one. */
  readonly folder: string;
  /** Folder with `vmlinuz` and `initrd.pxe`, as "nacre boot build" makes it. */
  readonly bootFolder: string;
  readonly store: ExportStore;
  readonly signal?: AbortSignal | undefined;
}

/** What was written. */
export interface ExportReport {
  readonly folder: string;
  readonly number: string;
  readonly script: string;
  readonly imageFile: string;
  readonly sizeBytes: number;
}

/** @throws {NacreError} PACKAGE_BOOT_FILES where one is missing or empty. */
const requireBootFiles = async (folder: string): Promise<void> => {
  for (const name of BOOT_FILES) {
    const size = await sizeOf(path.join(folder, name));
    if (size === 0) throw new NacreError('PACKAGE_BOOT_FILES', { path: folder, missing: name });
  }
};

const sizeOf = async (file: string): Promise<number> => {
  try {
    return (await lstat(file)).size;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0;
    throw error;
  }
};

const requireNewFolder = async (folder: string): Promise<void> => {
  try {
    if ((await readdir(folder)).length === 0) return;
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    if (error.code === 'ENOENT') return;
    if (error.code !== 'ENOTDIR') throw error;
  }
  throw new NacreError('PACKAGE_EXISTS', { path: folder });
};

/** An empty folder makes room for the finished one; what appeared in it meanwhile is kept. */
const removeEmptyFolder = async (folder: string): Promise<void> => {
  await requireNewFolder(folder);
  try {
    await rmdir(folder);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'ENOENT') throw error;
  }
};

const step = (opcode: RspStep['opcode'], ...words: string[]): RspStep => ({
  opcode,
  isStarred: false,
  arguments: words,
});

const MIB = 2 ** 20;

/** Text as a setting can hold it: one line, without double quotes. */
const settingText = (text: string): string =>
  text
    .replace(/\p{Cc}+/gu, ' ')
    .replaceAll('"', "'")
    .trim();

/** The scripts: settings of an earlier import are kept, the rest follows from the image. */
const planScripts = (
  about: ImageDescription,
  imageFile: string,
): { readonly script: RspPlan; readonly imageScript: RspPlan } => {
  const settings = {
    Number: about.name,
    Description: settingText(about.title),
    Category: 'Images',
    Imagesize: String(Math.ceil(about.diskBytes / MIB)),
    ...parsePackageFacts(about.comment)?.settings,
  };
  const fetch = step('SF', `${about.name}\\${imageFile}`, imageFile);
  const shared = { settings, isAutogenic: true };
  return {
    script: { ...shared, steps: [fetch, step('BI')] },
    imageScript: { ...shared, steps: [fetch, step('BI'), step('PI')] },
  };
};

/** Compresses with a checksum of the content, and reads the result back. */
const compress = async (raw: string, target: string, signal?: AbortSignal): Promise<void> => {
  const quiet = ['-q', '--no-progress'];
  await runTool('zstd', [...quiet, '-3', '-T0', '--check', '-o', target, '--', raw], { signal });
  await runTool('zstd', [...quiet, '--test', '--', target], { signal });
};

const writeImageFile = async (
  options: ExportPackageOptions,
  target: string,
): Promise<{ readonly sizeBytes: number }> =>
  withWorkFolder(path.dirname(target), async (folder) => {
    const { store, image, signal } = options;
    const raw = path.join(folder, 'disk.raw');
    const result = await store.restoreToFile(image, raw);
    if (!(await store.isSame(image, raw))) {
      throw new NacreError('CONVERT_DIFFERS', {
        source: image,
        target,
        reason: 'used blocks differ',
      });
    }
    await compress(raw, target, signal);
    return result;
  });

/**
 * Writes `NAME.rsp`, and in `NAME/` the image (`NAME.raw.zst`), `image.rsp`, `vmlinuz` and `initrd.pxe`.
 * The folder appears whole or not at all.
 *
 * @throws {NacreError} PACKAGE_BOOT_FILES, PACKAGE_EXISTS, RSP_UNWRITABLE, CONVERT_DIFFERS, TOOL_…, and
 *   those of restore.
 */
export const exportPackage = (options: ExportPackageOptions): Promise<ExportReport> =>
  namingCancel(options.signal, writePackage(options));

const writePackage = async (options: ExportPackageOptions): Promise<ExportReport> => {
  const { folder, bootFolder, image, store } = options;
  await requireBootFiles(bootFolder);
  await requireNewFolder(folder);
  const about = await store.describe(image);
  const imageFile = `${about.name}.raw.zst`;
  const { script, imageScript } = planScripts(about, imageFile);
  const scripts = [createRspBytes(script), createRspBytes(imageScript)] as const;
  const parent = path.dirname(path.resolve(folder));
  const sizeBytes = await withWorkFolder(parent, async (work) => {
    const made = path.join(work, 'package');
    const payload = path.join(made, about.name);
    await mkdir(payload, { recursive: true });
    await writeFile(path.join(made, `${about.name}.rsp`), scripts[0]);
    await writeFile(path.join(payload, 'image.rsp'), scripts[1]);
    for (const name of BOOT_FILES) {
      await copyFile(path.join(bootFolder, name), path.join(payload, name));
    }
    const { sizeBytes } = await writeImageFile(options, path.join(payload, imageFile));
    await removeEmptyFolder(folder);
    await rename(made, folder);
    return sizeBytes;
  });
  return {
    folder,
    number: script.settings.Number,
    script: path.join(folder, `${about.name}.rsp`),
    imageFile: path.join(folder, about.name, imageFile),
    sizeBytes,
  };
};
