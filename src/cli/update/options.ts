/** Options of the commands of a terminal-side update, and what they mean on this machine. */
import os from 'node:os';
import path from 'node:path';
import type { DeviceChoice } from '../../agent/boot-agent-volume.ts';
import { findUpdatePlace, type UpdatePlace } from '../../agent/update/update-place.ts';
import { firmwareText } from '../../disk/machine.ts';
import { NacreError } from '../../errors.ts';
import type { Call, OptionSpec } from '../command.ts';
import { PASSWORD_FILE } from '../commands/login.ts';
import { PIN } from '../manager/open-client.ts';

/** Where a machine without a boot agent partition keeps its record. */
const UPDATE_FOLDER = '/var/lib/nacre/update';

/** What names the disk and the record. */
export const PLACE_OPTIONS: readonly OptionSpec[] = [
  {
    flags: '--disk <DISK>',
    text: {
      en: 'the disk that is changed (default: the one of this system, else the one that is being updated)',
      ja: '変更するディスク(既定: このシステムのもの、次に更新中のもの)',
    },
  },
  {
    flags: '--sector-size <N>',
    text: {
      en: '512 or 4096, for an image file',
      ja: 'イメージファイルのセクター長 512 または 4096',
    },
  },
  {
    flags: '--state <FOLDER>',
    text: {
      en: `what a disk without a boot agent partition is remembered in (default: NACRE_UPDATE_STATE, then ${UPDATE_FOLDER})`,
      ja: `ブートエージェント区画のないディスクの記録先(既定: NACRE_UPDATE_STATE、次に ${UPDATE_FOLDER})`,
    },
  },
];

/** What the manager has to be told. */
export const LOGIN_OPTIONS: readonly OptionSpec[] = [
  {
    flags: '--url <URL>',
    text: {
      en: 'manager, https://NAME:PORT (default: the one of the last time)',
      ja: 'マネージャー https://名前:ポート(既定: 前回のもの)',
    },
  },
  PIN,
  {
    flags: '--user <NAME>',
    text: { en: 'user of the manager', ja: 'マネージャーのユーザー名' },
  },
  PASSWORD_FILE,
  {
    flags: '--no-input',
    text: { en: 'ask nothing; what lacks is an error', ja: '質問せず、不足があればエラー' },
  },
];

/** The disk that a person names. */
export const diskChoice = (call: Call): DeviceChoice | undefined => {
  const disk = call.text('disk');
  if (disk === undefined) return undefined;
  const sectorSize = call.number('sectorSize', 512, 4096);
  return { path: path.resolve(disk), sectorSize };
};

export const placeOf = async (call: Call): Promise<UpdatePlace> => {
  const folder = call.text('state') ?? call.session.setting('update-state') ?? UPDATE_FOLDER;
  const machine = await firmwareText('product_uuid');
  return findUpdatePlace({ disk: diskChoice(call), folder: path.resolve(folder), machine });
};

/** Name of this terminal for people. */
export const terminalOf = (call: Call): string => call.text('terminal') ?? os.hostname();

/** True where questions may be asked. */
export const mayAsk = (call: Call): boolean => call.isSet('input');

/** @throws NacreError CLI_OPTION_NEEDED with `--no-input` */
export const requireInput = (call: Call, what: string, command: string): void => {
  if (!mayAsk(call)) throw new NacreError('CLI_OPTION_NEEDED', { what, command });
};
