/** `nacre image capture`. */
import { MACHINE_LENGTH, MACHINE_LIMIT } from '../../codec/manifest-text.ts';
import { NacreError } from '../../errors.ts';
import type { CaptureReport } from '../../image/capture.ts';
import type { ImageStore } from '../../image/store/store.ts';
import type { Call, CommandSpec, Outcome } from '../command.ts';
import { creatorName } from '../creator.ts';
import { formatBytes, formatTime, shortId } from '../format.ts';
import { readKeyFile } from '../key-file.ts';
import type { Language, Phrase } from '../language.ts';
import { partitionTable } from '../partition-text.ts';
import { partitionNumber, SECTOR_SIZE, sectorSizeOf } from './shared-options.ts';

const GREATEST_LEVEL = 19;

const STOPPED: Phrase = {
  en: 'nothing was published, the store is as it was; run the command again to capture',
  ja: '何も公開されておらず、保存先は元のままです。もう一度実行すると取り込めます',
};

const parentOf = async (
  store: ImageStore,
  wanted: string | undefined,
): Promise<string | null | undefined> => {
  if (wanted === undefined) return undefined;
  return wanted === 'none' ? null : (await store.resolve(wanted)).id;
};

const summaryOf = (report: CaptureReport): Phrase => {
  const used = formatBytes(report.usedBytes);
  const disk = formatBytes(report.diskBytes);
  const stored = formatBytes(report.storedBytes);
  const { newChunks, reusedChunks } = report;
  return {
    en: `${used} used of ${disk}; ${stored} stored (${newChunks} new chunks, ${reusedChunks} known)`,
    ja: `${disk} 中 ${used} を使用、${stored} を保存(新規チャンク ${newChunks}、既存 ${reusedChunks})`,
  };
};

const skippedOf = (bytes: number): Phrase => ({
  en: `${bytes} bytes could not be read and are gaps in the image\n`,
  ja: `${bytes} バイトを読めず、イメージの欠落として記録しました\n`,
});

const textOf = (report: CaptureReport, language: Language): string => {
  const parent = report.parent === null ? '' : `  <- ${shortId(report.parent)}`;
  const skipped = report.skippedBytes > 0 ? skippedOf(report.skippedBytes)[language] : '';
  return [
    `${report.name}@${shortId(report.id)}${parent}  ${formatTime(report.createdAt)}\n`,
    `${summaryOf(report)[language]}\n`,
    skipped,
    partitionTable(report.partitions, language),
  ].join('');
};

/** Checked before the disk is read. @throws NacreError CLI_BAD_VALUE */
const machinesOf = (call: Call): readonly string[] | undefined => {
  const machines = call.list('machine');
  const bad = machines.find((name) => name === '' || name.length > MACHINE_LENGTH);
  if (bad === undefined && machines.length <= MACHINE_LIMIT)
    return machines.length > 0 ? machines : undefined;
  const expected = `1 to ${MACHINE_LENGTH} characters, at most ${MACHINE_LIMIT} times`;
  throw new NacreError('CLI_BAD_VALUE', { what: '--machine', value: bad ?? 'more', expected });
};

const capture = async (call: Call): Promise<Outcome> => {
  const { session } = call;
  const [{ captureImage }, { openStore }] = await Promise.all([
    import('../../image/capture.ts'),
    import('../../image/store/store.ts'),
  ]);
  const level = call.number('level', 1, GREATEST_LEVEL);
  const partitions = call.list('partition').map(partitionNumber);
  const machines = machinesOf(call);
  const sectorSize = sectorSizeOf(call);
  const signingKey = await readKeyFile(call.text('sign'));
  const store = await openStore(session.store, { create: true });
  session.whenStopped(STOPPED);
  const report = await captureImage({
    store,
    path: call.parameter(0),
    name: call.parameter(1),
    parent: await parentOf(store, call.text('parent')),
    partitions: partitions.length > 0 ? partitions : undefined,
    comment: call.text('comment'),
    title: call.text('title'),
    machines,
    creator: creatorName(),
    level,
    signingKey,
    forceRaw: call.isSet('forceRaw'),
    skipBad: call.isSet('skipBad'),
    sectorSize,
    signal: session.signal,
    onProgress: session.onProgress,
  });
  return { json: report, text: textOf(report, session.language) };
};

export const CAPTURE: CommandSpec = {
  name: 'capture',
  parameters: '<DISK> <NAME>',
  summary: {
    en: 'capture the used blocks of a disk as a new version',
    ja: 'ディスクの使用ブロックを新しいバージョンとして取り込む',
  },
  details: {
    en: 'DISK is a block device or a raw disk image file. The new version becomes latest; only chunks that the store does not have are stored. Volumes that are mounted, dirty or hibernated are refused with the way out.',
    ja: 'DISK はブロックデバイスまたは raw ディスクイメージファイルです。新しいバージョンが latest になり、保存先にないチャンクだけが保存されます。マウント中、未整理、休止状態のボリュームは対処方法を示して拒否します。',
  },
  options: [
    {
      flags: '--parent <IMAGE>',
      text: {
        en: 'version it follows, or none (default: latest, when there is one)',
        ja: '元になるバージョン、または none(既定: latest があればそれ)',
      },
    },
    {
      flags: '--partition <N>',
      text: { en: 'only this partition; repeatable', ja: 'このパーティションだけ(複数指定可)' },
      isRepeatable: true,
    },
    { flags: '--comment <TEXT>', text: { en: 'comment of the version', ja: 'バージョンの説明' } },
    {
      flags: '--title <TEXT>',
      text: { en: 'title of the image, any characters', ja: 'イメージの表示名(文字は自由)' },
    },
    {
      flags: '--machine <NAME>',
      text: {
        en: 'machine it is for, as Merlin shows it (product, with or without maker); repeatable (default: as the version before)',
        ja: '対象の機種。Merlin の表示どおり(製品名、メーカー名は省略可)。複数指定可(既定: 前のバージョンと同じ)',
      },
      isRepeatable: true,
    },
    {
      flags: '--level <N>',
      text: {
        en: 'compression, 1 (fast) to 19 (small) (default: 1, and 5 for a difference)',
        ja: '圧縮レベル。1(高速)から 19(高圧縮)。既定は 1、差分は 5',
      },
    },
    {
      flags: '--sign <KEY>',
      text: {
        en: 'sign with this private key (PEM file)',
        ja: 'この秘密鍵(PEM ファイル)で署名する',
      },
    },
    {
      flags: '--force-raw',
      text: {
        en: 'take every block of a volume whose used-block map cannot be trusted',
        ja: '使用ブロック表を信用できないボリュームは全ブロックを取り込む',
      },
    },
    {
      flags: '--skip-bad',
      text: {
        en: 'record unreadable blocks as gaps instead of failing',
        ja: '読めないブロックを失敗とせず欠落として記録する',
      },
    },
    SECTOR_SIZE,
  ],
  example: 'nacre image capture /dev/sdb lab-pc --comment "after updates"',
  run: capture,
};
