/** `nacre pxe status`: which devices asked, and what they were told. */
import os from 'node:os';
import type { ServiceRecord } from '../../pxe/service/service-record.ts';
import type { Sighting } from '../../pxe/sightings/sighting.ts';
import type { Call, CommandSpec, Outcome } from '../command.ts';
import { formatTable, formatTime } from '../format.ts';
import type { Language, Phrase } from '../language.ts';
import { ADVICE_WORDS } from '../pxe/advice-words.ts';
import { heardText, readHeardManager } from '../pxe/manager-word.ts';
import { ARCHITECTURE_WORDS, ASKED_WORDS } from '../pxe/reasons.ts';
import { answerText, merlinText, reasonText } from '../pxe/sighting-text.ts';
import { DATA, runningServiceOf } from './pxe-places.ts';

const COLUMNS: readonly Phrase[] = [
  { en: 'MAC address', ja: 'MAC アドレス' },
  { en: 'last seen', ja: '最終要求' },
  { en: 'machine', ja: '機種' },
  { en: 'asked by', ja: '要求元' },
  { en: 'answer', ja: '応答' },
  { en: 'why', ja: '理由' },
  { en: 'Merlin', ja: 'Merlin' },
];

const RUNNING: Phrase = { en: 'serving since', ja: '動作中:' };
const NOT_RUNNING: Phrase = {
  en: 'no service runs with this data folder',
  ja: 'このデータフォルダーのサービスは動いていません',
};

const MISSING: Phrase = {
  en: 'NOT SERVED NOW, this machine has no such address; served again when it is back',
  ja: '現在このアドレスはこの機械にないため提供していません。戻れば再開します',
};

type Places = readonly ServiceRecord['interfaces'][number][];

const placesText = (places: Places): string =>
  places.map(({ name, address }) => `${name} ${address}`).join(', ');

const serviceText = (
  running: ServiceRecord | undefined,
  missing: Places,
  language: Language,
): string => {
  if (running === undefined) return NOT_RUNNING[language];
  const lines = [
    `${RUNNING[language]} ${formatTime(running.startedAt)}: ${placesText(running.interfaces)}`,
    ...(missing.length === 0 ? [] : [`${MISSING[language]}: ${placesText(missing)}`]),
  ];
  return lines.join('\n');
};

const rowOf = (seen: Sighting, language: Language): readonly string[] => [
  seen.mac,
  formatTime(seen.lastSeen),
  seen.architecture === null ? '' : ARCHITECTURE_WORDS[seen.architecture],
  ASKED_WORDS[seen.asked][language],
  answerText(seen, language),
  reasonText(seen, language),
  merlinText(seen),
];

const devicesText = (devices: readonly Sighting[], language: Language): string => {
  if (devices.length === 0) return `${ADVICE_WORDS['nobody-seen'][language]}\n`;
  return formatTable(
    COLUMNS.map((title) => ({ title: title[language] })),
    devices.map((seen) => rowOf(seen, language)),
  );
};

const status = async (call: Call): Promise<Outcome> => {
  const { language } = call.session;
  const { readSightings } = await import('../../pxe/sightings/sighting-file.ts');
  const { paths, running } = await runningServiceOf(call);
  const { missingInterfaces } = await import('../../pxe/interfaces.ts');
  const devices = (await readSightings(paths.sightings)).toReversed();
  const manager = await readHeardManager(paths, running);
  const heard = manager === undefined ? '' : `${heardText(manager, language)}\n`;
  const missing = missingInterfaces(running?.interfaces ?? [], os.networkInterfaces());
  return {
    json: {
      service: running === undefined ? null : { ...running, missing },
      manager: manager ?? null,
      devices,
    },
    text: `${serviceText(running, missing, language)}\n${heard}${devicesText(devices, language)}`,
  };
};

export const STATUS: CommandSpec = {
  name: 'status',
  summary: {
    en: 'which devices asked to start, and what they were told',
    ja: '起動を要求した端末と、渡した応答を表示',
  },
  details: {
    en: 'Works without a running service too. Devices that the policy does not name are kept apart, so that made-up addresses push no others out.',
    ja: 'サービスが動いていなくても使えます。ポリシーにない端末は別枠で記録します。',
  },
  options: [DATA],
  example: 'nacre pxe status',
  run: status,
};
