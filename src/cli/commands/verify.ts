/** `nacre image verify`: the chunks of a version in its store, or a disk against it. */
import type { VersionCheck } from '../../image/store/pack-check.ts';
import type { ImageStore } from '../../image/store/store.ts';
import type { VerifyDiskReport } from '../../image/verify-disk.ts';
import type { Call, CommandSpec, Outcome } from '../command.ts';
import { formatBytes, formatTable } from '../format.ts';
import type { Language, Phrase } from '../language.ts';
import { openStoreOf } from '../store-access.ts';
import { WORDS } from '../words.ts';
import {
  PLACED_PARTITION,
  placedPartitionsOf,
  SECTOR_SIZE,
  sectorSizeOf,
} from './shared-options.ts';

/** Ranges shown to people; `--json` has all of them. */
const SHOWN_RANGES = 20;

const STOPPED: Phrase = {
  en: 'nothing was changed; verifying only reads',
  ja: '何も変更していません。検証は読み取りだけを行います',
};

const storeText = ({ checkedChunks, damaged }: VersionCheck, language: Language): string => {
  const summary: Phrase = {
    en: `${checkedChunks} chunks read, ${damaged.length} damaged\n`,
    ja: `チャンク ${checkedChunks} 個を読み、破損 ${damaged.length} 個\n`,
  };
  if (damaged.length === 0) return summary[language];
  const titles = [WORDS.partition, WORDS.chunk, WORDS.pack, WORDS.offset];
  const table = formatTable(
    titles.map((title) => ({ title: title[language] })),
    damaged.map((place) => [
      String(place.partition),
      String(place.chunk),
      place.pack,
      String(place.offset),
    ]),
  );
  return summary[language] + table;
};

const verifyStore = async (call: Call, store: ImageStore): Promise<Outcome> => {
  const { session } = call;
  const { name, id } = await store.resolve(call.parameter(0));
  const { signal, onProgress } = session;
  const check = await store.verify(id, { signal, onProgress });
  const ok = check.damaged.length === 0;
  return {
    json: { name, id, ok, ...check },
    text: storeText(check, session.language),
    exitCode: ok ? 0 : 1,
  };
};

const diskText = (report: VerifyDiskReport, language: Language): string => {
  if (report.same) return language === 'ja' ? '一致しています\n' : 'the same\n';
  const { differingChunks, differingBytes, ranges, tableDifferences } = report;
  const bytes = formatBytes(differingBytes);
  const summary: Phrase = {
    en: `different: ${differingChunks} chunks, ${bytes} in ${ranges.length} ranges\n`,
    ja: `相違あり: チャンク ${differingChunks} 個、${ranges.length} 範囲、${bytes}\n`,
  };
  const titles = [WORDS.partition, WORDS.offset, WORDS.length];
  const table = formatTable(
    titles.map((title) => ({ title: title[language], isNumber: true })),
    ranges
      .slice(0, SHOWN_RANGES)
      .map((range) => [
        String(range.partition),
        String(range.offsetBytes),
        String(range.lengthBytes),
      ]),
  );
  const more = ranges.length > SHOWN_RANGES ? `… ${ranges.length - SHOWN_RANGES} (--json)\n` : '';
  const lines = tableDifferences.map((line) => `${line}\n`).join('');
  return `${summary[language]}${lines}${ranges.length > 0 ? table : ''}${more}`;
};

const verifyAgainst = async (call: Call, store: ImageStore, path: string): Promise<Outcome> => {
  const { session } = call;
  const { verifyDisk } = await import('../../image/verify-disk.ts');
  const report = await verifyDisk({
    store,
    image: call.parameter(0),
    path,
    partitions: placedPartitionsOf(call),
    sectorSize: sectorSizeOf(call),
    signal: session.signal,
    onProgress: session.onProgress,
  });
  return {
    json: report,
    text: diskText(report, session.language),
    exitCode: report.same ? 0 : 1,
  };
};

const verify = async (call: Call): Promise<Outcome> => {
  const store = await openStoreOf(call.session);
  call.session.whenStopped(STOPPED);
  const path = call.optionalParameter(1);
  return path === undefined ? verifyStore(call, store) : verifyAgainst(call, store, path);
};

export const VERIFY: CommandSpec = {
  name: 'verify',
  parameters: '<IMAGE> [DISK]',
  summary: {
    en: 'prove the chunks of an image, or compare a disk with it',
    ja: 'イメージのチャンクを検証、またはディスクと比較する',
  },
  details: {
    en: 'Without DISK every chunk of the version is read from the store. With DISK the used blocks, the table and the boot code are compared; ends with 1 when something is damaged or different.',
    ja: 'DISK がなければ、バージョンの全チャンクを保存先から読んで確かめます。DISK があれば、使用ブロック、テーブル、ブートコードを比較します。破損や相違があれば終了コードは 1 です。',
  },
  options: [PLACED_PARTITION, SECTOR_SIZE],
  example: 'nacre image verify lab-pc\nnacre image verify lab-pc /dev/sdb --json',
  run: verify,
};
