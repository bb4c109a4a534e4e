/** `nacre image convert`, `import-package` and `export-package`. */
import { stat } from 'node:fs/promises';
import type { ConvertReport, ConvertStore } from '../../image/convert/convert.ts';
import type { ConvertEnd } from '../../image/convert/convert-ends.ts';
import type { ExportStore } from '../../image/convert/package-export.ts';
import type { ImportReport } from '../../image/convert/package-import.ts';
import type { ImageStore } from '../../image/store/store.ts';
import type { Call, CommandSpec, OptionSpec, Outcome } from '../command.ts';
import { creatorName } from '../creator.ts';
import { formatBytes, shortId } from '../format.ts';
import type { Language, Phrase } from '../language.ts';
import type { Session } from '../session.ts';
import { storeOptionsOf } from '../store-access.ts';

const DEFAULT_BOOT_FOLDER = '/var/lib/nacre/boot';

const STOPPED: Phrase = {
  en: 'nothing was made: no new file, no new version, and the source is as it was',
  ja: '何も作られていません。新しいファイルもバージョンもなく、元のものはそのままです',
};

const DELETE_SOURCE: OptionSpec = {
  flags: '--delete-source',
  text: {
    en: "remove the source's files after the result was compared with them",
    ja: '結果を照合した後、元のファイルを削除する',
  },
};

const storeSide = async (call: Call, store: ImageStore): Promise<ConvertStore & ExportStore> => {
  const { convertStoreOf } = await import('../../image/convert/convert-store.ts');
  const { signal, onProgress } = call.session;
  const creator = creatorName();
  return convertStoreOf({ store, creator, signal, onProgress });
};

/** What every conversion gets from the call. */
const conversionOf = (call: Call) => {
  const { session } = call;
  session.whenStopped(STOPPED);
  return {
    deleteSource: call.isSet('deleteSource'),
    tempFolder: call.session.setting('temp'),
    signal: session.signal,
    onProgress: (progress: { readonly doneBytes: number; readonly totalBytes: number }) =>
      session.onProgress({ phase: 'convert', ...progress }),
  };
};

/** The store where there is one: a conversion of files alone needs none. */
const openIfThere = async (session: Session): Promise<ImageStore | undefined> => {
  const [{ openStore }, { isNacreError }] = await Promise.all([
    import('../../image/store/store.ts'),
    import('../../errors.ts'),
  ]);
  try {
    return await openStore(session.store, storeOptionsOf(session));
  } catch (error) {
    if (isNacreError(error, 'STORE_NOT_FOUND')) return undefined;
    throw error;
  }
};

