/** Imports a vendor-shaped package folder as a version of an image (spec ). */
import { RSP_KEYS, type RspDocument, type RspKey, settingOf } from '../../codec/rsp-script.ts';
import { NacreError } from '../../errors.ts';
import { type ConvertOptions, type ConvertReport, convertDisk } from './convert.ts';
import { type PackageFolder, readPackageFolder } from './package-read.ts';

/** What a package said about itself, as the comment of the version keeps it. */
export interface PackageFacts {
  readonly settings: { readonly [Key in RspKey]?: string };
  readonly isAutogenic: boolean;
}

const TAG = '<BackupImage>';

/** The facts as lines: `Number=…`, `OS=…`, and the tag. */
export const formatPackageFacts = (facts: PackageFacts): string =>
  [
    ...RSP_KEYS.flatMap((key) =>
      facts.settings[key] === undefined ? [] : [`${key}=${facts.settings[key]}`],
    ),
    ...(facts.isAutogenic ? [TAG] : []),
  ].join('\n');

/** Finds the facts in a comment; undefined where it was not made by an import. */
export const parsePackageFacts = (comment: string): PackageFacts | undefined => {
  const settings: { [Key in RspKey]?: string } = {};
  const lines = comment.split('\n');
  for (const key of RSP_KEYS) {
    const line = lines.find((text) => text.startsWith(`${key}=`));
    if (line !== undefined) settings[key] = line.slice(key.length + 1);
  }
  if (settings.Number === undefined) return undefined;
  return { settings, isAutogenic: lines.includes(TAG) };
};

const settingsOf = (script: RspDocument): PackageFacts['settings'] =>
  Object.fromEntries(
    RSP_KEYS.flatMap((key) => {
      const value = settingOf(script, key);
      return value === undefined ? [] : [[key, value]];
    }),
  );

/**
 * The name of an image for a package number: lower case, blanks as `-`.
 * @throws {NacreError} PACKAGE_NUMBER where no allowed name comes out of it.
 */
export const imageNameOf = (folder: string, number: string): string => {
  const name = number.toLowerCase().replace(/\s+/g, '-');
  if (/^[a-z0-9][a-z0-9._-]{0,63}$/.test(name)) return name;
  throw new NacreError('PACKAGE_NUMBER', { path: folder, number });
};

/** An import; `image` names the image where the package's Number is not to. */
export interface ImportPackageOptions extends Omit<ConvertOptions, 'source' | 'target' | 'text'> {
  readonly folder: string;
  readonly image?: string | undefined;
}

/** What was imported. */
export interface ImportReport extends ConvertReport {
  readonly image: string;
  readonly number: string;
  readonly isAutogenic: boolean;
  readonly imageFile: string;
}

const textOf = (found: PackageFolder): { title: string; comment: string } => {
  const { script, isAutogenic } = found;
  const comment = formatPackageFacts({ settings: settingsOf(script), isAutogenic });
  return { title: found.description || found.number, comment };
};

/**
 * Imports a package: its image file becomes a new version of an image named after its Number. Description
 * becomes the title; Number, OS, Category, Imagesize and the tag `<BackupImage>` are kept in the comment.
 * `deleteSource` removes the image file only, as the vendor's converter removed the i2d.
 *
 * @throws {NacreError} as `readPackageFolder` and `convertDisk`; PACKAGE_NUMBER.
 */
export const importPackage = async (options: ImportPackageOptions): Promise<ImportReport> => {
  const { folder, image, ...conversion } = options;
  const found = await readPackageFolder(folder);
  const name = image ?? imageNameOf(folder, found.number);
  const { number, imageFile, isAutogenic } = found;
  const report = await convertDisk({
    ...conversion,
    source: { kind: 'file', path: imageFile },
    target: { kind: 'image', image: name },
    text: textOf(found),
  });
  return { ...report, image: name, number, isAutogenic, imageFile };
};
