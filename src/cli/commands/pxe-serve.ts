/** `nacre pxe serve`: answers devices that start from the network, until it is told to stop. */
import { once } from 'node:events';
import os from 'node:os';
import path from 'node:path';
import { NacreError } from '../../errors.ts';
import { hasScheme, shownAddress } from '../../image/store/web-address.ts';
import type { PxeService } from '../../pxe/service/pxe-service.ts';
import type { Call, CommandSpec, Outcome } from '../command.ts';
import type { Phrase } from '../language.ts';
import { PIN } from '../manager/open-client.ts';
import { BRIDGE_OPTIONS, merlinPortBeside, policySourceOf } from '../pxe/policy-choice.ts';
import { openServiceLog } from '../pxe/service-log.ts';
import { BOOT, bootFolderOf } from './boot-folder.ts';
import { DATA, dataFolderOf, INTERFACE, POLICY, RANGE } from './pxe-places.ts';

const MOST_PORT = 65_535;

const STOPPED: Phrase = {
  en: 'stopped; orders and what was seen are stored',
  ja: '停止しました。指示と端末の記録は保存済みです',
};

const start = async (call: Call): Promise<PxeService> => {
  const { session } = call;
  // What devices are imaged from and captured into lies here: a copy of what lies elsewhere is made by "nacre store sync".
  if (hasScheme(session.store))
    throw new NacreError('STORE_READ_ONLY_WEB', { store: shownAddress(session.store) });
  const source = await policySourceOf(call);
  const [{ startPxeService }, { chooseInterfaces }, { parseLeaseRange }] = await Promise.all([
    import('../../pxe/service/pxe-service.ts'),
    import('../../pxe/interfaces.ts'),
    import('../../pxe/dhcp/lease-range.ts'),
  ]);
  const interfaces = chooseInterfaces(call.list('interface'), os.networkInterfaces());
  const text = call.text('dhcp');
  const http = call.number('httpPort', 1, MOST_PORT);
  const https = call.number('httpsPort', 1, MOST_PORT) ?? merlinPortBeside(source);
  return startPxeService({
    interfaces,
    policySource: source,
    bootFolder: path.resolve(call.text('boot') ?? bootFolderOf(call)),
    storeFolder: path.resolve(session.store),
    dataFolder: dataFolderOf(call),
    range: text === undefined ? undefined : { text, range: parseLeaseRange(text, interfaces) },
    ports: { ...(http && { http }), ...(https && { https }) },
    log: await openServiceLog(session, {
      isJson: call.isSet('logJson'),
      isVerbose: call.isSet('verbose'),
    }),
    signal: session.signal,
  });
};

/** A service that is told to stop has done what it was asked to: that is no failure. */
const serve = async (call: Call): Promise<Outcome> => {
  const { session } = call;
  await using service = await start(call);
  if (!session.signal.aborted) await once(session.signal, 'abort');
  await service.close();
  session.note(session.text(STOPPED));
  return { json: { ports: service.ports, pin: service.pin }, text: '' };
};

export const SERVE: CommandSpec = {
  name: 'serve',
  summary: {
    en: 'answer devices that start from the network',
    ja: 'ネットワークから起動する端末に応答する',
  },
  details: {
    en: 'Runs until Ctrl-C: DHCP (beside another server, or with --dhcp as one), TFTP, and HTTP for boot files and images. The policy says which device is told what, and is read again when it changes; with --server a manager says it, and its last word counts while it is away.',
    ja: 'Ctrl-C まで動作します。DHCP(既存サーバーと併用、または --dhcp で単独)、TFTP、HTTP を提供します。どの端末に何を渡すかはポリシーで決まり、変更は自動で反映されます。--server ではマネージャーが決め、応答がない間は最後の内容を使います。',
  },
  options: [
    INTERFACE,
    POLICY,
    ...BRIDGE_OPTIONS,
    PIN,
    RANGE,
    BOOT,
    DATA,
    {
      flags: '--http-port <PORT>',
      text: {
        en: 'port of boot files and images (default: 30880)',
        ja: 'ブートファイルとイメージのポート(既定: 30880)',
      },
    },
    {
      flags: '--https-port <PORT>',
      text: {
        en: 'port at which Merlin asks for orders (default: 30806; 30807 beside the manager of --server on this machine)',
        ja: 'Merlin が指示を受け取るポート(既定: 30806。--server のマネージャーが同じ機械なら 30807)',
      },
    },
    {
      flags: '--log-json',
      text: { en: 'log lines as JSON', ja: 'ログを1行1つの JSON で出力' },
    },
    {
      flags: '--verbose',
      text: { en: 'log every packet', ja: 'すべてのパケットを記録' },
    },
  ],
  example: 'nacre pxe serve --interface eth0 --policy pxe.toml',
  run: serve,
};
