/** `nacre image list`, `inspect` and `diff`. */
import type { Manifest } from '../../codec/manifest.ts';
import type { ImageSummary } from '../../image/store/image-list.ts';
import type { ImageInspection } from '../../image/store/store.ts';
import type { Call, CommandSpec, Outcome } from '../command.ts';
import { formatBytes, formatTable, formatTime, shortId } from '../format.ts';
import type { Language, Phrase } from '../language.ts';
import { partitionTable } from '../partition-text.ts';
import { openStoreOf } from '../store-access.ts';
import { WORDS } from '../words.ts';

const NO_IMAGES: Phrase = { en: 'no images\n', ja: 'イメージがありません\n' };

const listText = (images: readonly ImageSummary[], language: Language): string => {
  if (images.length === 0) return NO_IMAGES[language];
  const { name, latest, created, versions, stored, title } = WORDS;
  const columns = [name, latest, created, versions, stored, title].map((word, index) => ({
    title: word[language],
    isNumber: index === 3 || index === 4,
  }));
  const cells = (image: ImageSummary): readonly string[] => {
    const newest = image.versions.find(({ id }) => id === image.latest);
    return [
      image.name,
      image.latest === null ? '-' : shortId(image.latest),
      newest === undefined ? '-' : formatTime(newest.createdAt),
      String(image.versions.length),
      formatBytes(image.storedBytes),
      image.title === image.name ? '' : image.title,
    ];
  };
  return formatTable(columns, images.map(cells));
};

const list = async (call: Call): Promise<Outcome> => {
  const images = await (await openStoreOf(call.session)).list();
  return { json: { images }, text: listText(images, call.session.language) };
};

/** The manifest as people and scripts read it: without records of chunks and bytes of boot code. */
const manifestDocument = (manifest: Manifest): object => ({
  ...manifest,
  bootRegions: manifest.bootRegions.map(({ offset, bytes }) => ({
    offsetBytes: offset,
    lengthBytes: bytes.length,
  })),
  partitions: manifest.partitions.map(({ runs, masks, digests, ...partition }) => ({
    ...partition,
    records: { runs: runs.length, masks: masks.length, digests: digests.length },
  })),
});

const inspectText = (
  { name, id, labels, manifest, signedBy }: ImageInspection & { signedBy: readonly string[] },
  language: Language,
): string => {
  const { disk, title, comment, creator, createdAt, parent, machines } = manifest;
  const signed: Phrase = {
    en: signedBy.length === 0 ? 'not signed' : `signed by ${signedBy.join(', ')}`,
    ja: signedBy.length === 0 ? '署名なし' : `署名: ${signedBy.join(', ')}`,
  };
  const rows = [
    ['id', id],
    [WORDS.title[language], title],
    [WORDS.comment[language], comment],
    [WORDS.labels[language], labels.join(', ')],
    [WORDS.created[language], `${formatTime(createdAt)}  ${creator}`],
    [WORDS.parent[language], parent ?? '-'],
    ...(machines === undefined ? [] : [[WORDS.machines[language], machines.join(', ')] as const]),
    [WORDS.disk[language], `${formatBytes(disk.sizeBytes)}  ${disk.table}  ${disk.model}`],
  ] as const;
  return [
    formatTable([{ title: name }, { title: signed[language] }], rows),
    partitionTable(
      manifest.partitions.map((partition) => ({ ...partition, name: partition.label })),
      language,
    ),
  ].join('\n');
};

const inspect = async (call: Call): Promise<Outcome> => {
  const [store, { checkSignatures }] = await Promise.all([
    openStoreOf(call.session),
    import('../../image/store/signature.ts'),
  ]);
  const found = await store.inspect(call.parameter(0));
  const signatures = checkSignatures(found.id, found.signatures);
  const signedBy = signatures.filter(({ isRight }) => isRight).map(({ key }) => key);
  const { name, id, labels, manifest } = found;
  return {
    json: { ...manifestDocument(manifest), name, id, labels, signatures },
    text: inspectText({ ...found, signedBy }, call.session.language),
  };
};

export const LIST: CommandSpec = {
  name: 'list',
  summary: { en: 'list the images of the store', ja: '保存先にあるイメージの一覧' },
  example: 'nacre image list --store /srv/images',
  run: list,
};

export const INSPECT: CommandSpec = {
  name: 'inspect',
  parameters: '<IMAGE>',
  summary: {
    en: 'show a version: disk, partitions, labels, signatures',
    ja: 'バージョンの内容を表示(ディスク、パーティション、ラベル、署名)',
  },
  example: 'nacre image inspect lab-pc:latest --json',
  run: inspect,
};
