/** `nacre image tree`, `labels`, `rollback` and `branch`: versions of an image and how they hang together. */
import type { LabelHistory } from '../../image/store/label-history.ts';
import type { VersionNode } from '../../image/store/version-tree.ts';
import type { Call, CommandSpec, OptionSpec, Outcome } from '../command.ts';
import { creatorName } from '../creator.ts';
import { formatBytes, formatTable, formatTime, shortId } from '../format.ts';
import { readKeyFile } from '../key-file.ts';
import type { Language, Phrase } from '../language.ts';
import { openStoreOf } from '../store-access.ts';
import { WORDS } from '../words.ts';

const CHANGED: Phrase = { en: 'changed', ja: '変更量' };
const BY: Phrase = { en: 'by', ja: '作成者' };
const USERS: Phrase = { en: 'used by', ja: '使用中' };
const LABEL_WORD: Phrase = { en: 'label', ja: 'ラベル' };
const POINTS: Phrase = { en: 'points at', ja: '指す先' };
const BEFORE: Phrase = { en: 'rolls back to', ja: '戻す先' };
const HISTORY: Phrase = { en: 'history (oldest first)', ja: '履歴 (古い順)' };
const IN_BIN: Phrase = { en: 'in the bin', ja: 'ごみ箱' };

/** A version, and where a manager knows it what uses it and which terminal it came from. */
export type ShownVersion = VersionNode & {
  readonly terminal?: string | null;
  readonly usedBy?: { readonly devices: readonly string[]; readonly jobs: readonly string[] };
};

const childrenByParent = (
  versions: readonly ShownVersion[],
): ReadonlyMap<string, readonly ShownVersion[]> => {
  const ids = new Set(versions.map(({ id }) => id));
  const byParent = new Map<string, ShownVersion[]>();
  for (const version of versions) {
    const parent = version.parent !== null && ids.has(version.parent) ? version.parent : '';
    byParent.set(parent, [...(byParent.get(parent) ?? []), version]);
  }
  return byParent;
};

/** Parents before children, each below its own, with the depth of a branch inside the image. */
const inTreeOrder = (
  versions: readonly ShownVersion[],
): readonly { readonly version: ShownVersion; readonly depth: number }[] => {
  const byParent = childrenByParent(versions);
  const rows: { version: ShownVersion; depth: number }[] = [];
  const pending = (byParent.get('') ?? []).map((version) => ({ version, depth: 0 })).reverse();
  for (let row = pending.pop(); row !== undefined; row = pending.pop()) {
    rows.push(row);
    // A chain stays in its column; only what is not the first child stands further in.
    const { depth } = row;
    for (const [index, version] of (byParent.get(row.version.id) ?? []).entries()) {
      pending.push({ version, depth: index === 0 ? depth : depth + 1 });
    }
  }
  return rows;
};

const usersText = ({ usedBy }: ShownVersion): string =>
  usedBy === undefined ? '' : [...usedBy.devices, ...usedBy.jobs].join(' ');

const labelsText = ({ labels, removedAt }: ShownVersion, language: Language): string =>
  removedAt === null ? labels.join(' ') : `(${IN_BIN[language]} ${formatTime(removedAt)})`;

/** The tree as people read it. */
export const treeText = (versions: readonly ShownVersion[], language: Language): string => {
  const columns = [
    { title: WORDS.id[language] },
    { title: WORDS.parent[language] },
    { title: WORDS.created[language] },
    { title: CHANGED[language], isNumber: true },
    { title: WORDS.labels[language] },
    { title: BY[language] },
    { title: USERS[language] },
    { title: WORDS.comment[language] },
  ];
  const parentText = ({ parent, parentImage, parentState }: ShownVersion): string => {
    if (parent === null) return '-';
    const state = parentState === 'here' ? '' : ` (${parentState})`;
    return `${shortId(parent)}${parentState === 'here' && parentImage ? ` ${parentImage}` : ''}${state}`;
  };
  const rows = inTreeOrder(versions).map(({ version, depth }) => [
    `${depth > 0 ? `└${'─'.repeat(Math.min(depth, 20))} ` : ''}${shortId(version.id)}`,
    parentText(version),
    formatTime(version.createdAt),
    version.changedBytes === null ? '-' : formatBytes(version.changedBytes),
    labelsText(version, language),
    version.terminal ?? version.creator,
    usersText(version),
    version.comment,
  ]);
  return formatTable(columns, rows);
};

