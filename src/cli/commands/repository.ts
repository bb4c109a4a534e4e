/** `nacre repository`: copies of the manager's store of images near devices. */
import { NacreError } from '../../errors.ts';
import type { Call, CommandSpec, FamilySpec, Outcome } from '../command.ts';
import { formatTable } from '../format.ts';
import type { Phrase } from '../language.ts';
import { at } from '../manager/api-path.ts';
import { CLIENT_OPTIONS, openClient } from '../manager/open-client.ts';

const shapes = () => import('../../manager/http/shapes/repositories.ts');

const TITLES: readonly Phrase[] = [
  { en: 'name', ja: '名前' },
  { en: 'address', ja: 'アドレス' },
  { en: 'subnets', ja: 'サブネット' },
  { en: 'note', ja: 'メモ' },
];

const list = async (call: Call): Promise<Outcome> => {
  const { repositoryShape } = await shapes();
  const repositories = await (await openClient(call)).list('/repositories', repositoryShape);
  const columns = TITLES.map((title) => ({ title: title[call.session.language] }));
  const rows = repositories.map(({ name, url, subnets, note }) => [
    ...[name, url, subnets.join(', '), note],
  ]);
  return { json: { repositories }, text: formatTable(columns, rows) };
};

/** `sha256:HEX` or HEX. @throws NacreError CLI_BAD_VALUE */
const pinOf = (text: string | undefined): string | null => {
  if (text === undefined) return null;
  const pin = text.toLowerCase().replace(/^sha256:/, '');
  if (/^[0-9a-f]{64}$/.test(pin)) return pin;
  const expected = 'sha256: and 64 hex digits';
  throw new NacreError('CLI_BAD_VALUE', { what: '--server-key', value: text, expected });
};

const set = async (call: Call): Promise<Outcome> => {
  const { repositoryShape } = await shapes();
  const path = at('repositories', call.parameter(0));
  const note = call.text('note') ?? '';
  const body = { url: call.parameter(1), pin: pinOf(call.text('serverKey')), note };
  const repository = await (await openClient(call)).ask(
    { method: 'PUT', path, body },
    repositoryShape,
  );
  return { json: repository, text: '' };
};

const check = async (call: Call): Promise<Outcome> => {
  const { repositoryCheck } = await shapes();
  const path = at('repositories', call.parameter(0), 'check');
  const client = await openClient(call);
  const found = await client.ask({ method: 'POST', path }, repositoryCheck);
  const { versions, missing } = found;
  const sum = call.session.text({
    en: `${versions - missing.length} of ${versions} versions are there\n`,
    ja: `${versions} 版のうち ${versions - missing.length} 版があります\n`,
  });
  const lacks: Phrase = { en: 'missing', ja: '不足' };
  const lines = missing.map((id) => `${lacks[call.session.language]}: ${id}\n`);
  return { json: found, text: sum + lines.join(''), exitCode: missing.length === 0 ? 0 : 1 };
};

const remove = async (call: Call): Promise<Outcome> => {
  const name = call.parameter(0);
  await (await openClient(call)).tell({ method: 'DELETE', path: at('repositories', name) });
  return { json: { name }, text: '' };
};

const SET: CommandSpec = {
  name: 'set',
  parameters: '<NAME> <URL>',
  summary: {
    en: 'name a copy of the store, or change where it is',
    ja: 'ストアのコピーを登録または変更',
  },
  details: {
    en: 'Any web server with byte ranges that serves a folder made by "nacre store sync". Devices ask it once a subnet names it (nacre subnet set CIDR --repository NAME); what it lacks or gives wrongly they get from the manager.',
    ja: '「nacre store sync」で作ったフォルダーを公開する、範囲要求に対応した Web サーバーを指定します。サブネットに指定すると(nacre subnet set CIDR --repository NAME)端末はまずここから取得し、足りないものと壊れたものはマネージャーから取得します。',
  },
  options: [
    {
      flags: '--server-key <PIN>',
      text: {
        en: "SHA-256 of its server's public key, instead of the usual CAs",
        ja: 'サーバー公開鍵の SHA-256(通常の CA の代わり)',
      },
    },
    { flags: '--note <TEXT>', text: { en: 'a note', ja: 'メモ' } },
    ...CLIENT_OPTIONS,
  ],
  example: 'nacre repository set osaka https://images.osaka.example/nacre/',
  run: set,
};

export const REPOSITORY_FAMILY: FamilySpec = {
  name: 'repository',
  summary: { en: 'copies of the store near the devices', ja: '端末の近くに置くストアのコピー' },
  commands: [
    {
      name: 'list',
      summary: { en: 'copies, and whose devices ask them first', ja: 'コピーの一覧' },
      options: [...CLIENT_OPTIONS],
      example: 'nacre repository list',
      run: list,
    },
    SET,
    {
      name: 'check',
      parameters: '<NAME>',
      summary: { en: 'ask a copy which versions it has', ja: 'コピーにある版を確認' },
      details: {
        en: 'The manager asks it. Exit code 1 when a version is missing; that its bytes are right, devices check as they read.',
        ja: 'マネージャーが問い合わせます。足りない版があれば終了コードは 1 です。内容の正しさは端末が読むときに確かめます。',
      },
      options: [...CLIENT_OPTIONS],
      example: 'nacre repository check osaka',
      run: check,
    },
    {
      name: 'remove',
      parameters: '<NAME>',
      summary: { en: 'forget a copy that no subnet names', ja: 'コピーの登録を削除' },
      options: [...CLIENT_OPTIONS],
      example: 'nacre repository remove osaka',
      run: remove,
    },
  ],
};
