/** `nacre store`: the folder in which images lie. */
import { isS3Address } from '../../image/s3/s3-address.ts';
import type { StoreCheckReport } from '../../image/store/store-check.ts';
import type { GcReport } from '../../image/store/store-gc.ts';
import type { SyncReport } from '../../image/store/store-sync.ts';
import type { Call, CommandSpec, FamilySpec, Outcome } from '../command.ts';
import { formatBytes, formatTable } from '../format.ts';
import type { Language, Phrase } from '../language.ts';
import { openStoreOf, storeOptionsOf } from '../store-access.ts';
import { WORDS } from '../words.ts';
import { DRY_RUN } from './shared-options.ts';
import { SPACE } from './store-space.ts';

const CHECK_STOPPED: Phrase = {
  en: 'nothing was changed; checking only reads',
  ja: '何も変更していません。検査は読み取りだけを行います',
};

const SYNC_STOPPED: Phrase = {
  en: 'what was copied whole stays; run the same command again to copy the rest',
  ja: '完全にコピーされたものは残ります。もう一度実行すると残りをコピーします',
};

const checkText = (report: StoreCheckReport, language: Language): string => {
  const { versions, packs, checkedChunks, problems } = report;
  const summary: Phrase = {
    en: `${versions} versions, ${packs} packs, ${checkedChunks} chunks checked; ${problems.length} problems\n`,
    ja: `バージョン ${versions}、パック ${packs}、検査したチャンク ${checkedChunks}、問題 ${problems.length} 件\n`,
  };
  if (problems.length === 0) return summary[language];
  const titles = [WORDS.problem, WORDS.path, WORDS.comment];
  const table = formatTable(
    titles.map((title) => ({ title: title[language] })),
    problems.map(({ code, path, message }) => [code, path, message]),
  );
  return summary[language] + table;
};

const check = async (call: Call): Promise<Outcome> => {
  const { session } = call;
  const store = await openStoreOf(session);
  session.whenStopped(CHECK_STOPPED);
  const { signal, onProgress } = session;
  const report = await store.check({ deep: !call.isSet('shallow'), signal, onProgress });
  return {
    json: report,
    text: checkText(report, session.language),
    exitCode: report.ok ? 0 : 1,
  };
};

/** What a collection did, or would do. */
export const gcText = (
  { freedBytes, deletedVersions, deletedPacks, rewrittenPacks }: GcReport,
  dryRun: boolean,
): Phrase => {
  const freed = formatBytes(freedBytes);
  return {
    en: `${dryRun ? 'would free' : 'freed'} ${freed}: ${deletedVersions} versions and ${deletedPacks} packs deleted, ${rewrittenPacks} packs rewritten\n`,
    ja: `${freed} を解放${dryRun ? 'できます' : 'しました'}: バージョン ${deletedVersions}、パック ${deletedPacks} を削除、パック ${rewrittenPacks} を書き直し\n`,
  };
};

const gc = async (call: Call): Promise<Outcome> => {
  const dryRun = call.isSet('dryRun');
  const report = await (await openStoreOf(call.session)).gc({ dryRun });
  return { json: { ...report, dryRun }, text: call.session.text(gcText(report, dryRun)) };
};

const syncText = ({ versions, packs, bytes, damagedPacks }: SyncReport): Phrase => {
  const size = formatBytes(bytes);
  const damaged = damagedPacks.map((pack) => `${pack}\n`).join('');
  const left = damagedPacks.length > 0;
  return {
    en: `${versions} versions and ${packs} packs copied (${size})\n${left ? `damaged packs of TO that FROM does not have:\n${damaged}` : ''}`,
    ja: `バージョン ${versions}、パック ${packs}(${size})をコピーしました\n${left ? `FROM にない TO の破損パック:\n${damaged}` : ''}`,
  };
};

const sync = async (call: Call): Promise<Outcome> => {
  const { session } = call;
  const { openStore } = await import('../../image/store/store.ts');
  const target = call.parameter(1);
  const opening = storeOptionsOf(session);
  const from = await openStore(call.parameter(0), opening);
  const to = isS3Address(target) ? undefined : await openStore(target, { create: true });
  session.whenStopped(SYNC_STOPPED);
  const { signal, onProgress } = session;
  const options = { check: call.isSet('check'), signal, onProgress };
  const report = await (to?.syncFrom(from, options) ?? from.pushTo(target, opening, options));
  return {
    json: report,
    text: session.text(syncText(report)),
    exitCode: report.damagedPacks.length === 0 ? 0 : 1,
  };
};

const CHECK: CommandSpec = {
  name: 'check',
  summary: {
    en: 'find and name every damage of the store',
    ja: '保存先の破損をすべて見つけて示す',
  },
  details: {
    en: 'Reads every chunk. Ends with 1 when there is a problem. Captures may go on meanwhile.',
    ja: 'すべてのチャンクを読みます。問題があれば終了コードは 1 です。その間も取り込みは続けられます。',
  },
  options: [
    {
      flags: '--shallow',
      text: {
        en: 'only manifests, indexes and lengths, not the chunks',
        ja: 'マニフェスト、索引、長さだけを調べ、チャンクは読まない',
      },
    },
  ],
  example: 'nacre store check --store /srv/images',
  run: check,
};

const GC: CommandSpec = {
  name: 'gc',
  summary: {
    en: 'delete what no version needs',
    ja: 'どのバージョンにも要らないものを削除する',
  },
  details: {
    en: 'Works beside captures and readers; versions in the bin are kept.',
    ja: '取り込みや読み取りと並行して動きます。ごみ箱のバージョンは残します。',
  },
  options: [DRY_RUN],
  example: 'nacre store gc --dry-run',
  run: gc,
};

const SYNC: CommandSpec = {
  name: 'sync',
  parameters: '<FROM> <TO>',
  summary: {
    en: 'copy what one store has and another lacks',
    ja: '一方の保存先にあり他方にないものをコピーする',
  },
  details: {
    en: 'Missing files of TO are replaced, and those whose damage shows in their index or length; --check finds all damage. Nothing whole that only TO has is removed. Ends with 1 when damage stays that FROM cannot repair. TO may be s3://BUCKET/PREFIX when FROM is a folder (docs/store.md).',
    ja: 'TO に欠けているファイルと、索引や長さで破損と分かるファイルは補われます。--check ですべての破損を見つけます。TO だけにある正常なものは削除しません。FROM で直せない破損が残ると終了コードは 1 です。FROM がフォルダーなら、TO に s3://BUCKET/PREFIX も指定できます。',
  },
  options: [
    {
      flags: '--check',
      text: {
        en: 'read every chunk of TO first and replace damaged packs',
        ja: '先に TO のチャンクをすべて読み、破損したパックを置き換える',
      },
    },
  ],
  example: 'nacre store sync /srv/images /mnt/usb/images',
  run: sync,
};

export const STORE_FAMILY: FamilySpec = {
  name: 'store',
  summary: { en: 'the folder in which images lie', ja: 'イメージの保存先' },
  commands: [CHECK, SPACE, GC, SYNC],
};
