/** What the commands for devices print. */
import type { Device } from '../../manager/devices/device.ts';
import { formatTable, formatTime, shortId } from '../format.ts';
import type { Language, Phrase } from '../language.ts';
import { WORDS } from '../words.ts';

/** For the help of commands that take one. */
export const DEVICE: Phrase = {
  en: 'DEVICE is a name, serial, UUID or MAC address, or 8 or more digits of id or fingerprint.',
  ja: 'DEVICE には名前、シリアル番号、UUID、MAC アドレス、または ID か指紋の先頭 8 桁以上を指定します。',
};

const COLUMNS: readonly Phrase[] = [
  WORDS.name,
  WORDS.state,
  { en: 'fingerprint', ja: '指紋' },
  WORDS.serial,
  { en: 'MAC address', ja: 'MAC アドレス' },
  { en: 'groups', ja: 'グループ' },
  { en: 'last seen', ja: '最終接続' },
  { en: 'same as', ja: '重複' },
];

const STATES: Readonly<Record<Device['state'], Phrase>> = {
  pending: { en: 'pending', ja: '承認待ち' },
  approved: { en: 'approved', ja: '承認済み' },
  held: { en: 'held', ja: '保留' },
  revoked: { en: 'revoked', ja: '失効' },
};

const rowOf = (device: Device, language: Language): readonly string[] => [
  device.name,
  STATES[device.state][language],
  device.fingerprint === null ? '' : shortId(device.fingerprint),
  device.serial ?? '',
  device.macs[0] ?? '',
  device.groups.join(' '),
  formatTime(device.lastSeenAt),
  [...new Set(device.conflicts.map(({ name }) => name))].join(' '),
];

export const devicesText = (devices: readonly Device[], language: Language): string =>
  formatTable(
    COLUMNS.map((title) => ({ title: title[language] })),
    devices.map((device) => rowOf(device, language)),
  );

const LINES: readonly (readonly [Phrase, (device: Device) => string])[] = [
  [WORDS.id, ({ id }) => id],
  [{ en: 'fingerprint', ja: '指紋' }, ({ fingerprint }) => fingerprint ?? ''],
  [{ en: 'UUID', ja: 'UUID' }, ({ uuid }) => uuid ?? ''],
  [WORDS.serial, ({ serial }) => serial ?? ''],
  [{ en: 'disk serial', ja: 'ディスクのシリアル番号' }, ({ diskSerial }) => diskSerial ?? ''],
  [{ en: 'MAC addresses', ja: 'MAC アドレス' }, ({ macs }) => macs.join(' ')],
  [{ en: 'groups', ja: 'グループ' }, ({ groups }) => groups.join(' ')],
  [{ en: 'tags', ja: 'タグ' }, ({ tags }) => tags.join(' ')],
  [{ en: 'note', ja: 'メモ' }, ({ note }) => note],
  [{ en: 'first seen', ja: '初回接続' }, ({ firstSeenAt }) => formatTime(firstSeenAt)],
  [{ en: 'last seen', ja: '最終接続' }, ({ lastSeenAt }) => formatTime(lastSeenAt)],
  [{ en: 'decided by', ja: '判断' }, ({ decidedBy }) => decidedBy ?? ''],
  [{ en: 'backup image', ja: 'バックアップ' }, ({ backImageVer }) => backImageVer ?? ''],
];

const SAME: Phrase = {
  en: 'same {hint} as {name}: {value}',
  ja: '{name} と {hint} が同じ: {value}',
};

/** One device, a line for each thing that is known. */
export const deviceText = (device: Device, language: Language): string => {
  const lines = LINES.flatMap(([title, read]) => {
    const value = read(device);
    return value === '' ? [] : [`  ${title[language]}: ${value}`];
  });
  const conflicts = device.conflicts.map(
    ({ hint, name, value }) =>
      `  ! ${SAME[language].replace('{hint}', hint).replace('{name}', name).replace('{value}', value)}`,
  );
  return `${[`${device.name}  ${STATES[device.state][language]}`, ...lines, ...conflicts].join('\n')}\n`;
};
