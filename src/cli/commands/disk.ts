/** `nacre disk`: what disks there are, and putting a table back. */
import type { ShownDisk, ShownPartition } from '../../disk/disk-show.ts';
import type { Call, CommandSpec, FamilySpec, Outcome } from '../command.ts';
import { formatBytes, formatExactBytes, formatTable, printable } from '../format.ts';
import type { Language, Phrase } from '../language.ts';
import { partitionTable } from '../partition-text.ts';
import { WORDS } from '../words.ts';
import { UNDO } from './disk-undo.ts';
import { PLAN } from './layout.ts';
import { APPLY } from './layout-apply.ts';
import { SECTOR_SIZE, sectorSizeOf } from './shared-options.ts';

const GREATEST_DRAWING = 100;
const NO_TABLE: Phrase = { en: 'no partition table', ja: 'パーティションテーブルなし' };
const UNUSED: Phrase = { en: 'unused', ja: '未使用' };
const NOT_NOW: Phrase = { en: 'cannot be written now', ja: '今は書き込み不可' };
const NO_DISKS: Phrase = { en: 'no disks\n', ja: 'ディスクがありません\n' };

const partitionCells = (partition: ShownPartition): readonly string[] => [
  `  ${partition.number}`,
  formatBytes(partition.sizeBytes),
  partition.fileSystem,
  partition.name || partition.label,
  '',
  partition.state === 'clean' ? '' : partition.state,
];

const diskCells = (disk: ShownDisk): readonly string[] => [
  disk.path,
  formatBytes(disk.sizeBytes),
  disk.table,
  disk.model,
  disk.serial,
  [...disk.notWritable, ...disk.problems].join('; '),
];

const listText = (disks: readonly ShownDisk[], language: Language): string => {
  if (disks.length === 0) return NO_DISKS[language];
  const titles = [WORDS.device, WORDS.size, WORDS.type, WORDS.model, WORDS.serial, WORDS.state];
  return formatTable(
    titles.map((title, index) => ({ title: title[language], isNumber: index === 1 })),
    disks.flatMap((disk) => [diskCells(disk), ...disk.partitions.map(partitionCells)]),
  );
};

const list = async ({ session }: Call): Promise<Outcome> => {
  const { showDisks } = await import('../../disk/disk-show.ts');
  const disks = await showDisks();
  return { json: { disks }, text: listText(disks, session.language) };
};

const show = async (call: Call): Promise<Outcome> => {
  const { language, edge } = call.session;
  const [{ showDisk }, { drawDisk }] = await Promise.all([
    import('../../disk/disk-show.ts'),
    import('../../disk/disk-drawing.ts'),
  ]);
  const disk = await showDisk(call.parameter(0), { sectorSize: sectorSizeOf(call) });
  const width = Math.min(edge.stdout.columns ?? GREATEST_DRAWING, GREATEST_DRAWING);
  const drawing = drawDisk(disk, { width, unusedWord: UNUSED[language] });
  const head = [disk.path, disk.model, disk.serial, formatExactBytes(disk.sizeBytes)];
  head.push(disk.table === 'none' || disk.table === '' ? NO_TABLE[language] : disk.table);
  const warnings = [
    ...disk.notWritable.map((reason) => `${NOT_NOW[language]}: ${reason}`),
    ...disk.problems,
  ];
  const text = [
    `${head.filter((part) => part !== '').join('  ')}\n`,
    ...drawing.map((line) => `${line}\n`),
    disk.partitions.length > 0 ? partitionTable(disk.partitions, language) : '',
    ...warnings.map((line) => `${line}\n`),
  ];
  return { json: { disks: [disk] }, text: printable(text.join('')) };
};

const LIST: CommandSpec = {
  name: 'list',
  summary: { en: 'list the disks of this machine', ja: 'この機械のディスクの一覧' },
  details: {
    en: 'For each disk its partitions, file systems, and why it may not be written.',
    ja: '各ディスクのパーティション、ファイルシステム、書き込めない理由を示します。',
  },
  example: 'nacre disk list --json',
  run: list,
};

const SHOW: CommandSpec = {
  name: 'show',
  parameters: '<DISK>',
  summary: { en: 'draw one disk to scale', ja: '1つのディスクを縮尺どおりに描く' },
  options: [SECTOR_SIZE],
  example: 'nacre disk show /dev/sdb',
  run: show,
};

export const DISK_FAMILY: FamilySpec = {
  name: 'disk',
  summary: { en: 'disks and their partition tables', ja: 'ディスクとパーティションテーブル' },
  commands: [LIST, SHOW, PLAN, APPLY, UNDO],
};
