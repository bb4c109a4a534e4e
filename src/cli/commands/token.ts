/** `nacre token`: tokens by which programs use the API. */
import type { Call, CommandSpec, FamilySpec, Outcome } from '../command.ts';
import { formatTable, formatTime } from '../format.ts';
import type { Phrase } from '../language.ts';
import { at } from '../manager/api-path.ts';
import { CLIENT_OPTIONS, openClient } from '../manager/open-client.ts';
import { WORDS } from '../words.ts';

const MOST_DAYS = 3650;
const DEFAULT_DAYS = 90;

const COLUMNS: readonly Phrase[] = [
  WORDS.id,
  WORDS.name,
  { en: 'user', ja: 'ユーザー' },
  { en: 'scopes', ja: 'スコープ' },
  { en: 'ends', ja: '期限' },
  { en: 'last used', ja: '最終使用' },
];

const list = async (call: Call): Promise<Outcome> => {
  const { tokenShape } = await import('../../manager/http/shapes/users.ts');
  const query = call.isSet('all') ? { all: 'true' } : {};
  const tokens = await (await openClient(call)).list('/tokens', tokenShape, query);
  const { language } = call.session;
  const rows = tokens.map((token) => [
    token.id,
    token.name,
    token.user,
    token.scopes.join(' '),
    formatTime(token.expiresAt),
    token.lastUsedAt === null ? '' : formatTime(token.lastUsedAt),
  ]);
  const columns = COLUMNS.map((title) => ({ title: title[language] }));
  return { json: { tokens }, text: formatTable(columns, rows) };
};

const make = async (call: Call): Promise<Outcome> => {
  const { madeToken } = await import('../../manager/http/shapes/users.ts');
  const scopes = call.list('scope');
  const days = call.number('days', 1, MOST_DAYS) ?? DEFAULT_DAYS;
  const body = { name: call.parameter(0), scopes, days };
  const made = await (await openClient(call)).ask(
    { method: 'POST', path: '/tokens', body },
    madeToken,
  );
  return { json: made, text: `${made.token}\n` };
};

const revoke = async (call: Call): Promise<Outcome> => {
  const id = call.parameter(0);
  await (await openClient(call)).tell({ method: 'DELETE', path: at('tokens', id) });
  return { json: { id }, text: '' };
};

const LIST: CommandSpec = {
  name: 'list',
  summary: { en: 'tokens and when they were used', ja: 'トークンと最終使用日時の一覧' },
  options: [
    { flags: '--all', text: { en: 'those of all users', ja: '全ユーザーのもの' } },
    ...CLIENT_OPTIONS,
  ],
  example: 'nacre token list',
  run: list,
};

const MAKE: CommandSpec = {
  name: 'make',
  parameters: '<NAME>',
  summary: { en: 'make a token for a program', ja: 'プログラム用のトークンを作成' },
  details: {
    en: 'Prints the token, which is shown only now: keep it in a file of its own and name that in NACRE_TOKEN_FILE. It may do what its user may, within its scopes.',
    ja: 'トークンを一度だけ表示します。ファイルに保存し NACRE_TOKEN_FILE で指定してください。ユーザーの権限のうち、スコープの範囲だけが許可されます。',
  },
  options: [
    {
      flags: '--scope <SCOPE>',
      isRepeatable: true,
      text: {
        en: 'AREA:read or AREA:write (audit devices groups jobs packages system tokens users), or *; repeatable',
        ja: '領域:read または 領域:write(audit devices groups jobs packages system tokens users)、または *(複数指定可)',
      },
    },
    {
      flags: '--days <N>',
      text: { en: 'until it ends (default: 90)', ja: '有効日数(既定: 90)' },
    },
    ...CLIENT_OPTIONS,
  ],
  example: 'nacre token make monitoring --scope system:read --days 365',
  run: make,
};

const REVOKE: CommandSpec = {
  name: 'revoke',
  parameters: '<ID>',
  summary: { en: 'end a token at once', ja: 'トークンを直ちに失効' },
  options: [...CLIENT_OPTIONS],
  example: 'nacre token revoke 6f1f3c0e-5c1d-4a53-9d3b-0d9c1f0c5a11',
  run: revoke,
};

export const TOKEN_FAMILY: FamilySpec = {
  name: 'token',
  summary: {
    en: 'tokens by which programs use the manager',
    ja: 'プログラムがマネージャーを使うためのトークン',
  },
  commands: [LIST, MAKE, REVOKE],
};
