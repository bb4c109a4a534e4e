/** `nacre manager serve`: the server, until it is told to stop. */
import { once } from 'node:events';
import os from 'node:os';
import { NacreError } from '../../errors.ts';
import type { ManagerService } from '../../manager/service/start-manager.ts';
import type { Call, CommandSpec, Outcome } from '../command.ts';
import type { Phrase } from '../language.ts';
import { CONSOLE_FOLDER, programVersion } from '../program-folder.ts';
import { openServiceLog } from '../pxe/service-log.ts';
import { databaseUrlOf } from './manager-places.ts';
import { DATA, dataFolderOf } from './pxe-places.ts';

const DEFAULT_PORT = 30_806;
const MOST_PORT = 65_535;
const LISTEN = /^(?:(\[[0-9a-fA-F:.]+\]|[^:[\]]+):)?(\d{1,5})$/;

/** All addresses of both kinds; those of IPv4 where the machine has no others. */
const everywhere = (): string => {
  const addresses = Object.values(os.networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.some(({ family }) => family === 'IPv6') ? '::' : '0.0.0.0';
};

/** `ADDRESS:PORT` or `PORT`; all addresses of both kinds by default. @throws NacreError CLI_BAD_VALUE */
export const parseListen = (text: string): { readonly address: string; readonly port: number } => {
  const [, host = everywhere(), digits = ''] = LISTEN.exec(text) ?? [];
  const port = digits === '' ? Number.NaN : Number(digits);
  if (port <= MOST_PORT) return { address: host.replace(/^\[(.*)\]$/, '$1'), port };
  const expected = 'ADDRESS:PORT, [ADDRESS]:PORT or PORT';
  throw new NacreError('CLI_BAD_VALUE', { what: '--listen', value: text, expected });
};

const READY: Phrase = {
  en: `
Nacre manager is ready: {url}
  console      the same address, in a browser
  key (pin)    {pin}
  try the API  {url}/api/docs`,
  ja: `
Nacre マネージャーの準備ができました: {url}
  コンソール  ブラウザーで同じアドレスを開く
  鍵(ピン)   {pin}
  API を試す  {url}/api/docs`,
};
const FIRST: Phrase = {
  en: `  first login  admin, password {password}   (shown only now)
  next step    nacre login --server {url} --pin {pin}`,
  ja: `  最初のログイン  admin、パスワード {password}(表示は今回のみ)
  次の手順     nacre login --server {url} --pin {pin}`,
};
/** The journal keeps what it is told, and shows it to others. */
const FIRST_IN_JOURNAL: Phrase = {
  en: `  next step    the password of admin does not go into the journal: set one with
               nacre manager user password admin`,
  ja: `  次の手順     admin のパスワードはジャーナルに記録しません。次のコマンドで設定してください
               nacre manager user password admin`,
};

const fill = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '');

const welcome = ({ session }: Call, { url, pin, firstPassword }: ManagerService): string => {
  const ready = fill(session.text(READY), { url, pin });
  if (firstPassword === undefined) return `${ready}\n`;
  const isJournal = session.edge.environment['JOURNAL_STREAM'] !== undefined;
  const first = session.text(isJournal ? FIRST_IN_JOURNAL : FIRST);
  return `${ready}\n${fill(first, { url, pin, password: firstPassword })}\n`;
};

/** A service that is told to stop has done what it was asked to: that is no failure. */
const serve = async (call: Call): Promise<Outcome> => {
  const { session } = call;
  const { startManager } = await import('../../manager/service/start-manager.ts');
  const isJson = call.isSet('logJson');
  await using service = await startManager({
    dataFolder: dataFolderOf(call),
    databaseUrl: databaseUrlOf(call),
    listen: parseListen(call.text('listen') ?? session.setting('listen') ?? `${DEFAULT_PORT}`),
    release: programVersion(),
    imageStore: session.store,
    storePins: session.storePins,
    s3: session.s3,
    consoleFolder: CONSOLE_FOLDER,
    log: await openServiceLog(session, { isJson, isVerbose: call.isSet('verbose') }),
  });
  session.warn(welcome(call, service));
  if (!session.signal.aborted) await once(session.signal, 'abort');
  await service.close();
  session.note(session.text({ en: 'stopped', ja: '停止しました' }));
  return { json: { url: service.url, pin: service.pin }, text: '' };
};

export const MANAGER_SERVE: CommandSpec = {
  name: 'serve',
  summary: { en: 'run the manager', ja: 'マネージャーを動かす' },
  details: {
    en: 'Runs until Ctrl-C. The first start makes keys, a CA and the user admin, whose password is shown once. The data base is a file in the data folder, or PostgreSQL when DATABASE_URL names one. docs/manager.md says what to do when something is wrong.',
    ja: 'Ctrl-C まで動作します。初回起動時に鍵、認証局、ユーザー admin を作成し、パスワードを一度だけ表示します。データベースはデータフォルダー内のファイル、または DATABASE_URL で指定した PostgreSQL です。',
  },
  options: [
    {
      flags: '--listen <ADDRESS:PORT>',
      text: {
        en: `where to listen (default: port ${DEFAULT_PORT} of all addresses; NACRE_LISTEN)`,
        ja: `待ち受けるアドレスとポート(既定: すべてのアドレスの ${DEFAULT_PORT}。NACRE_LISTEN)`,
      },
    },
    DATA,
    {
      flags: '--log-json',
      text: { en: 'log lines as JSON, for other programs', ja: 'ログを JSON で出力' },
    },
    { flags: '--verbose', text: { en: 'log every request', ja: 'すべての要求を記録' } },
  ],
  example: 'nacre manager serve --listen 0.0.0.0:30806',
  run: serve,
};
