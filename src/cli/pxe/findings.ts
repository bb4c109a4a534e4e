/** What was found on this machine and on the network, in sentences that say what to do. */
import {
  FINDINGS,
  type Finding,
  type FindingLevel,
  type FindingName,
} from '../../pxe/preflight.ts';
import { printable } from '../format.ts';
import type { Language, Phrase } from '../language.ts';

const LEVELS: Readonly<Record<FindingLevel, Phrase>> = {
  fine: { en: 'fine', ja: '正常' },
  warning: { en: 'WARNING', ja: '注意' },
  problem: { en: 'PROBLEM', ja: '問題' },
};

/** What it is, and for what is wrong what to do; `{facts}` of the finding. */
const TEXTS: Readonly<Record<FindingName, Phrase>> = {
  'port-free': { en: 'UDP port {port} is free', ja: 'UDP ポート {port} は空いています' },
  'port-shared': {
    en: 'UDP port {port} is shared with {owner}, which may lose renewals of addresses while the service runs. Serve from another machine if that happens.',
    ja: 'UDP ポート {port} は {owner} と共有になり、動作中はアドレスの更新要求がそちらに届かないことがあります。その場合は別の機械で動かしてください。',
  },
  'port-taken': {
    en: 'UDP port {port} belongs to {owner}. Stop that program, or serve from another machine; a dnsmasq that gives addresses here shares its port with "bind-dynamic".',
    ja: 'UDP ポート {port} は {owner} が使用中です。そのプログラムを止めるか、別の機械で動かしてください。この機械でアドレスを配る dnsmasq は "bind-dynamic" でポートを共有できます。',
  },
  'port-denied': {
    en: 'this user may not open UDP port {port}. Run as root, or give the program CAP_NET_BIND_SERVICE.',
    ja: 'このユーザーは UDP ポート {port} を開けません。root で実行するか、CAP_NET_BIND_SERVICE を与えてください。',
  },
  'boot-files-whole': {
    en: 'boot files in {folder}, Linux {kernel}',
    ja: '{folder} のブートファイル(Linux {kernel})',
  },
  'boot-files-wrong': {
    en: '{reason}. Run "nacre boot build".',
    ja: '{reason}。"nacre boot build" を実行してください。',
  },
  'firewall-drops': {
    en: 'the firewall drops what no rule allows. Allow UDP 67, 69 and 4011, answers from UDP ports above 1023 (TFTP), and TCP 30880 and 30806.',
    ja: 'ファイアウォールは許可していない通信を破棄します。UDP 67、69、4011、1023 より大きい UDP ポートからの応答(TFTP)、TCP 30880 と 30806 を許可してください。',
  },
  'dhcp-server': {
    en: '{interface}: the DHCP server {server} gives addresses',
    ja: '{interface}: DHCP サーバー {server} がアドレスを配布しています',
  },
  'dhcp-server-beside-ours': {
    en: '{interface}: {server} gives addresses already, and ours would give {range} as well. Leave --dhcp out: beside another server Nacre gives none.',
    ja: '{interface}: {server} が既にアドレスを配布しており、{range} の配布と重なります。--dhcp を外してください。ほかのサーバーがあれば Nacre は配布しません。',
  },
  'no-dhcp-server': {
    en: '{interface}: nobody gives addresses. Connect a DHCP server, or use --dhcp RANGE on an isolated network.',
    ja: '{interface}: アドレスを配布するサーバーがありません。DHCP サーバーを接続するか、独立したネットワークなら --dhcp RANGE を使ってください。',
  },
  'boot-file-of-others': {
    en: '{interface}: the DHCP server {server} names the boot file "{file}" (options 66 and 67); machines with iPXE take that one. Remove it there.',
    ja: '{interface}: DHCP サーバー {server} がブートファイル "{file}" を指定しています(オプション 66、67)。iPXE の機械はそちらを使います。設定を外してください。',
  },
  'other-pxe-service': {
    en: '{interface}: {server} answers machines that start from the network with "{file}"; whoever is first wins. Stop one of the two.',
    ja: '{interface}: {server} もネットワーク起動に "{file}" と応答しています。早い方が使われます。どちらかを止めてください。',
  },
  'probe-impossible': {
    en: '{interface}: other servers could not be looked for: {reason}',
    ja: '{interface}: ほかのサーバーを調べられませんでした: {reason}',
  },
};

const NAMES: ReadonlySet<string> = new Set(FINDINGS);

/** True for the name of a finding. */
export const isFinding = (name: string): name is FindingName => NAMES.has(name);

/** The sentence of a finding, with its facts put in. */
export const findingSentence = (
  name: FindingName,
  facts: Readonly<Record<string, unknown>>,
  language: Language,
): string => TEXTS[name][language].replace(/\{(\w+)\}/g, (_, key: string) => `${facts[key]}`);

/** A line with the level in front. */
export const findingText = ({ level, name, facts }: Finding, language: Language): string =>
  `${LEVELS[level][language]}  ${printable(findingSentence(name, facts, language))}\n`;
