/** A planned layout in words and boxes. */
import { type DrawnPartition, drawDisk } from '../disk/disk-drawing.ts';
import { unusedRanges } from '../disk/disk-show.ts';
import type { LayoutPlan } from '../image/layout/layout-plan.ts';
import type { LayoutCaution } from '../image/layout/layout-warnings.ts';
import { formatTable } from './format.ts';
import type { Language, Phrase } from './language.ts';
import { WORDS } from './words.ts';

const FIELD_WORDS = {
  totalFlashMb: { en: 'Total Flash Size', ja: '全フラッシュサイズ' },
  nonPxeMb: { en: 'Non-PXE Size', ja: '非 PXE サイズ' },
  osMb: { en: 'OS Partition Size', ja: 'OS パーティションサイズ' },
  backupMb: { en: 'Backup Partition Size', ja: 'バックアップパーティションサイズ' },
  unusedMb: { en: 'unused', ja: '未使用' },
} as const satisfies Record<keyof LayoutPlan['fields'], Phrase>;

const FIELDS = ['totalFlashMb', 'nonPxeMb', 'osMb', 'backupMb', 'unusedMb'] as const;

const WARNINGS = {
  'unused-space': {
    en: '{unusedMb} MB of the disk stay unused: the vendor counts with 4096 MB (--policy auto uses all)',
    ja: 'ディスクの {unusedMb} MB が未使用になります: ベンダーの規則は 4096 MB までです(--policy auto はすべて使います)',
  },
  'flash-small': {
    en: 'the disk of {totalFlashMb} MB is smaller than the rule of thumb asks for: twice the OS partition, 8192 MB for WES 7',
    ja: 'ディスク {totalFlashMb} MB は目安より小さいです: OS パーティションの 2 倍、WES 7 では 8192 MB',
  },
  'one-generation': {
    en: 'the backup partition of {backupMb} MB has room for one generation: filling it with another image needs --replace-old',
    ja: 'バックアップパーティション {backupMb} MB に入るのは 1 世代です: 別のイメージに替えるには --replace-old が必要です',
  },
  'no-wfs': {
    en: 'no WFS was found at the start of the disk: the layout is made without one (--keep N keeps a partition)',
    ja: 'ディスクの先頭に WFS がありません: WFS なしのレイアウトになります(--keep N でパーティションを残せます)',
  },
  'other-firmware': {
    en: 'the image was captured from a disk that starts by another kind of firmware (BIOS or UEFI): its OS may not start',
    ja: 'イメージは別の種類のファームウェア(BIOS または UEFI)で起動するディスクから取られました: OS が起動しない可能性があります',
  },
  'os-moved': {
    en: 'the OS partition lies at another place than in the image: Windows finds its own by place, so the boot configuration must name "boot", or the image come from this layout',
    ja: 'OS パーティションの位置がイメージと異なります: Windows は位置で自分を探すため、起動構成が "boot" を指すか、このレイアウトから取ったイメージが必要です',
  },
} as const satisfies Record<LayoutCaution, Phrase>;

/** The warnings of a plan as sentences with their numbers. */
export const warningTexts = (plan: LayoutPlan, language: Language): readonly string[] =>
  plan.warnings.map((code) => {
    let text: string = WARNINGS[code][language];
    for (const field of FIELDS) text = text.replace(`{${field}}`, String(plan.fields[field]));
    return text;
  });

/** The sizes as the vendor's dialog names them, in MB. */
export const fieldsText = ({ fields }: LayoutPlan, language: Language): string =>
  formatTable(
    [
      { title: '', isNumber: false },
      { title: 'MB', isNumber: true },
    ],
    FIELDS.map((field) => [FIELD_WORDS[field][language], String(fields[field])]),
  );

const UNUSED: Phrase = { en: 'unused', ja: '未使用' };

const draw = (
  partitions: readonly DrawnPartition[],
  sizeBytes: number,
  options: { readonly width: number; readonly unusedWord: string },
): string => {
  const unused = unusedRanges(partitions, sizeBytes);
  return drawDisk({ sizeBytes, partitions, unused }, options)
    .map((line) => `${line}\n`)
    .join('');
};

/** Both pictures of the disk, to one scale. */
export const layoutDrawing = (plan: LayoutPlan, language: Language, width: number): string => {
  const options = { width, unusedWord: UNUSED[language] };
  const { sizeBytes } = plan.target;
  return [
    `${WORDS.before[language]}\n`,
    draw(plan.before, sizeBytes, options),
    `${WORDS.after[language]}\n`,
    draw(plan.after, sizeBytes, options),
  ].join('');
};
