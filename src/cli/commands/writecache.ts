/** `nacre writecache`: where the writes of a Linux image go, and whether they stay. */
import type { WriteCacheMode } from '../../codec/write-cache-record.ts';
import { NacreError } from '../../errors.ts';
import type { WriteCacheFacts, WriteCacheLevel } from '../../image/write-cache/read-write-cache.ts';
import type { Call, CommandSpec, FamilySpec, Outcome } from '../command.ts';
import { confirmTarget } from '../confirm.ts';
import { formatBytes } from '../format.ts';
import type { Language, Phrase } from '../language.ts';
import { SECTOR_SIZE, sectorSizeOf, YES } from './shared-options.ts';

const MODES: Readonly<Record<WriteCacheMode, Phrase>> = {
  restore: {
    en: 'restore mode: changes are dropped at the next start',
    ja: '復元モード: 変更は次の起動時に破棄されます',
  },
  'non-restore': {
    en: 'non-restore mode: changes are kept',
    ja: '非復元モード: 変更は保持されます',
  },
};

const WARNINGS: Readonly<Record<WriteCacheLevel, Phrase | undefined>> = {
  ok: undefined,
  filling: { en: 'warning: 80 % full', ja: '警告: 使用率が 80 % に達しました' },
  'nearly-full': {
    en: 'warning: 95 % full; what does not fit is lost',
    ja: '警告: 使用率が 95 % に達しました。入りきらない書き込みは失われます',
  },
  full: {
    en: 'changes are not whole, and cannot be made a new version',
    ja: '変更は完全ではなく、新しいバージョンにできません',
  },
};

const MERGING: Phrase = {
  en: 'a merge into the OS partition was interrupted: run it again',
  ja: 'OS パーティションへの統合が中断されています。もう一度実行してください',
};

const numbersText = (facts: WriteCacheFacts, language: Language): string => {
  const { usedBytes, totalBytes, changedChunks, chunkBytes, base, store } = facts;
  const percent = Math.round((100 * usedBytes) / totalBytes);
  const sizes = [formatBytes(usedBytes), formatBytes(totalBytes)];
  const text: Phrase = {
    en: `${sizes[0]} of ${sizes[1]} used (${percent} %), ${changedChunks} changed chunks of ${formatBytes(chunkBytes)}\nOS on partition ${base.number}, write cache on partition ${store.number}\n`,
    ja: `${sizes[1]} のうち ${sizes[0]} を使用(${percent} %)、変更チャンク ${changedChunks} 個(各 ${formatBytes(chunkBytes)})\nOS はパーティション ${base.number}、書き込みキャッシュはパーティション ${store.number}\n`,
  };
  return text[language];
};

const factsText = (facts: WriteCacheFacts, level: WriteCacheLevel, language: Language): string => {
  const warning = WARNINGS[level]?.[language];
  const problem = facts.problem === undefined ? '' : ` (${facts.problem})`;
  return [
    `${MODES[facts.mode][language]}\n`,
    numbersText(facts, language),
    warning === undefined ? '' : `${warning}${problem}\n`,
    facts.merging ? `${MERGING[language]}\n` : '',
  ].join('');
};

/** The disk that was named, else the one that the OS runs from. @throws NacreError AGENT_NO_DISK */
const choiceOf = async (call: Call, named: string | undefined) => {
  const { findOwnDisk } = await import('../../agent/facts/own-disk.ts');
  const path = named ?? (await findOwnDisk({ disk: undefined }));
  if (path === undefined)
    throw new NacreError('AGENT_NO_DISK', { reason: 'the OS runs from none, or from several' });
  return { path, sectorSize: sectorSizeOf(call) };
};

const factsOf = async (choice: {
  readonly path: string;
  readonly sectorSize?: number | undefined;
}) => {
  const { readWriteCache } = await import('../../image/write-cache/read-write-cache.ts');
  const facts = await readWriteCache(choice);
  if (facts === undefined) throw new NacreError('WRITE_CACHE_NOT_FOUND', { path: choice.path });
  return facts;
};

