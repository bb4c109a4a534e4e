/**
 * Reads a package folder in the vendor's shape (seed: packages, steps 1 to 3):
 *
 * ```
 * FOLDER/NAME.rsp                 the package's script
 * FOLDER/NAME/image.rsp           the autogenic script, beside the image (also FOLDER/image.rsp)
 * FOLDER/NAME/disk.raw.zst        the image file (also in FOLDER)
 * FOLDER/NAME/vmlinuz, initrd.pxe boot files
 * ```
 * Scripts are a stranger's text: a path in them is split, each part has to be a plain name, and no part
 * may be a symbolic link, so that nothing outside of the folder is ever read.
 */
import { lstat, open, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  isAutogenic,
  parseRsp,
  type RspDocument,
  settingOf,
  stepsOf,
} from '../../codec/rsp-script.ts';
import { RSP_MAXIMUM_BYTES } from '../../codec/rsp-text.ts';
import { isNacreError, NacreError } from '../../errors.ts';
import { detectImageFile, isDiskStart, peekFile } from './image-file.ts';

/** A package folder with what its scripts say. */
export interface PackageFolder {
  readonly folder: string;
  readonly scriptFile: string;
  readonly script: RspDocument;
  /** `image.rsp`, where there is one. */
  readonly imageScript: RspDocument | undefined;
  readonly imageFile: string;
  readonly number: string;
  readonly description: string;
  /** True where one of the scripts has the tag `<BackupImage>`. */
  readonly isAutogenic: boolean;
}

/** Kernel and RAM disk of Merlin, as packages carry them (spec A-14). */
export const BOOT_FILES = ['vmlinuz', 'initrd.pxe'] as const;

const MAXIMUM_ENTRIES = 10_000;
const IMAGE_SCRIPT = 'image.rsp';

const problem = (folder: string, reason: string): NacreError =>
  new NacreError('PACKAGE_FOLDER', { path: folder, reason });

/** Plain files of a folder by name; nothing where there is no such folder. */
const filesOf = async (folder: string): Promise<readonly string[]> => {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    if (entries.length > MAXIMUM_ENTRIES) throw problem(folder, `it has ${entries.length} entries`);
    return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
};

const readScript = async (file: string): Promise<RspDocument> => {
  const { size } = await lstat(file);
  if (size > RSP_MAXIMUM_BYTES) {
    const facts = { script: file, sizeBytes: size, maximumBytes: RSP_MAXIMUM_BYTES };
    throw new NacreError('RSP_TOO_LARGE', facts);
  }
  return parseRsp(await readFile(file), file);
};

const isScript = (name: string): boolean => name.toLowerCase().endsWith('.rsp');
const isImageScript = (name: string): boolean => name.toLowerCase() === IMAGE_SCRIPT;

const findScript = async (folder: string): Promise<string> => {
  const scripts = (await filesOf(folder)).filter((name) => isScript(name) && !isImageScript(name));
  const [script] = scripts;
  if (script === undefined) throw problem(folder, 'it has no NAME.rsp');
  if (scripts.length > 1) throw problem(folder, `it has ${scripts.length} scripts`);
  return script;
};

/** True for a name that stays inside the folder it is joined to, on any system. */
const isPlainPart = (part: string): boolean =>
  part !== '' && part !== '.' && part !== '..' && !/[\p{Cc}:*?"<>|]/u.test(part);

/**
 * The parts of a path in a script, which may be divided by `\` or `/`.
 * @throws {NacreError} PACKAGE_PATH for absolute paths, drive letters, `..` and the like.
 */
export const packagePathParts = (scriptFile: string, text: string): readonly string[] => {
  const parts = text.split(/[\\/]/);
  if (!parts.every(isPlainPart)) throw new NacreError('PACKAGE_PATH', { script: scriptFile, text });
  return parts;
};

/** The file of these parts below `folder`; undefined where it is missing or behind a symbolic link. */
const plainFile = async (folder: string, parts: readonly string[]): Promise<string | undefined> => {
  let at = folder;
  for (const [index, part] of parts.entries()) {
    at = path.join(at, part);
    try {
      const status = await lstat(at);
      const isLast = index === parts.length - 1;
      if (isLast ? !status.isFile() : !status.isDirectory()) return undefined;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }
  return at;
};

/** True for a file that holds a disk; a raw one only where it begins like a disk. */
const holdsDisk = async (file: string): Promise<boolean> => {
  try {
    if ((await detectImageFile(file)) !== 'raw') return true;
  } catch (error) {
    if (isNacreError(error, 'CONVERT_UNKNOWN_FORMAT')) return false;
    throw error;
  }
  const opened = await open(file, 'r');
  try {
    return isDiskStart(await peekFile(opened));
  } finally {
    await opened.close();
  }
};

type NamedScript = readonly [string, RspDocument];

/** Files that the scripts fetch (`SF`), where they are in the package. */
const fetchedFiles = async (
  folder: string,
  name: string,
  scripts: readonly NamedScript[],
): Promise<readonly string[]> => {
  const places = scripts.flatMap(([file, script]) =>
    stepsOf(script)
      .filter((step) => step.opcode === 'SF')
      .map((step) => packagePathParts(file, step.arguments[0] ?? ''))
      .flatMap((parts) => [parts, [name, ...parts]]),
  );
  const found = await Promise.all(places.map((place) => plainFile(folder, place)));
  return found.filter((file) => file !== undefined);
};

const isOther = (name: string): boolean =>
  isScript(name) || BOOT_FILES.some((boot) => boot === name.toLowerCase());

const findImage = async (
  folder: string,
  name: string,
  scripts: readonly NamedScript[],
): Promise<string> => {
  const listed: string[] = [];
  for (const part of [folder, path.join(folder, name)]) {
    const names = (await filesOf(part)).filter((file) => !isOther(file));
    listed.push(...names.map((file) => path.join(part, file)));
  }
  // What a script fetches is the image; without such a step, the only disk that lies there.
  for (const candidates of [await fetchedFiles(folder, name, scripts), listed]) {
    const disks: string[] = [];
    for (const file of new Set(candidates)) if (await holdsDisk(file)) disks.push(file);
    const [disk] = disks;
    if (disks.length > 1) throw problem(folder, `it has ${disks.length} image files`);
    if (disk !== undefined) return disk;
  }
  throw problem(folder, 'it has no image file of a known format');
};

/**
 * Reads a package folder.
 * @throws {NacreError} PACKAGE_FOLDER, PACKAGE_PATH, RSP_…, CONVERT_I2D; errors of the file system.
 */
export const readPackageFolder = async (folder: string): Promise<PackageFolder> => {
  const scriptName = await findScript(folder);
  const scriptFile = path.join(folder, scriptName);
  const name = scriptName.slice(0, -'.rsp'.length);
  const script = await readScript(scriptFile);
  const scripts: NamedScript[] = [[scriptFile, script]];
  for (const part of [folder, path.join(folder, name)]) {
    const found = (await filesOf(part)).find(isImageScript);
    if (found === undefined) continue;
    const file = path.join(part, found);
    scripts.unshift([file, await readScript(file)]);
    break;
  }
  const number = settingOf(script, 'Number') ?? name;
  return {
    folder,
    scriptFile,
    script,
    imageScript: scripts.length > 1 ? scripts[0]?.[1] : undefined,
    imageFile: await findImage(folder, name, scripts),
    number,
    description: settingOf(script, 'Description') ?? '',
    isAutogenic: scripts.some(([, document]) => isAutogenic(document)),
  };
};
