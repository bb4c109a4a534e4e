/** `nacre image label`, `rm` and the bin. */
import type { BinEntry } from '../../image/store/image-bin.ts';
import type { Call, CommandSpec, FamilySpec, Outcome } from '../command.ts';
import { formatTable, formatTime, shortId } from '../format.ts';
import type { Language, Phrase } from '../language.ts';
import { openStoreOf } from '../store-access.ts';
import { WORDS } from '../words.ts';

const EMPTY: Phrase = { en: 'the bin is empty\n', ja: 'ごみ箱は空です\n' };

const label = async (call: Call): Promise<Outcome> => {
  const store = await openStoreOf(call.session);
  const version = await store.label(call.parameter(0), call.parameter(1));
  const text = `${version.name}@${shortId(version.id)}  ${version.labels.join(', ')}\n`;
  return { json: version, text };
};

const remove = async (call: Call): Promise<Outcome> => {
  const { name, id } = await (await openStoreOf(call.session)).remove(call.parameter(0));
  const place = `${name}@${shortId(id)}`;
  const text = call.session.text({
    en: `${place} lies in the bin; "nacre image bin restore ${place}" brings it back\n`,
    ja: `${place} をごみ箱に移しました。"nacre image bin restore ${place}" で戻せます\n`,
  });
  return { json: { name, id }, text };
};

/** The bin as people read it. */
export const binText = (entries: readonly BinEntry[], language: Language): string => {
  if (entries.length === 0) return EMPTY[language];
  const titles = [WORDS.name, WORDS.id, WORDS.created, WORDS.removed, WORDS.labels, WORDS.comment];
  return formatTable(
    titles.map((title) => ({ title: title[language] })),
    entries.map((entry) => [
      entry.name,
      shortId(entry.id),
      formatTime(entry.createdAt),
      formatTime(entry.removedAt),
      entry.labels.join(', '),
      entry.comment,
    ]),
  );
};

const listBin = async (call: Call): Promise<Outcome> => {
  const versions = await (await openStoreOf(call.session)).bin.list();
  return { json: { versions }, text: binText(versions, call.session.language) };
};

const restoreFromBin = async (call: Call): Promise<Outcome> => {
  const version = await (await openStoreOf(call.session)).bin.restore(call.parameter(0));
  const text = `${version.name}@${shortId(version.id)}  ${version.labels.join(', ')}`.trimEnd();
  return { json: version, text: `${text}\n` };
};

export const droppedText = (versions: number): Phrase => ({
  en: `${versions} versions dropped; "nacre store gc" gives their space back\n`,
  ja: `バージョンを ${versions} 個破棄しました。容量は "nacre store gc" で戻ります\n`,
});

const emptyBin = async (call: Call): Promise<Outcome> => {
  const droppedVersions = await (await openStoreOf(call.session)).bin.empty();
  return { json: { droppedVersions }, text: call.session.text(droppedText(droppedVersions)) };
};

export const LABEL: CommandSpec = {
  name: 'label',
  parameters: '<IMAGE> <LABEL>',
  summary: {
    en: 'move a label to a version; its history is kept',
    ja: 'ラベルをバージョンに付け替える(履歴は残る)',
  },
  example: 'nacre image label lab-pc@3f9c01aa tested',
  run: label,
};

export const REMOVE: CommandSpec = {
  name: 'rm',
  parameters: '<IMAGE>',
  summary: {
    en: 'put a version into the bin; latest goes to the newest that is left',
    ja: 'バージョンをごみ箱に移す(latest は残りの最新へ)',
  },
  example: 'nacre image rm lab-pc@3f9c01aa',
  run: remove,
};

export const BIN: FamilySpec = {
  name: 'bin',
  summary: { en: 'removed versions', ja: '削除したバージョン' },
  commands: [
    {
      name: 'list',
      summary: { en: 'list removed versions', ja: '削除したバージョンの一覧' },
      example: 'nacre image bin list',
      run: listBin,
    },
    {
      name: 'restore',
      parameters: '<IMAGE>',
      summary: { en: 'bring a version back', ja: 'バージョンを戻す' },
      example: 'nacre image bin restore lab-pc@3f9c01aa',
      run: restoreFromBin,
    },
    {
      name: 'empty',
      summary: {
        en: 'drop removed versions for good',
        ja: '削除したバージョンを完全に破棄する',
      },
      example: 'nacre image bin empty && nacre store gc',
      run: emptyBin,
    },
  ],
};
