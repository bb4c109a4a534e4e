/** `nacre device inventory` and `device history`. */
import type * as z from 'zod';
import type { deviceReportShape } from '../../manager/http/shapes/device-reports.ts';
import type { Call, CommandSpec, Outcome } from '../command.ts';
import { formatBytes, formatTable, formatTime, shortId } from '../format.ts';
import type { Language, Phrase } from '../language.ts';
import { at } from '../manager/api-path.ts';
import { findDevice } from '../manager/find-device.ts';
import { CLIENT_OPTIONS, openClient } from '../manager/open-client.ts';
import { WORDS } from '../words.ts';
import { DEVICE } from './device-words.ts';

const shapes = () => import('../../manager/http/shapes/device-reports.ts');

type Report = z.output<typeof deviceReportShape>;

const LINES: readonly (readonly [Phrase, (report: Report) => string])[] = [
  [{ en: 'last check-in', ja: '最終チェックイン' }, ({ checkedInAt }) => formatTime(checkedInAt)],
  [{ en: 'address', ja: 'アドレス' }, ({ address }) => address],
  [{ en: 'agent', ja: 'エージェント' }, ({ release, runsIn }) => `${release} (${runsIn})`],
  [
    { en: 'machine', ja: '機種' },
    ({ inventory: { machine } }) => `${machine.maker} ${machine.product} ${machine.serial}`.trim(),
  ],
  [{ en: 'OS', ja: 'OS' }, ({ inventory: { os } }) => `${os.name} ${os.kernel}`.trim()],
  [{ en: 'memory', ja: 'メモリー' }, ({ inventory }) => formatBytes(inventory.memoryBytes)],
  [
    { en: 'starts from', ja: '起動順' },
    ({ inventory: { boot } }) =>
      `${boot.first} (${boot.firmware}${boot.hasSecureBoot ? ', Secure Boot' : ''})`,
  ],
  [{ en: 'time zone', ja: 'タイムゾーン' }, ({ inventory }) => inventory.timeZone],
  [
    { en: '! its clock is wrong by', ja: '! 時計のずれ' },
    ({ clockAheadSeconds: ahead }) => (ahead === null ? '' : `${ahead} s`),
  ],
  [
    { en: 'boot decision block', ja: '起動判定ブロック' },
    ({ block }) => (block === null ? '' : `${block.mode}${block.isDirty ? ' (dirty)' : ''}`),
  ],
];

const GENERATIONS: readonly Phrase[] = [
  { en: 'in the backup partition', ja: 'バックアップ' },
  WORDS.size,
  { en: 'complete', ja: '完全' },
  { en: 'verified', ja: '検証済み' },
];
const YES: Phrase = { en: 'yes', ja: 'はい' };

const partitionRows = ({ inventory }: Report): string[][] =>
  inventory.disks.flatMap((disk) => [
    [disk.path, disk.model, disk.serial, formatBytes(disk.sizeBytes), ''],
    ...disk.partitions.map((each) => [
      `  ${each.number}`,
      each.role,
      each.name,
      formatBytes(each.sizeBytes),
      each.fileSystem,
    ]),
  ]);

const reportText = (report: Report, language: Language): string => {
  const lines = LINES.flatMap(([title, read]) => {
    const value = read(report);
    return value === '' ? [] : [`  ${title[language]}: ${value}\n`];
  });
  const titled = (titles: readonly Phrase[]) => titles.map((each) => ({ title: each[language] }));
  const columns = [WORDS.disk, WORDS.model, WORDS.serial, WORDS.size, WORDS.fileSystem];
  const yes = (is: boolean): string => (is ? YES[language] : '');
  const generations = (report.backup?.generations ?? []).map((each) => [
    `${each.image.name}@${shortId(each.image.id)}`,
    formatBytes(each.sizeBytes),
    ...[yes(each.isComplete), yes(each.isVerified)],
  ]);
  const disks = formatTable(titled(columns), partitionRows(report));
  const backup = report.backup === null ? '' : formatTable(titled(GENERATIONS), generations);
  return `${lines.join('')}${disks}${backup}`;
};

const inventory = async (call: Call): Promise<Outcome> => {
  const client = await openClient(call);
  const { id, name } = await findDevice(client, call.parameter(0));
  const { deviceReportShape } = await shapes();
  const wish = { method: 'GET', path: at('devices', id, 'inventory') } as const;
  const report = await client.ask(wish, deviceReportShape);
  return { json: report, text: `${name}\n${reportText(report, call.session.language)}` };
};

const COLUMNS: readonly Phrase[] = [
  WORDS.time,
  { en: 'what', ja: '対象' },
  { en: 'event', ja: '出来事' },
  { en: 'by', ja: '実行者' },
  { en: 'result', ja: '結果' },
];

const history = async (call: Call): Promise<Outcome> => {
  const client = await openClient(call);
  const { id } = await findDevice(client, call.parameter(0));
  const { historyItem } = await shapes();
  const items = await client.list(at('devices', id, 'history'), historyItem);
  const { language } = call.session;
  const rows = items.map((item) => [
    ...[formatTime(item.at), `${item.kind} ${shortId(item.subject)}`, item.action, item.actor],
    [item.code ?? '', item.message].filter(Boolean).join(': '),
  ]);
  const columns = COLUMNS.map((title) => ({ title: title[language] }));
  return { json: { items }, text: formatTable(columns, rows) };
};

export const INVENTORY: CommandSpec = {
  name: 'inventory',
  parameters: '<DEVICE>',
  summary: {
    en: 'hardware, disks and backup partition of a device',
    ja: '端末の構成とバックアップ',
  },
  details: {
    en: `As its agent said at its last check-in. ${DEVICE.en}`,
    ja: `最後のチェックイン時の内容です。${DEVICE.ja}`,
  },
  options: [...CLIENT_OPTIONS],
  example: 'nacre device inventory lab-pc-07',
  run: inventory,
};

export const HISTORY: CommandSpec = {
  name: 'history',
  parameters: '<DEVICE>',
  summary: { en: 'what happened to a device', ja: '端末の履歴' },
  details: {
    en: `What people decided of it, and what its jobs did; the newest first. ${DEVICE.en}`,
    ja: `判断と作業の記録を新しい順に表示します。${DEVICE.ja}`,
  },
  options: [...CLIENT_OPTIONS],
  example: 'nacre device history lab-pc-07',
  run: history,
};
