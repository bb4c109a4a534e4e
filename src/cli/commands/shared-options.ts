/** Options that several commands have, and how their values are read. */
import { NacreError } from '../../errors.ts';
import type { Call, OptionSpec } from '../command.ts';

export const SECTOR_SIZE: OptionSpec = {
  flags: '--sector-size <BYTES>',
  text: {
    en: '512 or 4096, for a disk image file (default: where a GPT is found, else 512)',
    ja: '512 または 4096。ディスクイメージファイル用(既定: GPT の位置から判断、なければ 512)',
  },
};

export const DRY_RUN: OptionSpec = {
  flags: '--dry-run',
  text: { en: 'show the plan and stop', ja: '計画を表示して終わる' },
};

export const YES: OptionSpec = {
  flags: '--yes <WHAT>',
  text: {
    en: 'answer the question: serial number, /dev/NAME without one, or file name',
    ja: '確認への答え: シリアル番号、なければ /dev/NAME、ファイルならその名前',
  },
};

/** @throws NacreError CLI_BAD_VALUE */
export const sectorSizeOf = (call: Call): 512 | 4096 | undefined => {
  const value = call.text('sectorSize');
  if (value === undefined) return undefined;
  if (value === '512') return 512;
  if (value === '4096') return 4096;
  throw new NacreError('CLI_BAD_VALUE', { what: '--sector-size', value, expected: '512 | 4096' });
};
