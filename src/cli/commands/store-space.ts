/** `nacre store space`: what images and versions cost, and what would be freed. */
import type { KeptSpace, StoreSpace, VersionSpace } from '../../image/store/store-space.ts';
import type { Call, CommandSpec, Outcome } from '../command.ts';
import { formatBytes, formatTable, shortId } from '../format.ts';
import type { Language, Phrase } from '../language.ts';
import { openStoreOf } from '../store-access.ts';
import { WORDS } from '../words.ts';

const IMAGE: Phrase = { en: 'image', ja: 'イメージ' };
const FREED: Phrase = { en: 'freed without it', ja: '削除で解放' };
const SHARED: Phrase = { en: 'shared with', ja: '共有先' };
const BIN: Phrase = { en: '(bin)', ja: '(ごみ箱)' };

const KEPT: Readonly<Record<KeptSpace['reason'], Phrase>> = {
  pack: {
    en: 'in packs of which more than half is needed; rewritten when less is',
    ja: '半分以上が必要なパックの中 (半分を切ると書き直されます)',
  },
  held: {
    en: 'in packs that running work or an unfinished upload counts on',
    ja: '実行中の作業や未完了のアップロードが使うパックの中',
  },
};

const sharedText = ({ sharedWith }: VersionSpace): string =>
  sharedWith.map(({ name, bytes }) => `${name} ${formatBytes(bytes)}`).join(', ');

/** The space view as people read it. */
export const spaceText = (space: StoreSpace, language: Language): string => {
  const columns = [
    { title: IMAGE[language] },
    { title: WORDS.id[language] },
    { title: WORDS.stored[language], isNumber: true },
    { title: FREED[language], isNumber: true },
    { title: WORDS.labels[language] },
    { title: SHARED[language] },
  ];
  const rows = space.images.flatMap((image) => [
    [image.name, '', formatBytes(image.storedBytes), formatBytes(image.ownBytes), '', ''],
    ...image.versions.map((version) => [
      '',
      shortId(version.id),
      formatBytes(version.storedBytes),
      formatBytes(version.ownBytes),
      version.isInBin ? BIN[language] : version.labels.join(' '),
      sharedText(version),
    ]),
  ]);
  const { packBytes, neededBytes, unneededBytes, binBytes, gcBytes, kept } = space;
  const [packs = '', needed = '', unneeded = '', bin = '', gc = ''] = [
    packBytes,
    neededBytes,
    unneededBytes,
    binBytes,
    gcBytes,
  ].map(formatBytes);
  const summary: Phrase = {
    en: `packs ${packs}: ${needed} needed, ${unneeded} not; "nacre store gc" frees ${gc} now, an empty bin ${bin} more\n`,
    ja: `パック ${packs}: 必要 ${needed}、不要 ${unneeded}。"nacre store gc" で今 ${gc}、ごみ箱を空にするとさらに ${bin} を解放\n`,
  };
  const reasons = kept.map(
    ({ reason, bytes }) => `  ${formatBytes(bytes)} ${KEPT[reason][language]}\n`,
  );
  return summary[language] + reasons.join('') + formatTable(columns, rows);
};

const space = async (call: Call): Promise<Outcome> => {
  const found = await (await openStoreOf(call.session)).space();
  return { json: found, text: spaceText(found, call.session.language) };
};

export const SPACE: CommandSpec = {
  name: 'space',
  summary: {
    en: 'what each image and version costs, what would be freed, and why not',
    ja: 'イメージとバージョンごとの容量、解放できる量、できない理由',
  },
  details: {
    en: '"freed without it" are chunks that nothing else needs, for a version the other versions of its image among them. Reads no chunk.',
    ja: '「削除で解放」は他のどこにも要らないチャンクです (バージョンでは同じイメージの他のバージョンも含めて数えます)。チャンクは読みません。',
  },
  example: 'nacre store space --store /srv/images',
  run: space,
};
