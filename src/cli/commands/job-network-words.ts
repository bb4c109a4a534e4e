/** What plans of orders for network boot print: a line for each device, and what somebody should know. */
import type * as z from 'zod';
import type { ordersPlan } from '../../manager/http/shapes/network-boot.ts';
import { formatBytes, formatTable } from '../format.ts';
import type { Phrase } from '../language.ts';
import { type Reader, reasonText } from './job-words.ts';

type OrderPlan = z.output<typeof ordersPlan>['devices'][number];

const TITLES: readonly Phrase[] = [
  { en: 'device', ja: '端末' },
  { en: 'disk', ja: 'ディスク' },
  { en: 'Total Flash Size', ja: '全フラッシュサイズ' },
  { en: 'Non-PXE Size', ja: '非 PXE サイズ' },
  { en: 'Backup Partition Size', ja: 'バックアップサイズ' },
  { en: 'OS Partition Size', ja: 'OS サイズ' },
  { en: 'why not', ja: '不可の理由' },
];

const CAUTIONS: Readonly<Record<string, Phrase>> = {
  'starts-from-disk': {
    en: 'it starts from its disk first: have it start from the network once',
    ja: 'ディスクから先に起動します。一度ネットワークから起動してください',
  },
  'flash-unknown': {
    en: 'its disk is not known yet: Merlin checks what fits before it writes',
    ja: 'ディスクが未確認です。書き込み前に Merlin が確認します',
  },
  'unused-space': { en: 'space of the disk stays unused', ja: 'ディスクに未使用の領域が残ります' },
  'flash-small': {
    en: 'the disk is smaller than the rule of thumb asks for',
    ja: 'ディスクが目安より小さいです',
  },
  'one-generation': {
    en: 'the backup partition has room for one generation',
    ja: 'バックアップパーティションは 1 世代分です',
  },
  'no-wfs': { en: 'the layout is made without a WFS', ja: 'WFS なしのレイアウトになります' },
  'other-firmware': {
    en: 'the image was captured from a disk that starts by another kind of firmware',
    ja: 'イメージは別の種類のファームウェアのディスクから取られました',
  },
  'os-moved': {
    en: 'the OS partition lies at another place than in the image: Windows may not find itself',
    ja: 'OS パーティションの位置が変わるため、Windows が起動できない可能性があります',
  },
};

const diskText = ({ disk }: OrderPlan): string =>
  disk === null ? '' : `${disk.name} ${formatBytes(disk.sizeBytes)}`.trim();

const sizes = ({ fields }: OrderPlan): readonly string[] =>
  fields === null
    ? ['', '', '', '']
    : [fields.totalFlashMb, fields.nonPxeMb, fields.backupMb, fields.osMb].map(
        (size) => `${size} MB`,
      );

/** All devices of a plan. */
export const orderPlansText = (devices: readonly OrderPlan[], reader: Reader): string => {
  const table = formatTable(
    TITLES.map((title) => ({ title: title[reader.language] })),
    devices.map((plan) => [
      ...[plan.name, diskText(plan), ...sizes(plan)],
      plan.reasons.map((reason) => reasonText(reason, reader)).join('; '),
    ]),
  );
  const cautions = devices.flatMap(({ name, isEligible, cautions: codes }) =>
    isEligible
      ? codes.map((code) => `! ${name}: ${CAUTIONS[code]?.[reader.language] ?? code}\n`)
      : [],
  );
  return `${table}${cautions.join('')}`;
};
