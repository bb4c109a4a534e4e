/** `nacre image restore`. */

import type { RestoreReport } from '../../image/restore.ts';
import type { RestorePlan } from '../../image/restore-plan.ts';
import type { Call, CommandSpec, Outcome } from '../command.ts';
import { confirmTarget } from '../confirm.ts';
import { formatBytes, shortId } from '../format.ts';
import { readKeyFiles } from '../key-file.ts';
import type { Language, Phrase } from '../language.ts';
import { partitionTable } from '../partition-text.ts';
import { planText } from '../plan-text.ts';
import { openStoreOf } from '../store-access.ts';
import {
  DRY_RUN,
  PLACED_PARTITION,
  placedPartitionsOf,
  SECTOR_SIZE,
  sectorSizeOf,
  TRUST,
  YES,
} from './shared-options.ts';

const STOPPED: Phrase = {
  en: 'the disk may hold a part of the image and is not usable yet; run the same command again: it writes only what is still missing',
  ja: 'ディスクにはイメージの一部だけが書かれている可能性があり、まだ使えません。もう一度実行すると残りだけを書き込みます',
};

const UNSIGNED: Phrase = { en: 'the image is not signed', ja: 'このイメージには署名がありません' };

const signatureText = ({ signedBy, trustedKey }: RestorePlan, language: Language): string => {
  if (signedBy.length === 0) return UNSIGNED[language];
  const keys = signedBy.join(', ');
  const isTrusted = trustedKey !== undefined;
  const phrase: Phrase = {
    en: isTrusted ? `signed by ${trustedKey} (trusted)` : `signed by ${keys} (not asked to trust)`,
    ja: isTrusted ? `${trustedKey} の署名(信頼済み)` : `${keys} の署名(信頼の指定なし)`,
  };
  return phrase[language];
};

const textOf = (report: RestoreReport, language: Language): string => {
  const written = formatBytes(report.writtenBytes);
  const unchanged = formatBytes(report.unchangedBytes);
  const verified = formatBytes(report.verifiedBytes);
  const summary: Phrase = {
    en: `${written} written, ${unchanged} unchanged, ${verified} read back and right`,
    ja: `書き込み ${written}、変更なし ${unchanged}、読み戻して確認 ${verified}`,
  };
  const trusted: Phrase = {
    en: `${formatBytes(report.trustedBytes)} not looked at (nacre image verify reads the whole disk)\n`,
    ja: `未確認 ${formatBytes(report.trustedBytes)} (ディスク全体の確認は nacre image verify)\n`,
  };
  const saved: Phrase = {
    en: `the old table is in ${report.savedTable} (nacre disk undo)\n`,
    ja: `元のテーブルは ${report.savedTable} にあります(nacre disk undo)\n`,
  };
  return [
    `${report.name}@${shortId(report.id)}\n`,
    `${summary[language]}\n`,
    report.trustedBytes === 0 ? '' : trusted[language],
    report.savedTable === null ? '' : saved[language],
    partitionTable(report.partitions, language),
  ].join('');
};

const overText = ({ over, trustedBytes }: RestorePlan, language: Language): string => {
  if (over === undefined) return '';
  const name = `${over.name}@${shortId(over.id)}`;
  const phrase: Phrase = {
    en: `\n${formatBytes(trustedBytes)} not looked at: the disk is said to hold ${name} unchanged`,
    ja: `\n${formatBytes(trustedBytes)} は確認しません: ディスクの内容は ${name} のままとみなします`,
  };
  return phrase[language];
};

const makePlan = async (call: Call): Promise<RestorePlan> => {
  const { planRestore } = await import('../../image/restore-plan.ts');
  const partitions = placedPartitionsOf(call);
  const sectorSize = sectorSizeOf(call);
  const trust = await readKeyFiles(call.list('trust'));
  return planRestore({
    store: await openStoreOf(call.session),
    image: call.parameter(0),
    path: call.parameter(1),
    partitions,
    grow: call.isSet('grow'),
    over: call.text('over'),
    trust,
    sectorSize,
  });
};

const restore = async (call: Call): Promise<Outcome> => {
  const { session } = call;
  const plan = await makePlan(call);
  const { before, after, lost, writeBytes, trustedBytes, signedBy, target } = plan;
  const { language } = session;
  const shown = `${planText(target, plan, language)}${signatureText(plan, language)}${overText(plan, language)}`;
  if (call.isSet('dryRun')) {
    return {
      json: { plan: { before, after, lost, writeBytes, trustedBytes, signedBy } },
      text: `${shown}\n`,
    };
  }
  session.note(shown);
  const path = call.parameter(1);
  const isBlockDevice = target.kind !== 'file';
  await confirmTarget(session, { path, isBlockDevice, serial: target.serial }, call.text('yes'));
  session.throwIfCancelled('restore');
  const [{ applyRestore }, { savedTableName }] = await Promise.all([
    import('../../image/restore.ts'),
    import('../../disk/saved-table.ts'),
  ]);
  session.whenStopped(STOPPED);
  const report = await applyRestore(plan, {
    savedTable: call.text('saveTable') ?? savedTableName(target.path, new Date()),
    noCompare: !call.isSet('compare'),
    signal: session.signal,
    onProgress: session.onProgress,
  });
  return { json: report, text: textOf(report, session.language) };
};

export const RESTORE: CommandSpec = {
  name: 'restore',
  parameters: '<IMAGE> <DISK>',
  summary: {
    en: 'make a disk hold an image: compare, write what differs, read it back',
    ja: 'ディスクをイメージの状態にする(比較し、違う所だけ書き、読み戻す)',
  },
  details: {
    en: 'Shows the plan and asks. On a larger disk partitions keep their places and the rest stays free. Naming partitions leaves the table alone. Running it twice, or after a power cut, is the same as running it once.',
    ja: '計画を表示して確認します。大きいディスクではパーティションの位置はそのままで、残りは空きになります。パーティションを指定するとテーブルは変更しません。二度実行しても、停電の後に実行しても、結果は一度の実行と同じです。',
  },
  options: [
    PLACED_PARTITION,
    {
      flags: '--grow',
      text: {
        en: 'enlarge the last partition that can grow, and its file system',
        ja: '拡大できる最後のパーティションとそのファイルシステムを広げる',
      },
    },
    {
      flags: '--no-compare',
      text: {
        en: 'write every block without looking at what is there',
        ja: '現在の内容を見ずにすべてのブロックを書く',
      },
    },
    {
      flags: '--over <IMAGE>',
      text: {
        en: 'the disk holds IMAGE unchanged: compare and write only what differs from it',
        ja: 'ディスクの内容は IMAGE のままとみなし、違う所だけを比較して書く',
      },
    },
    TRUST,
    {
      flags: '--save-table <FILE>',
      text: {
        en: 'where the old table is saved (default: ./DISKNAME-TIME.nacre-table)',
        ja: '元のテーブルの保存先(既定: ./DISKNAME-TIME.nacre-table)',
      },
    },
    SECTOR_SIZE,
    DRY_RUN,
    YES,
  ],
  example: 'nacre image restore lab-pc /dev/sdc --dry-run\nnacre image restore lab-pc /dev/sdc',
  run: restore,
};