/** Labels with their history. */
export const labelHistoryText = (labels: readonly LabelHistory[], language: Language): string =>
  formatTable(
    [LABEL_WORD, POINTS, BEFORE, HISTORY].map((word) => ({ title: word[language] })),
    labels.map(({ label, id, earlier, history }) => [
      label,
      id === null ? '-' : shortId(id),
      earlier === null ? '-' : shortId(earlier),
      history
        .slice(-10)
        .map((move) => `${move.id === null ? '-' : shortId(move.id)} ${formatTime(move.at)}`)
        .join(', '),
    ]),
  );

const tree = async (call: Call): Promise<Outcome> => {
  const store = await openStoreOf(call.session);
  const name = call.parameter(0);
  const versions = await store.tree(name, { isWithBin: call.isSet('bin') });
  return { json: { name, versions }, text: treeText(versions, call.session.language) };
};

const labels = async (call: Call): Promise<Outcome> => {
  const name = call.parameter(0);
  const found = await (await openStoreOf(call.session)).labels(name);
  return { json: { name, labels: found }, text: labelHistoryText(found, call.session.language) };
};

const rollBack = async (call: Call): Promise<Outcome> => {
  const version = await (await openStoreOf(call.session)).rollBack(call.parameter(0));
  const text = `${version.name}@${shortId(version.id)}  ${version.labels.join(', ')}\n`;
  return { json: version, text };
};

const branch = async (call: Call): Promise<Outcome> => {
  const store = await openStoreOf(call.session);
  const made = await store.branch({
    from: call.parameter(0),
    name: call.parameter(1),
    title: call.text('title'),
    comment: call.text('comment'),
    creator: creatorName(),
    sign: await readKeyFile(call.text('sign')),
  });
  const isSigned = call.text('sign') !== undefined;
  const text: Phrase = {
    en: `${made.name}@${shortId(made.id)}  ${isSigned ? '' : 'not signed: signatures of another name do not count\n'}`,
    ja: `${made.name}@${shortId(made.id)}  ${isSigned ? '' : '署名なし: 別の名前の署名は引き継がれません\n'}`,
  };
  const { name, id, parent, createdAt } = made;
  return { json: { name, id, parent, createdAt }, text: `${call.session.text(text).trimEnd()}\n` };
};

/** Of every command that shows a tree. */
export const TREE_OPTIONS: readonly OptionSpec[] = [
  { flags: '--bin', text: { en: 'also versions in the bin', ja: 'ごみ箱のバージョンも示す' } },
];

export const TREE: CommandSpec = {
  name: 'tree',
  parameters: '<NAME>',
  summary: {
    en: 'versions of an image: parent, what changed, labels, comment',
    ja: 'イメージのバージョン: 親、変更量、ラベル、コメント',
  },
  options: TREE_OPTIONS,
  example: 'nacre image tree lab-pc',
  run: tree,
};

export const LABELS: CommandSpec = {
  name: 'labels',
  parameters: '<NAME>',
  summary: { en: 'labels of an image and where they were', ja: 'ラベルとその履歴' },
  example: 'nacre image labels lab-pc',
  run: labels,
};

export const ROLLBACK: CommandSpec = {
  name: 'rollback',
  parameters: '<IMAGE>',
  summary: {
    en: 'move a label (NAME:LABEL; NAME is latest) to where it was before',
    ja: 'ラベルを以前のバージョンに戻す (NAME:LABEL、NAME だけなら latest)',
  },
  details: {
    en: 'Once more goes one step further back. Versions in the bin are passed over.',
    ja: 'もう一度実行するとさらに一つ前に戻ります。ごみ箱のバージョンは飛ばします。',
  },
  example: 'nacre image rollback lab-pc:stable',
  run: rollBack,
};

/** Of every command that branches. */
export const BRANCH_OPTIONS: readonly OptionSpec[] = [
  { flags: '--title <TEXT>', text: { en: 'title of the new image', ja: '新しいイメージの表題' } },
  {
    flags: '--comment <TEXT>',
    text: { en: 'default: the comment of the version', ja: '既定は元のバージョンのコメント' },
  },
];

export const BRANCH: CommandSpec = {
  name: 'branch',
  parameters: '<IMAGE> <NEWNAME>',
  summary: {
    en: 'make a new image that begins with a version; no data is copied',
    ja: 'バージョンから新しいイメージを作る (データは複製しない)',
  },
  details: {
    en: 'The name is part of what is signed: the branch has an id of its own, and no signature unless --sign is given.',
    ja: '名前は署名の対象に含まれるため、新しい ID になり、--sign がなければ署名は付きません。',
  },
  options: [
    ...BRANCH_OPTIONS,
    { flags: '--sign <KEY>', text: { en: 'private key, PEM', ja: '秘密鍵 (PEM)' } },
  ],
  example: 'nacre image branch base:stable lab-pc --comment "with applications"',
  run: branch,
};
