/** Where `nacre pxe serve` has its policy from: a file or a manager, options before settings, and never both. */
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { NacreError } from '../../errors.ts';
import type { BridgeTrust } from '../../pxe/bridge/manager-link.ts';
import type { PolicySource } from '../../pxe/service/policy-source.ts';
import type { Call, OptionSpec } from '../command.ts';
import { policyFileOf } from '../commands/pxe-places.ts';
import { readLogins } from '../manager/login-file.ts';
import { managerAddress } from '../manager/open-client.ts';

const COMMAND = 'nacre pxe serve';
/** Of a manager, and of Merlin's desk: one machine has it once. */
const SHARED_PORT = 30_806;
const PORT_BESIDE_MANAGER = 30_807;

export const SERVER: OptionSpec = {
  flags: '--server <URL>',
  text: {
    en: 'manager that decides, https://NAME:PORT, instead of --policy (default: NACRE_SERVER)',
    ja: '--policy の代わりに判断するマネージャー https://名前:ポート(既定: NACRE_SERVER)',
  },
};

export const BRIDGE_OPTIONS: readonly OptionSpec[] = [
  SERVER,
  {
    flags: '--token-file <FILE>',
    text: {
      en: 'with --server: token with the scope network-boot:write (default: NACRE_TOKEN_FILE, then the login)',
      ja: '--server 用: network-boot:write のトークンのファイル(既定: NACRE_TOKEN_FILE、次にログイン)',
    },
  },
  {
    flags: '--trust <PUBKEY>',
    text: {
      en: 'with --server: devices take only images signed by this public key (PEM file)',
      ja: '--server 用: この公開鍵(PEM ファイル)で署名されたイメージだけを許す',
    },
  },
  {
    flags: '--unsigned',
    text: {
      en: 'with --server: devices take unsigned images too',
      ja: '--server 用: 署名のないイメージも許す',
    },
  },
];

const usage = (reason: string): NacreError =>
  new NacreError('CLI_USAGE', { reason, command: COMMAND });

/** Whether a manager decides. @throws NacreError CLI_USAGE when both are named in the same way */
const isManaged = (call: Call): boolean => {
  const { session } = call;
  const [server, policy] = [call.text('server'), call.text('policy')];
  if (server !== undefined && policy !== undefined)
    throw usage('--server and --policy exclude each other: one of them decides');
  if (server !== undefined || policy !== undefined) return server !== undefined;
  const settings = [session.setting('server'), session.setting('policy')];
  if (settings.every((text) => text !== undefined))
    throw usage('NACRE_SERVER and NACRE_POLICY are both set: say --server URL or --policy FILE');
  return settings[0] !== undefined;
};

const trustOf = (call: Call): BridgeTrust => {
  const key = call.text('trust');
  if (key !== undefined && call.isSet('unsigned'))
    throw usage('--trust and --unsigned exclude each other');
  if (key !== undefined) return { kind: 'key', file: path.resolve(key) };
  if (call.isSet('unsigned')) return { kind: 'unsigned' };
  throw new NacreError('CLI_OPTION_NEEDED', {
    what: '--trust PUBKEY | --unsigned',
    command: COMMAND,
  });
};

/** First line of the file that the option or the setting names. */
const tokenOf = async (call: Call): Promise<string | undefined> => {
  const file = call.text('tokenFile') ?? call.session.setting('token-file');
  return file === undefined ? undefined : (await readFile(file, 'utf8')).split('\n', 1)[0]?.trim();
};

const managerSource = async (call: Call): Promise<PolicySource> => {
  const trust = trustOf(call);
  const logins = await readLogins(call.session.edge);
  const address = managerAddress(call, logins);
  const token = (await tokenOf(call)) ?? logins.managers[address.server]?.token;
  if (token === undefined) throw new NacreError('MANAGER_LOGIN_NEEDED', {});
  const { makeManagerLink } = await import('./manager-link.ts');
  return { kind: 'manager', link: makeManagerLink(address, token), trust };
};

/** @throws NacreError CLI_USAGE, CLI_OPTION_NEEDED, MANAGER_SERVER_MISSING, MANAGER_ADDRESS, MANAGER_LOGIN_NEEDED */
export const policySourceOf = async (call: Call): Promise<PolicySource> => {
  if (isManaged(call)) return managerSource(call);
  for (const name of ['trust', 'tokenFile', 'pin'] as const)
    if (call.text(name) !== undefined || call.isSet('unsigned'))
      throw usage('--trust, --unsigned, --token-file and --pin belong to --server');
  return { kind: 'file', file: policyFileOf(call) };
};

/** True for a name or address of this machine. */
const isHere = (host: string): boolean => {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  const own = Object.values(os.networkInterfaces())
    .flatMap((list) => list ?? [])
    .map(({ address }) => address.toLowerCase());
  return [...own, 'localhost', os.hostname().toLowerCase()].includes(bare);
};

/** Merlin's port when nobody names one: another one than that of a manager on this machine. Undefined: as always. */
export const merlinPortBeside = (source: PolicySource): number | undefined => {
  if (source.kind === 'file') return undefined;
  const { hostname, port } = new URL(source.link.server);
  return Number(port) === SHARED_PORT && isHere(hostname) ? PORT_BESIDE_MANAGER : undefined;
};