const isFolder = async (end: ConvertEnd): Promise<boolean> => {
  if (end.kind === 'image') return false;
  if (end.path.endsWith('/')) return true;
  try {
    return (await stat(end.path)).isDirectory();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
};

const summaryOf = (report: ConvertReport, target: string, language: Language): string => {
  const { sourceFormat, targetFormat, sizeBytes, deletedFiles } = report;
  const name = report.id === undefined ? target : `${target}@${shortId(report.id)}`;
  const size = formatBytes(sizeBytes);
  const removed: Phrase = {
    en: `removed: ${deletedFiles.join(', ')}\n`,
    ja: `削除: ${deletedFiles.join(', ')}\n`,
  };
  return [
    `${name}  ${sourceFormat} -> ${targetFormat}, ${size}\n`,
    ...report.warnings.map((warning) => `${warning}\n`),
    deletedFiles.length > 0 ? removed[language] : '',
  ].join('');
};

const outcomeOf = (call: Call, report: ConvertReport, target: string): Outcome => ({
  json: { source: call.parameter(0), target, ...report, id: report.id ?? null },
  text: summaryOf(report, target, call.session.language),
});

const runImport = async (call: Call, folder: string, image?: string): Promise<Outcome> => {
  const [{ importPackage }, { openStore }] = await Promise.all([
    import('../../image/convert/package-import.ts'),
    import('../../image/store/store.ts'),
  ]);
  const store = await storeSide(call, await openStore(call.session.store, { create: true }));
  const report: ImportReport = await importPackage({
    ...conversionOf(call),
    folder,
    image,
    store,
  });
  return outcomeOf(call, report, report.image);
};

const runExport = async (call: Call, image: string, folder: string): Promise<Outcome> => {
  const [{ exportPackage }, { openStore }] = await Promise.all([
    import('../../image/convert/package-export.ts'),
    import('../../image/store/store.ts'),
  ]);
  const store = await storeSide(
    call,
    await openStore(call.session.store, storeOptionsOf(call.session)),
  );
  const bootFolder = call.text('boot') ?? call.session.setting('boot') ?? DEFAULT_BOOT_FOLDER;
  const { signal } = conversionOf(call);
  const report = await exportPackage({ image, folder, bootFolder, store, signal });
  const text = `${report.script}\n${report.imageFile}  ${formatBytes(report.sizeBytes)}\n`;
  return { json: { image, ...report }, text };
};

const runConvert = async (call: Call): Promise<Outcome> => {
  const [{ convertDisk }, { chooseEnd }, { hasImage }, { openStore }] = await Promise.all([
    import('../../image/convert/convert.ts'),
    import('../../image/convert/convert-ends.ts'),
    import('../../image/convert/convert-store.ts'),
    import('../../image/store/store.ts'),
  ]);
  const present = await openIfThere(call.session);
  const isKnown = async (image: string): Promise<boolean> =>
    present !== undefined && (await hasImage(present, image));
  const [from, to] = [call.parameter(0), call.parameter(1)];
  const source = await chooseEnd(from, isKnown);
  const target = await chooseEnd(to, isKnown);
  if (source.kind === 'file' && target.kind === 'image' && (await isFolder(source))) {
    return runImport(call, source.path, target.image);
  }
  if (source.kind === 'image' && (await isFolder(target))) return runExport(call, from, to);
  const needsStore = source.kind === 'image' || target.kind === 'image';
  const isNew = target.kind === 'image';
  const store = needsStore
    ? await storeSide(
        call,
        await openStore(call.session.store, { ...storeOptionsOf(call.session), create: isNew }),
      )
    : undefined;
  const report = await convertDisk({ ...conversionOf(call), source, target, store });
  return outcomeOf(call, report, target.kind === 'image' ? target.image : target.path);
};

export const CONVERT: CommandSpec = {
  name: 'convert',
  parameters: '<IN> <OUT>',
  summary: {
    en: 'convert a disk between files of many formats and images',
    ja: 'ディスクをさまざまな形式のファイルとイメージの間で変換する',
  },
  details: {
    en: 'IN is an image or a file: raw, gzip, xz or zstd of raw, qcow2, VHD, VHDX, VMDK, a partclone image, or a package folder; its content decides. OUT is an image, which gets a new version, or a new file that ends in .raw, .img or .qcow2, or a new package folder with a slash at its end. A name with a slash is always a file. Temporary raw files lie in NACRE_TEMP, else beside OUT, else in /var/tmp. What was made is compared with its source.',
    ja: 'IN はイメージまたはファイルです(raw、その gzip・xz・zstd、qcow2、VHD、VHDX、VMDK、partclone イメージ、パッケージフォルダー。内容で判断します)。OUT はイメージ(新しいバージョンになります)、.raw・.img・.qcow2 で終わる新しいファイル、または末尾に / を付けた新しいパッケージフォルダーです。/ を含む名前は常にファイルです。一時的な raw ファイルは NACRE_TEMP、なければ OUT と同じ場所、なければ /var/tmp に置きます。結果は元と照合します。',
  },
  options: [DELETE_SOURCE],
  example: 'nacre image convert old-lab.vhdx lab-pc',
  run: runConvert,
};

export const IMPORT_PACKAGE: CommandSpec = {
  name: 'import-package',
  parameters: '<DIR>',
  summary: {
    en: 'import a package folder with its script as an image',
    ja: 'スクリプト付きのパッケージフォルダーをイメージとして取り込む',
  },
  details: {
    en: 'DIR holds NAME.rsp and, beside it or in the folder NAME, one image file. The Number of the script names the image, its Description becomes the title; Number, OS, Category, Imagesize and <BackupImage> are kept in the comment. With --delete-source the image file is removed, the scripts stay.',
    ja: 'DIR には NAME.rsp と、その隣または NAME フォルダーにイメージファイルが1つあります。スクリプトの Number がイメージの名前、Description が表示名になり、Number、OS、Category、Imagesize、<BackupImage> は説明に残ります。--delete-source ではイメージファイルだけを削除し、スクリプトは残します。',
  },
  options: [DELETE_SOURCE],
  example: 'nacre image import-package ./WES7-0042',
  run: (call) => runImport(call, call.parameter(0)),
};

export const EXPORT_PACKAGE: CommandSpec = {
  name: 'export-package',
  parameters: '<IMAGE> <DIR>',
  summary: {
    en: 'write an image as a package folder with scripts and boot files',
    ja: 'イメージをスクリプトとブートファイル付きのパッケージフォルダーとして書き出す',
  },
  details: {
    en: 'DIR is new or empty and appears whole or not at all: NAME.rsp, and in NAME the disk (.raw.zst), image.rsp, vmlinuz and initrd.pxe.',
    ja: 'DIR は新しいか空のフォルダーで、すべてそろってから現れます。NAME.rsp と、NAME フォルダーにディスク(.raw.zst)、image.rsp、vmlinuz、initrd.pxe が入ります。',
  },
  options: [
    {
      flags: '--boot <DIR>',
      text: {
        en: 'folder with vmlinuz and initrd.pxe (default: NACRE_BOOT, then /var/lib/nacre/boot)',
        ja: 'vmlinuz と initrd.pxe のあるフォルダー(既定: NACRE_BOOT、次に /var/lib/nacre/boot)',
      },
    },
  ],
  example: 'nacre image export-package lab-pc ./lab-pc-package',
  run: (call) => runExport(call, call.parameter(0), call.parameter(1)),
};
