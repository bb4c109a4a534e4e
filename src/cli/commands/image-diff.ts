/** `nacre image diff`: what differs between two versions, by chunks and by files. */
import type { FilesDifference, PartitionFiles } from '../../image/files/image-files.ts';
import type { FileAspect, FileChange } from '../../image/files/tree-diff.ts';
import type { ImageDifference } from '../../image/store/image-diff.ts';
import type { Call, CommandSpec, OptionSpec, Outcome } from '../command.ts';
import { formatBytes, formatTable, printable } from '../format.ts';
import type { Language, Phrase } from '../language.ts';
import { openStoreOf } from '../store-access.ts';
import { WORDS } from '../words.ts';

const MOST_FILES = 1_000_000;
const DEFAULT_FILES = 10_000;

/** What was found by files, as a command or the API gave it. */
type Files = Pick<FilesDifference, 'partitions'>;

const STOPPED: Phrase = {
  en: 'nothing was changed; comparing only reads',
  ja: '何も変更していません。比較は読み取りだけを行います',
};

const ASPECTS: Readonly<Record<FileAspect, Phrase>> = {
  size: { en: 'size', ja: 'サイズ' },
  time: { en: 'time', ja: '時刻' },
  owner: { en: 'owner or mode', ja: '所有者・モード' },
};

const MARKS = { added: '+', removed: '-', changed: '~', renamed: '>' } as const;

const NOT_COMPARED: Readonly<Record<'other' | 'alone', Phrase>> = {
  other: {
    en: 'files are compared on FAT, NTFS and ext2/3/4 only',
    ja: 'ファイルの比較は FAT、NTFS、ext2/3/4 だけです',
  },
  alone: {
    en: 'only one of the versions has this partition',
    ja: 'このパーティションは一方のバージョンにしかありません',
  },
};

const sizeText = ({ sizeBytes, sizeBeforeBytes }: FileChange): string => {
  if (sizeBytes === undefined) return formatBytes(sizeBeforeBytes ?? 0);
  if (sizeBeforeBytes === undefined || sizeBeforeBytes === sizeBytes) return formatBytes(sizeBytes);
  return `${formatBytes(sizeBeforeBytes)} → ${formatBytes(sizeBytes)}`;
};

/** A line feed in a name would look like another file. */
const shownPath = (path: string): string => printable(path).replace(/[\n\t]/g, '\ufffd');

const fileRow = (file: FileChange, language: Language): readonly string[] => {
  const path = `${shownPath(file.path)}${file.kind === 'folder' ? '/' : ''}`;
  return [
    MARKS[file.change],
    file.kind === 'folder' ? '' : sizeText(file),
    file.from === undefined ? path : `${shownPath(file.from)} → ${path}`,
    file.what.map((aspect) => ASPECTS[aspect][language]).join(', '),
  ];
};

const partitionText = (part: PartitionFiles, language: Language): string => {
  const head = `\n${WORDS.partition[language]} ${part.partition} (${part.fileSystem}): `;
  if (!part.isCompared) {
    const why = part.reason === 'failed' ? part.message : NOT_COMPARED[part.reason][language];
    return `${head}${why}\n`;
  }
  const { added, removed, changed, renamed, leftOut } = part;
  const sizes = [part.addedBytes, part.removedBytes, part.changedBytes].map(formatBytes);
  const counts: Phrase = {
    en: `${added} added (${sizes[0]}), ${removed} removed (${sizes[1]}), ${changed} changed, ${renamed} renamed (${sizes[2]})\n`,
    ja: `追加 ${added} (${sizes[0]})、削除 ${removed} (${sizes[1]})、変更 ${changed}、名前変更 ${renamed} (${sizes[2]})\n`,
  };
  if (part.files.length === 0) return head + counts[language];
  const columns = [
    { title: '' },
    { title: WORDS.size[language], isNumber: true },
    { title: WORDS.path[language] },
    { title: '' },
  ];
  const rows = part.files.map((file) => fileRow(file, language));
  const more: Phrase = { en: `… and ${leftOut} more\n`, ja: `… ほか ${leftOut} 件\n` };
  return head + counts[language] + formatTable(columns, rows) + (leftOut ? more[language] : '');
};

/** Chunks and, where they were compared, files. */
export const differenceText = (
  { chunks, bytes, perPartition }: ImageDifference,
  files: Files | undefined,
  language: Language,
): string => {
  const summary: Phrase = {
    en: `${chunks} chunks with ${formatBytes(bytes)} differ\n`,
    ja: `チャンク ${chunks} 個、${formatBytes(bytes)} が異なります\n`,
  };
  const titles = [WORDS.partition, WORDS.chunks, WORDS.size];
  const table = formatTable(
    titles.map((title) => ({ title: title[language], isNumber: true })),
    perPartition.map((row) => [String(row.number), String(row.chunks), formatBytes(row.bytes)]),
  );
  const parts = files?.partitions.map((part) => partitionText(part, language)) ?? [];
  return summary[language] + table + parts.join('');
};

/** 1 where a partition could not be read. */
export const filesExit = (files: Files | undefined): 0 | 1 =>
  files?.partitions.some((part) => !part.isCompared && part.reason === 'failed') ? 1 : 0;

/** Options of every command that compares files. */
export const FILES_OPTIONS: readonly OptionSpec[] = [
  {
    flags: '--files',
    text: {
      en: 'also the files that were added, removed, changed or renamed (FAT, NTFS, ext)',
      ja: '追加・削除・変更・名前変更されたファイルも示す (FAT、NTFS、ext)',
    },
  },
  {
    flags: '--most <N>',
    text: {
      en: `files that are told one by one in each partition (default ${DEFAULT_FILES})`,
      ja: `パーティションごとに一覧で示すファイルの数 (既定 ${DEFAULT_FILES})`,
    },
  },
];

export const mostFilesOf = (call: Call): number =>
  call.number('most', 0, MOST_FILES) ?? DEFAULT_FILES;

const diff = async (call: Call): Promise<Outcome> => {
  const { session } = call;
  const [from, to] = [call.parameter(0), call.parameter(1)];
  const most = mostFilesOf(call);
  const store = await openStoreOf(session);
  session.whenStopped(STOPPED);
  const difference = await store.diff(from, to);
  const files = call.isSet('files')
    ? await store.diffFiles(from, to, { most, signal: session.signal })
    : undefined;
  return {
    json: files === undefined ? difference : { ...difference, files },
    text: differenceText(difference, files, session.language),
    exitCode: filesExit(files),
  };
};

export const DIFF: CommandSpec = {
  name: 'diff',
  parameters: '<A> <B>',
  summary: {
    en: 'say what version B needs over version A, and which files differ',
    ja: 'バージョン A に対して B が必要とする差分と、異なるファイルを表示',
  },
  details: {
    en: 'Files are told by name, size and time (+ added, - removed, ~ changed, > renamed), read straight from the store without restoring anything.',
    ja: 'ファイルは名前、サイズ、時刻で比べます (+ 追加、- 削除、~ 変更、> 名前変更)。何も復元せず、保存先から直接読みます。',
  },
  options: FILES_OPTIONS,
  example: 'nacre image diff lab-pc@3f9c01aa lab-pc --files',
  run: diff,
};
