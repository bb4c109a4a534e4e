/** `nacre package diff`, `bin`, `space` and `gc`: the store of a manager as a whole, over its API. */
import type { Call, CommandSpec, FamilySpec, Outcome } from '../command.ts';
import { CLIENT_OPTIONS, openClient } from '../manager/open-client.ts';
import { binText, droppedText } from './image-change.ts';
import { differenceText, FILES_OPTIONS, filesExit } from './image-diff.ts';
import { DRY_RUN } from './shared-options.ts';
import { gcText } from './store.ts';
import { spaceText } from './store-space.ts';

const MOST_FILES = 10_000;

const shapes = () => import('../../manager/http/shapes/images.ts');

const diff = async (call: Call): Promise<Outcome> => {
  const { differenceShape } = await shapes();
  const most = call.number('most', 0, MOST_FILES);
  const query = {
    ...{ from: call.parameter(0), to: call.parameter(1) },
    files: call.isSet('files') ? 'true' : undefined,
    most: most === undefined ? undefined : String(most),
  };
  const client = await openClient(call);
  const found = await client.ask(
    { method: 'GET', path: '/image-differences', query },
    differenceShape,
  );
  return {
    json: found,
    text: differenceText(found, found.files, call.session.language),
    exitCode: filesExit(found.files),
  };
};

const listBin = async (call: Call): Promise<Outcome> => {
  const { binShape } = await shapes();
  const client = await openClient(call);
  const found = await client.ask({ method: 'GET', path: '/image-bin' }, binShape);
  return { json: found, text: binText(found.versions, call.session.language) };
};

const restore = async (call: Call): Promise<Outcome> => {
  const { resolvedShape } = await shapes();
  const body = { image: call.parameter(0) };
  const wish = { method: 'POST', path: '/image-bin/restores', body } as const;
  const back = await (await openClient(call)).ask(wish, resolvedShape);
  return { json: back, text: `${back.name}@${back.id.slice(0, 8)}  ${back.labels.join(', ')}\n` };
};

const empty = async (call: Call): Promise<Outcome> => {
  const { binEmptied } = await shapes();
  const client = await openClient(call);
  const done = await client.ask({ method: 'DELETE', path: '/image-bin' }, binEmptied);
  return { json: done, text: call.session.text(droppedText(done.droppedVersions)) };
};

const space = async (call: Call): Promise<Outcome> => {
  const { spaceShape } = await shapes();
  const client = await openClient(call);
  const found = await client.ask({ method: 'GET', path: '/image-space' }, spaceShape);
  return { json: found, text: spaceText(found, call.session.language) };
};

const gc = async (call: Call): Promise<Outcome> => {
  const { collectionShape } = await shapes();
  const dryRun = call.isSet('dryRun');
  const wish = { method: 'POST', path: '/image-collections', body: { dryRun } } as const;
  const report = await (await openClient(call)).ask(wish, collectionShape);
  return { json: { ...report, dryRun }, text: call.session.text(gcText(report, dryRun)) };
};

const BIN: FamilySpec = {
  name: 'bin',
  summary: { en: 'removed versions of the manager', ja: 'マネージャーの削除済みバージョン' },
  commands: [
    {
      name: 'list',
      summary: { en: 'list removed versions', ja: '削除したバージョンの一覧' },
      options: [...CLIENT_OPTIONS],
      example: 'nacre package bin list',
      run: listBin,
    },
    {
      name: 'restore',
      parameters: '<IMAGE>',
      summary: { en: 'bring a version back', ja: 'バージョンを戻す' },
      options: [...CLIENT_OPTIONS],
      example: 'nacre package bin restore lab-pc@3f9c01aa',
      run: restore,
    },
    {
      name: 'empty',
      summary: { en: 'drop removed versions for good', ja: '削除したバージョンを完全に破棄する' },
      options: [...CLIENT_OPTIONS],
      example: 'nacre package bin empty && nacre package gc',
      run: empty,
    },
  ],
};

const COMMANDS: readonly CommandSpec[] = [
  {
    name: 'diff',
    parameters: '<A> <B>',
    summary: {
      en: 'what differs between two versions, and which files',
      ja: '二つのバージョンの差分と、異なるファイル',
    },
    options: [...FILES_OPTIONS, ...CLIENT_OPTIONS],
    example: 'nacre package diff lab-pc@3f9c01aa lab-pc --files',
    run: diff,
  },
  {
    name: 'space',
    summary: {
      en: 'what each package and version costs, what would be freed, and why not',
      ja: 'パッケージとバージョンごとの容量、解放できる量、できない理由',
    },
    options: [...CLIENT_OPTIONS],
    example: 'nacre package space',
    run: space,
  },
  {
    name: 'gc',
    summary: {
      en: 'delete what no version needs any more',
      ja: 'どのバージョンにも要らないものを削除する',
    },
    options: [DRY_RUN, ...CLIENT_OPTIONS],
    example: 'nacre package gc --dry-run',
    run: gc,
  },
];

/** Commands about the whole store. */
export const PACKAGE_STORE: readonly (CommandSpec | FamilySpec)[] = [...COMMANDS, BIN];
