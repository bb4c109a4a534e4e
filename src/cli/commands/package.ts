/** `nacre package`: packages of a manager, over its API. */
import type { Package } from '../../manager/repository/packages.ts';
import type { Call, CommandSpec, FamilySpec, Outcome } from '../command.ts';
import { formatBytes, formatTable, formatTime, shortId } from '../format.ts';
import type { Language, Phrase } from '../language.ts';
import { at } from '../manager/api-path.ts';
import { CLIENT_OPTIONS, openClient } from '../manager/open-client.ts';
import { WORDS } from '../words.ts';
import { PACKAGE_STORE } from './package-store.ts';
import { PACKAGE_VERSIONS } from './package-versions.ts';

const AUTOGENIC: Phrase = { en: 'Autogenic', ja: 'Autogenic' };
const YES_NO: readonly [no: Phrase, yes: Phrase] = [
  { en: 'No', ja: 'いいえ' },
  { en: 'Yes', ja: 'はい' },
];
const DEVICES: Phrase = { en: 'devices', ja: '端末数' };
const JOBS: Phrase = { en: 'jobs', ja: '作業数' };

const shapes = () => import('../../manager/http/shapes/packages.ts');

const autogenicText = ({ isAutogenic }: Package, language: Language): string =>
  YES_NO[isAutogenic ? 1 : 0][language];

const packagesText = (packages: readonly Package[], language: Language): string =>
  formatTable(
    [
      { title: WORDS.name[language] },
      { title: WORDS.type[language] },
      { title: AUTOGENIC[language] },
      { title: WORDS.versions[language], isNumber: true },
      { title: WORDS.latest[language] },
      { title: WORDS.stored[language], isNumber: true },
      { title: DEVICES[language], isNumber: true },
      { title: JOBS[language], isNumber: true },
      { title: WORDS.title[language] },
    ],
    packages.map((one) => [
      one.name,
      one.type,
      autogenicText(one, language),
      String(one.versions.length),
      one.latest === null ? '' : shortId(one.latest),
      formatBytes(one.storedBytes),
      String(one.usedBy.devices),
      String(one.usedBy.jobs),
      one.description,
    ]),
  );

const packageText = (one: Package, language: Language): string => {
  const columns = [
    { title: WORDS.id[language] },
    { title: WORDS.created[language] },
    { title: WORDS.used[language], isNumber: true },
    { title: WORDS.disk[language], isNumber: true },
    { title: WORDS.labels[language] },
    { title: WORDS.comment[language] },
  ];
  const rows = one.versions.map((version) => [
    shortId(version.id),
    formatTime(version.createdAt),
    formatBytes(version.usedBytes),
    formatBytes(version.diskBytes),
    version.labels.join(' '),
    version.comment,
  ]);
  const autogenic = `${AUTOGENIC[language]}: ${autogenicText(one, language)}`;
  return `${one.name}  ${one.type}  ${autogenic}  ${one.description}\n${formatTable(columns, rows)}`;
};

const list = async (call: Call): Promise<Outcome> => {
  const { packageShape } = await shapes();
  const query = {
    search: call.text('search'),
    autogenic: call.isSet('autogenic') ? 'true' : undefined,
  };
  const packages = await (await openClient(call)).list('/packages', packageShape, query);
  return { json: { packages }, text: packagesText(packages, call.session.language) };
};

const show = async (call: Call): Promise<Outcome> => {
  const { packageShape } = await shapes();
  const wish = { method: 'GET', path: at('packages', call.parameter(0)) } as const;
  const found = await (await openClient(call)).ask(wish, packageShape);
  return { json: found, text: packageText(found, call.session.language) };
};

const autogenic = async (call: Call): Promise<Outcome> => {
  const { packageShape } = await shapes();
  const body = { isAutogenic: !call.isSet('off') };
  const wish = { method: 'PATCH', path: at('packages', call.parameter(0)), body } as const;
  const found = await (await openClient(call)).ask(wish, packageShape);
  return { json: found, text: packagesText([found], call.session.language) };
};

const sync = async (call: Call): Promise<Outcome> => {
  const { syncShape } = await shapes();
  const client = await openClient(call);
  const report = await client.ask({ method: 'POST', path: '/package-syncs' }, syncShape);
  const text = call.session.text({
    en: `${report.images} images, ${report.addedVersions} new versions, ${report.removedImages} images gone\n`,
    ja: `イメージ ${report.images}、新しいバージョン ${report.addedVersions}、削除されたイメージ ${report.removedImages}\n`,
  });
  return { json: report, text };
};

const remove = async (call: Call): Promise<Outcome> => {
  const name = call.parameter(0);
  await (await openClient(call)).tell({ method: 'DELETE', path: at('packages', name) });
  return { json: { name }, text: '' };
};

const LIST: CommandSpec = {
  name: 'list',
  summary: {
    en: 'packages, their versions, and where they are used',
    ja: 'パッケージとバージョンの一覧',
  },
  options: [
    {
      flags: '--search <TEXT>',
      text: { en: 'part of name, number or description', ja: '名前・番号・説明の一部' },
    },
    {
      flags: '--autogenic',
      text: {
        en: 'those that may fill backup partitions',
        ja: 'バックアップパーティションに書き込めるもの',
      },
    },
    ...CLIENT_OPTIONS,
  ],
  example: 'nacre package list --autogenic',
  run: list,
};

const SHOW: CommandSpec = {
  name: 'show',
  parameters: '<NAME>',
  summary: { en: 'versions of a package', ja: 'パッケージのバージョンを表示' },
  options: [...CLIENT_OPTIONS],
  example: 'nacre package show lab-pc',
  run: show,
};

const AUTOGENIC_COMMAND: CommandSpec = {
  name: 'autogenic',
  parameters: '<NAME>',
  summary: {
    en: 'let a package fill backup partitions (Autogenic Capable)',
    ja: 'パッケージを Autogenic Capable にする',
  },
  options: [{ flags: '--off', text: { en: 'no longer', ja: '解除する' } }, ...CLIENT_OPTIONS],
  example: 'nacre package autogenic lab-pc',
  run: autogenic,
};

const SYNC: CommandSpec = {
  name: 'sync',
  summary: { en: 'look into the store of images now', ja: 'イメージの保存先を今すぐ読み直す' },
  details: {
    en: 'The manager does so at its start and every minute.',
    ja: 'マネージャーは起動時と1分ごとに自動で読み直します。',
  },
  options: [...CLIENT_OPTIONS],
  example: 'nacre package sync',
  run: sync,
};

const REMOVE: CommandSpec = {
  name: 'remove',
  parameters: '<NAME>',
  summary: { en: 'put a package into the bin of the store', ja: 'パッケージをごみ箱に移動' },
  details: {
    en: 'Refused while a backup partition holds a version of it, or a job is about to bring one there. "nacre image bin restore" takes it back.',
    ja: 'バックアップパーティションや実行前の作業で使用中の場合は拒否されます。"nacre image bin restore" で戻せます。',
  },
  options: [...CLIENT_OPTIONS],
  example: 'nacre package remove lab-pc',
  run: remove,
};

export const PACKAGE_FAMILY: FamilySpec = {
  name: 'package',
  summary: { en: 'packages of the manager', ja: 'マネージャーのパッケージ' },
  commands: [LIST, SHOW, AUTOGENIC_COMMAND, REMOVE, SYNC, ...PACKAGE_VERSIONS, ...PACKAGE_STORE],
};
