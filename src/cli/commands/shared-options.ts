/** Options that several commands have, and how their values are read. */
import { NacreError } from '../../errors.ts';
import { type Call, type OptionSpec, wholeNumber } from '../command.ts';

const GREATEST_PARTITION = 65_535;

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

export const PLACED_PARTITION: OptionSpec = {
  flags: '--partition <N[=M]>',
  text: {
    en: 'only partition N of the image, at partition M of the disk (default N); repeatable',
    ja: 'イメージのパーティション N だけを、ディスクの M(既定は N)に対して(複数指定可)',
  },
  isRepeatable: true,
};

export const TRUST: OptionSpec = {
  flags: '--trust <PUBKEY>',
  text: {
    en: 'only an image signed by this public key (PEM file); repeatable',
    ja: 'この公開鍵(PEM ファイル)で署名されたイメージだけを許す(複数指定可)',
  },
  isRepeatable: true,
};

/** @throws NacreError CLI_BAD_VALUE */
export const sectorSizeOf = (call: Call): 512 | 4096 | undefined => {
  const value = call.text('sectorSize');
  if (value === undefined) return undefined;
  if (value === '512') return 512;
  if (value === '4096') return 4096;
  throw new NacreError('CLI_BAD_VALUE', { what: '--sector-size', value, expected: '512 | 4096' });
};

/** Number of a partition. @throws NacreError CLI_BAD_VALUE */
export const partitionNumber = (value: string): number =>
  wholeNumber('--partition', value, 0, GREATEST_PARTITION);

/** Partition N of an image at partition M of a disk. */
export interface PlacedNumber {
  readonly from: number;
  readonly to: number;
}

/** Values of `--partition N[=M]`; undefined without. @throws NacreError CLI_BAD_VALUE */
export const placedPartitionsOf = (call: Call): readonly PlacedNumber[] | undefined => {
  const choices = call.list('partition').map((value) => {
    const [from = '', to = from, ...more] = value.split('=');
    if (more.length > 0) {
      throw new NacreError('CLI_BAD_VALUE', { what: '--partition', value, expected: 'N | N=M' });
    }
    return { from: partitionNumber(from), to: partitionNumber(to) };
  });
  return choices.length > 0 ? choices : undefined;
};