const outcomeOf = async (facts: WriteCacheFacts, language: Language): Promise<Outcome> => {
  const { writeCacheLevel } = await import('../../image/write-cache/read-write-cache.ts');
  const level = writeCacheLevel(facts);
  const { problem = null, ...others } = facts;
  const json = { ...others, problem, level, restoreMode: facts.mode === 'restore' };
  return { json, text: factsText(facts, level, language) };
};

const show = async (call: Call): Promise<Outcome> =>
  outcomeOf(await factsOf(await choiceOf(call, call.optionalParameter(0))), call.session.language);

const modeOf = (value: string): WriteCacheMode => {
  if (value === 'on') return 'restore';
  if (value === 'off') return 'non-restore';
  throw new NacreError('CLI_BAD_VALUE', { what: 'restore-mode', value, expected: 'on | off' });
};

const willBeLost = ({ changedChunks, chunkBytes }: WriteCacheFacts, language: Language): string => {
  const size = formatBytes(changedChunks * chunkBytes);
  const text: Phrase = {
    en: `${size} of changes will be dropped at the next start\n`,
    ja: `${size} の変更が次の起動時に破棄されます\n`,
  };
  return text[language];
};

const setMode = async (call: Call): Promise<Outcome> => {
  const { session } = call;
  const mode = modeOf(call.parameter(0));
  const choice = await choiceOf(call, call.optionalParameter(1));
  const [{ setWriteCacheMode }, { inspectDisk }] = await Promise.all([
    import('../../image/write-cache/read-write-cache.ts'),
    import('../../disk/device.ts'),
  ]);
  const before = await factsOf(choice);
  if (mode === 'restore' && before.mode !== 'restore' && before.changedChunks > 0) {
    session.note(willBeLost(before, session.language));
    const { kind, serial } = await inspectDisk(choice.path);
    const target = { path: choice.path, isBlockDevice: kind !== 'file', serial };
    await confirmTarget(session, target, call.text('yes'));
  }
  session.throwIfCancelled('writecache');
  await setWriteCacheMode(choice, mode);
  return outcomeOf(await factsOf(choice), session.language);
};

const SHOW: CommandSpec = {
  name: 'show',
  parameters: '[DISK]',
  summary: {
    en: 'show mode and fill level of the write cache',
    ja: '書き込みキャッシュのモードと使用量を表示',
  },
  details: {
    en: 'Read from the disk itself, in the running system too; without DISK the one that the OS runs from. Warnings from 80 and 95 %.',
    ja: 'ディスクから直接読み取ります(動作中のシステムでも可)。DISK を省くと OS のディスクです。80 % と 95 % で警告します。',
  },
  options: [SECTOR_SIZE],
  example: 'nacre writecache show',
  run: show,
};

const RESTORE_MODE: CommandSpec = {
  name: 'restore-mode',
  parameters: '<on|off> [DISK]',
  summary: {
    en: 'drop what is written at each start (on), or keep it (off)',
    ja: '起動ごとに変更を破棄する(on)か、保持する(off)か',
  },
  details: {
    en: 'Takes effect at the next start: what was written since the last one is kept after "off" and dropped after "on", which asks when it was to be kept until now.',
    ja: '次の起動から有効です。前回の起動以降の変更は、off なら保持され、on なら破棄されます。保持中の変更がある場合、on は確認を求めます。',
  },
  options: [SECTOR_SIZE, YES],
  example: 'nacre writecache restore-mode off',
  run: setMode,
};

export const WRITECACHE_FAMILY: FamilySpec = {
  name: 'writecache',
  summary: {
    en: 'where the writes of a Linux image go, and whether they stay',
    ja: 'Linux イメージの書き込み先と、それを残すかどうか',
  },
  commands: [SHOW, RESTORE_MODE],
};
