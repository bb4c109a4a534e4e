/** `nacre package versions`, `labels`, `label`, `rollback`, `branch`, `drop`: versions in the store of a manager, over its API. */
import { NacreError } from '../../errors.ts';
import type { Call, CommandSpec, Outcome } from '../command.ts';
import { shortId } from '../format.ts';
import { at } from '../manager/api-path.ts';
import { CLIENT_OPTIONS, openClient } from '../manager/open-client.ts';
import { BRANCH_OPTIONS, labelHistoryText, TREE_OPTIONS, treeText } from './image-versions.ts';

const shapes = () => import('../../manager/http/shapes/images.ts');
const references = () => import('../../image/store/image-reference.ts');

/** NAME@ID in its parts. @throws NacreError IMAGE_NAME */
const versionOf = async (text: string): Promise<{ readonly name: string; readonly id: string }> => {
  const { parseImageReference } = await references();
  const reference = parseImageReference(text);
  if ('idPrefix' in reference) return { name: reference.name, id: reference.idPrefix };
  throw new NacreError('IMAGE_NAME', { found: text, needed: 'NAME@ID' });
};

/** NAME:LABEL in its parts; NAME is `latest`. @throws NacreError IMAGE_NAME */
const labelOf = async (
  text: string,
): Promise<{ readonly name: string; readonly label: string }> => {
  const { parseImageReference } = await references();
  const reference = parseImageReference(text);
  if ('label' in reference) return reference;
  throw new NacreError('IMAGE_NAME', { found: text, needed: 'NAME:LABEL' });
};

interface Place {
  readonly name: string;
  readonly id: string;
  readonly labels: readonly string[];
}

const placeText = ({ name, id, labels }: Place): string =>
  `${name}@${shortId(id)}  ${labels.join(', ')}`.trimEnd().concat('\n');

const versions = async (call: Call): Promise<Outcome> => {
  const { versionsShape } = await shapes();
  const path = at('images', call.parameter(0), 'versions');
  const query = { bin: call.isSet('bin') ? 'true' : undefined };
  const found = await (await openClient(call)).ask({ method: 'GET', path, query }, versionsShape);
  return { json: found, text: treeText(found.versions, call.session.language) };
};

const labels = async (call: Call): Promise<Outcome> => {
  const { labelsShape } = await shapes();
  const path = at('images', call.parameter(0), 'labels');
  const found = await (await openClient(call)).ask({ method: 'GET', path }, labelsShape);
  return { json: found, text: labelHistoryText(found.labels, call.session.language) };
};

const label = async (call: Call): Promise<Outcome> => {
  const { resolvedShape } = await shapes();
  const { name, id } = await versionOf(call.parameter(0));
  const path = at('images', name, 'labels', call.parameter(1));
  const wish = { method: 'PUT', path, body: { version: id } } as const;
  const moved = await (await openClient(call)).ask(wish, resolvedShape);
  return { json: moved, text: placeText(moved) };
};

const rollBack = async (call: Call): Promise<Outcome> => {
  const { resolvedShape } = await shapes();
  const { name, label: moving } = await labelOf(call.parameter(0));
  const path = at('images', name, 'labels', moving, 'rollbacks');
  const moved = await (await openClient(call)).ask({ method: 'POST', path }, resolvedShape);
  return { json: moved, text: placeText(moved) };
};

const branch = async (call: Call): Promise<Outcome> => {
  const { branchShape } = await shapes();
  const [from, name] = [call.parameter(0), call.parameter(1)];
  const body = { from, name, title: call.text('title'), comment: call.text('comment') };
  const client = await openClient(call);
  const made = await client.ask({ method: 'POST', path: '/images', body }, branchShape);
  return { json: made, text: `${made.name}@${shortId(made.id)}\n` };
};

const drop = async (call: Call): Promise<Outcome> => {
  const { name, id } = await versionOf(call.parameter(0));
  await (await openClient(call)).tell({
    method: 'DELETE',
    path: at('images', name, 'versions', id),
  });
  return { json: { name, id }, text: '' };
};

/** Commands about versions of one package. */
export const PACKAGE_VERSIONS: readonly CommandSpec[] = [
  {
    name: 'versions',
    parameters: '<NAME>',
    summary: {
      en: 'version tree: parent, what changed, terminal, labels, and what uses each',
      ja: 'バージョンの一覧: 親、変更量、端末、ラベル、使用状況',
    },
    options: [...TREE_OPTIONS, ...CLIENT_OPTIONS],
    example: 'nacre package versions lab-pc',
    run: versions,
  },
  {
    name: 'labels',
    parameters: '<NAME>',
    summary: { en: 'labels and where they were', ja: 'ラベルとその履歴' },
    options: [...CLIENT_OPTIONS],
    example: 'nacre package labels lab-pc',
    run: labels,
  },
  {
    name: 'label',
    parameters: '<NAME@ID> <LABEL>',
    summary: {
      en: 'move a label to a version; groups that follow it follow',
      ja: 'ラベルをバージョンに付け替える (追随するグループも移る)',
    },
    options: [...CLIENT_OPTIONS],
    example: 'nacre package label lab-pc@3f9c01aa stable',
    run: label,
  },
  {
    name: 'rollback',
    parameters: '<IMAGE>',
    summary: {
      en: 'move a label (NAME:LABEL; NAME is latest) to where it was before',
      ja: 'ラベルを以前のバージョンに戻す (NAME:LABEL、NAME だけなら latest)',
    },
    options: [...CLIENT_OPTIONS],
    example: 'nacre package rollback lab-pc:stable',
    run: rollBack,
  },
  {
    name: 'branch',
    parameters: '<IMAGE> <NEWNAME>',
    summary: {
      en: 'make a new package that begins with a version; no data is copied',
      ja: 'バージョンから新しいパッケージを作る (データは複製しない)',
    },
    details: {
      en: 'It is not signed, since its name is part of what a signature covers; sign it beside the store with "nacre image branch --sign".',
      ja: '名前は署名の対象に含まれるため署名は付きません。署名するには保存先のマシンで "nacre image branch --sign" を使います。',
    },
    options: [...BRANCH_OPTIONS, ...CLIENT_OPTIONS],
    example: 'nacre package branch base:stable lab-pc',
    run: branch,
  },
  {
    name: 'drop',
    parameters: '<NAME@ID>',
    summary: { en: 'put one version into the bin', ja: 'バージョンを一つごみ箱に移す' },
    details: {
      en: 'Refused with their names while devices, groups or jobs use it. Versions before and after it stay bit for bit what they are.',
      ja: '端末・グループ・作業が使用中の場合は、その名前を示して拒否します。前後のバージョンの内容は変わりません。',
    },
    options: [...CLIENT_OPTIONS],
    example: 'nacre package drop lab-pc@3f9c01aa',
    run: drop,
  },
];
