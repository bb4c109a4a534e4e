/** Where the boot environment of this machine lies, and building it. */
import type { BootFiles } from '../../disk/boot-files.ts';
import { isNacreError } from '../../errors.ts';
import type { Call, OptionSpec } from '../command.ts';
import type { Phrase } from '../language.ts';
import { PROGRAM_FOLDER } from '../program-folder.ts';
import { defaultData } from '../settings.ts';

const BUILDING: Phrase = {
  en: 'building the boot environment; the first time takes some minutes',
  ja: '起動環境を作成しています。初回は数分かかります',
};

export const BOOT: OptionSpec = {
  flags: '--boot <DIR>',
  text: {
    en: 'folder of the built boot files (default: NACRE_BOOT, then boot below NACRE_DATA)',
    ja: '作成済みブートファイルのフォルダー(既定: NACRE_BOOT、次に NACRE_DATA の下の boot)',
  },
};

/** NACRE_BOOT, else `boot` below NACRE_DATA. */
export const bootFolderOf = ({ session }: Call): string =>
  session.setting('boot') ?? `${session.setting('data') ?? defaultData(session.edge)}/boot`;

/** Builds what has changed. @throws NacreError as `buildBootFiles` */
export const buildInto = async ({ session }: Call, out: string): Promise<BootFiles> => {
  const { buildBootFiles } = await import('../../disk/boot-build.ts');
  session.note(session.text(BUILDING));
  return buildBootFiles({
    root: PROGRAM_FOLDER,
    out,
    environment: session.edge.environment,
    signal: session.signal,
  });
};

/** The boot files of `--boot DIR`; without the option those of this machine, built where they are missing. */
export const bootFilesOf = async (call: Call): Promise<BootFiles> => {
  const given = call.text('boot');
  const { readBootFiles } = await import('../../disk/boot-files.ts');
  try {
    return await readBootFiles(given ?? bootFolderOf(call));
  } catch (reason) {
    if (given !== undefined || !isNacreError(reason, 'BOOT_FILES_MISSING')) throw reason;
    return buildInto(call, bootFolderOf(call));
  }
};
