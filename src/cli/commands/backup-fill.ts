/** `nacre backup fill`: an image of the store goes onto the backup partition of a disk. */
import type { FillReport } from '../../image/backup/fill.ts';
import type { FillPlan } from '../../image/backup/fill-plan.ts';
import type { Call, CommandSpec, Outcome } from '../command.ts';
import { confirmTarget } from '../confirm.ts';
import { formatBytes, shortId } from '../format.ts';
import { readKeyFiles } from '../key-file.ts';
import type { Language, Phrase } from '../language.ts';
import { planText } from '../plan-text.ts';
import { openStoreOf } from '../store-access.ts';
import { BACKUP_PARTITION, backupPartitionOf, generationDocument } from './backup-options.ts';
import { DRY_RUN, SECTOR_SIZE, sectorSizeOf, TRUST, YES } from './shared-options.ts';

const STOPPED: Phrase = {
  en: 'the generation that was current can still be restored unless the plan gave it up; run the same command again: what was copied and verified stays',
  ja: '計画で手放した場合を除き、これまでの世代は復元できます。もう一度実行してください。検証済みの部分は再利用されます',
};

const makePlan = async (call: Call): Promise<FillPlan> => {
  const { planFill } = await import('../../image/backup/fill-plan.ts');
  return planFill({
    partition: backupPartitionOf(call),
    sectorSize: sectorSizeOf(call),
    trust: await readKeyFiles(call.list('trust')),
    source: await openStoreOf(call.session),
    image: call.parameter(0),
    path: call.parameter(1),
    replaceOld: call.isSet('replaceOld'),
  });
};

const roomText = (plan: FillPlan, language: Language): string => {
  const [needed, free] = [formatBytes(plan.neededBytes), formatBytes(plan.availableBytes)];
  const phrase: Phrase = {
    en: `partition ${plan.place.number} needs ${needed}, ${free} are free for it`,
    ja: `パーティション ${plan.place.number} に ${needed} 必要です。使える空きは ${free} です`,
  };
  return phrase[language];
};

const reportText = (report: FillReport, language: Language): string => {
  const [copied, verified] = [formatBytes(report.copiedBytes), formatBytes(report.verifiedBytes)];
  const phrase: Phrase = {
    en: `${report.name}@${shortId(report.id)} is current: ${copied} copied, ${verified} read back and right, ${formatBytes(report.freeBytes)} free\n`,
    ja: `${report.name}@${shortId(report.id)} が現在の世代です: コピー ${copied}、読み戻して確認 ${verified}、空き ${formatBytes(report.freeBytes)}\n`,
  };
  return phrase[language];
};

const fill = async (call: Call): Promise<Outcome> => {
  const { session } = call;
  const { language } = session;
  const limitBytesPerSecond = call.number('limit', 1, Number.MAX_SAFE_INTEGER);
  const plan = await makePlan(call);
  const { before, after, lost, writeBytes, neededBytes, availableBytes, place } = plan;
  const shown = `${planText(place.disk, plan, language)}${roomText(plan, language)}`;
  if (call.isSet('dryRun')) {
    const document = { before, after, lost, writeBytes, neededBytes, availableBytes };
    return { json: { plan: document }, text: `${shown}\n` };
  }
  session.note(shown);
  const isBlockDevice = place.disk.kind !== 'file';
  const target = { path: call.parameter(1), isBlockDevice, serial: place.disk.serial };
  await confirmTarget(session, target, call.text('yes'));
  session.throwIfCancelled('fill');
  const [{ applyFill }, { native }] = await Promise.all([
    import('../../image/backup/fill.ts'),
    import('../../disk/native.ts'),
  ]);
  session.whenStopped(STOPPED);
  // The device is in use meanwhile.
  native.lowerIoPriority();
  const { signal, onProgress } = session;
  const report = await applyFill(plan, { limitBytesPerSecond, signal, onProgress });
  const generations = report.generations.map(generationDocument);
  return { json: { ...report, generations }, text: reportText(report, language) };
};

export const FILL: CommandSpec = {
  name: 'fill',
  parameters: '<IMAGE> <DISK>',
  summary: {
    en: 'put an image onto the backup partition of a disk',
    ja: 'イメージをディスクのバックアップパーティションに書き込む',
  },
  details: {
    en: 'Copies only what no pack on the partition has, reads everything back, and makes the image current when all of it is right. The old generation stays usable until then. Run again after any stop, it goes on where it ended.',
    ja: 'パーティションにない部分だけをコピーし、すべて読み戻して正しいと確かめてから現在の世代にします。それまで古い世代は使えます。中断後にもう一度実行すると続きから行います。',
  },
  options: [
    {
      flags: '--replace-old',
      text: {
        en: 'give the old generation up where there is no room for both',
        ja: '両方の空きがなければ古い世代を手放す',
      },
    },
    BACKUP_PARTITION,
    {
      flags: '--limit <BYTES>',
      text: {
        en: 'read and write at most so many bytes a second',
        ja: '1秒あたりに読み書きするバイト数の上限',
      },
    },
    TRUST,
    SECTOR_SIZE,
    DRY_RUN,
    YES,
  ],
  example:
    'nacre backup fill lab-pc /dev/sda --dry-run\nnacre backup fill lab-pc /dev/sda --limit 20000000',
  run: fill,
};
