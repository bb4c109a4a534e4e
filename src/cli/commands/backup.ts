/** `nacre backup`: the partition from which a device images and repairs itself. */
import type { VerifyBackupReport } from '../../image/backup/backup-verify.ts';
import type { Generation } from '../../image/backup/generations.ts';
import type { Call, CommandSpec, FamilySpec, Outcome } from '../command.ts';
import { formatBytes, formatTable, formatTime, shortId } from '../format.ts';
import { readKeyFiles } from '../key-file.ts';
import type { Language, Phrase } from '../language.ts';
import { WORDS } from '../words.ts';
import { ARM, RESULT } from './backup-arm.ts';
import { FILL } from './backup-fill.ts';
import { KEEP } from './backup-keep.ts';
import { BACKUP_PARTITION, backupPartitionOf, generationDocument } from './backup-options.ts';
import { SECTOR_SIZE, sectorSizeOf, TRUST } from './shared-options.ts';

const CURRENT: Phrase = { en: 'current', ja: '現在' };
const VERIFIED: Phrase = { en: 'verified', ja: '検証済み' };
const COMPLETE: Phrase = { en: 'complete, not verified', ja: '完全(未検証)' };
const NONE: Phrase = { en: 'no generations\n', ja: '世代がありません\n' };
const STOPPED: Phrase = {
  en: 'nothing was changed; verifying only reads',
  ja: '何も変更していません。検証は読み取りだけを行います',
};

const stateOf = (generation: Generation, language: Language): string => {
  const { isCurrent, verified, problem } = generation;
  const state = problem ?? (verified ? VERIFIED : COMPLETE)[language];
  return isCurrent ? `${CURRENT[language]}, ${state}` : state;
};

const generationsText = (
  generations: readonly Generation[],
  freeBytes: number,
  language: Language,
): string => {
  const free: Phrase = {
    en: `${formatBytes(freeBytes)} free\n`,
    ja: `空き ${formatBytes(freeBytes)}\n`,
  };
  if (generations.length === 0) return NONE[language] + free[language];
  const titles = [WORDS.id, WORDS.name, WORDS.created, WORDS.size, WORDS.state];
  const table = formatTable(
    titles.map((title, index) => ({ title: title[language], isNumber: index === 3 })),
    generations.map((generation) => [
      shortId(generation.id),
      generation.name,
      generation.createdAt === '' ? '' : formatTime(generation.createdAt),
      formatBytes(generation.sizeBytes),
      stateOf(generation, language),
    ]),
  );
  return table + free[language];
};

const openBackupOfCall = async (call: Call) => {
  const { openBackupOf } = await import('../../image/backup/backup.ts');
  const [sectorSize, partition] = [sectorSizeOf(call), backupPartitionOf(call)];
  return openBackupOf({ path: call.parameter(0), sectorSize, partition });
};

const show = async (call: Call): Promise<Outcome> => {
  using backup = await openBackupOfCall(call);
  const generations = await backup.generations();
  const { freeBytes } = await backup.volume.space();
  return {
    json: { generations: generations.map(generationDocument), freeBytes },
    text: generationsText(generations, freeBytes, call.session.language),
  };
};

const damageText = ({ damaged }: VerifyBackupReport, language: Language): string => {
  if (damaged.length === 0) return '';
  const titles = [WORDS.id, WORDS.pack, WORDS.offset, WORDS.problem];
  return formatTable(
    titles.map((title, index) => ({ title: title[language], isNumber: index === 2 })),
    damaged.map(({ generation, pack, offset, reason }) => [
      shortId(generation),
      pack,
      String(offset),
      reason,
    ]),
  );
};

const verify = async (call: Call): Promise<Outcome> => {
  const { session } = call;
  const { verifyBackup } = await import('../../image/backup/backup-verify.ts');
  const trust = await readKeyFiles(call.list('trust'));
  using backup = await openBackupOfCall(call);
  session.whenStopped(STOPPED);
  const { signal, onProgress, language } = session;
  const report = await verifyBackup(backup, { trust, signal, onProgress });
  const { generations, freeBytes } = report;
  return {
    json: { ...report, generations: generations.map(generationDocument) },
    text: generationsText(generations, freeBytes, language) + damageText(report, language),
    exitCode: report.ok ? 0 : 1,
  };
};

const SHOW: CommandSpec = {
  name: 'show',
  parameters: '<DISK>',
  summary: {
    en: 'show the generations on a backup partition',
    ja: 'バックアップパーティションの世代を表示',
  },
  details: {
    en: 'Complete is what is found now; verified is what the last fill read back.',
    ja: '「完全」は現在の状態、「検証済み」は前回の書き込み時に読み戻した結果です。',
  },
  options: [BACKUP_PARTITION, SECTOR_SIZE],
  example: 'nacre backup show /dev/sda',
  run: show,
};

const VERIFY: CommandSpec = {
  name: 'verify',
  parameters: '<DISK>',
  summary: {
    en: 'read every chunk on a backup partition and prove it',
    ja: 'バックアップパーティションの全チャンクを読んで検証',
  },
  details: {
    en: 'Ends with 1 when a generation is damaged, not signed by a trusted key, or when there is none. Nothing is written.',
    ja: '世代が破損、信頼する鍵の署名がない、または世代がない場合は終了コード 1 です。書き込みはしません。',
  },
  options: [BACKUP_PARTITION, TRUST, SECTOR_SIZE],
  example: 'nacre backup verify /dev/sda --trust release.pub',
  run: verify,
};

export const BACKUP_FAMILY: FamilySpec = {
  name: 'backup',
  summary: {
    en: 'the partition from which a device repairs itself',
    ja: '装置が自己修復に使うパーティション',
  },
  commands: [FILL, SHOW, VERIFY, KEEP, ARM, RESULT],
};
