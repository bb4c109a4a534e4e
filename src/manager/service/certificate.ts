/** Certificates of the manager, made by openssl: a CA of its own, and one for the names of this machine. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runTool } from '../../disk/tool.ts';

const CA_DAYS = 3650;
/** What browsers take at most, less a day for time zones. */
const SERVER_DAYS = 396;

const PRIVATE = { mode: 0o600 } as const;

/** Everything is said here, so that the configuration of the machine has no part in it (x509v3_config(5)). */
const configuration = (name: string, names: readonly string[]): string => `[req]
distinguished_name = subject
prompt = no
utf8 = yes
[subject]
CN = ${name}
[ca]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = ${names.join(', ')}
`;

/** A folder for openssl's files while `work` runs; it holds private keys. */
const inFolder = async <Result>(
  parent: string,
  work: (folder: string) => Promise<Result>,
): Promise<Result> => {
  const folder = await mkdtemp(path.join(parent, 'certificate-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/**
 * A certificate of the CA for its own key.
 *
 * @param scratch a folder of this user alone
 * @throws NacreError TOOL_MISSING, TOOL_FAILED
 */
export const makeCaCertificate = (key: string, scratch: string): Promise<string> =>
  inFolder(scratch, async (folder) => {
    const at = (name: string): string => path.join(folder, name);
    await writeFile(at('ca.key'), key, PRIVATE);
    await writeFile(at('config'), configuration('Nacre manager CA', ['DNS:localhost']));
    await runTool('openssl', [
      ...['req', '-x509', '-new', '-sha256', '-config', at('config'), '-extensions', 'ca'],
      ...['-key', at('ca.key'), '-days', String(CA_DAYS), '-out', at('ca.pem')],
    ]);
    return readFile(at('ca.pem'), 'utf8');
  });

/** A key with its certificate. */
export interface KeyPair {
  readonly key: string;
  readonly certificate: string;
}

/** `DNS:name` and `IP:address` of a machine, without what openssl's configuration would misread. */
const alternativeNames = (names: readonly string[], addresses: readonly string[]): string[] => [
  ...names.filter((name) => /^[A-Za-z0-9.-]{1,253}$/.test(name)).map((name) => `DNS:${name}`),
  ...addresses
    .filter((address) => /^[0-9a-fA-F.:]+$/.test(address))
    .map((address) => `IP:${address}`),
];

export interface ServerNames {
  readonly names: readonly string[];
  readonly addresses: readonly string[];
}

/** A certificate for the manager's key, by the CA. @throws NacreError TOOL_MISSING, TOOL_FAILED */
export const makeServerCertificate = (
  key: string,
  ca: KeyPair,
  { names, addresses }: ServerNames,
  scratch: string,
): Promise<string> =>
  inFolder(scratch, async (folder) => {
    const at = (name: string): string => path.join(folder, name);
    await writeFile(at('server.key'), key, PRIVATE);
    await writeFile(at('ca.key'), ca.key, PRIVATE);
    await writeFile(at('ca.pem'), ca.certificate);
    const text = configuration('nacre manager', alternativeNames(names, addresses));
    await writeFile(at('config'), text);
    await runTool('openssl', [
      ...['req', '-x509', '-new', '-sha256', '-config', at('config'), '-extensions', 'server'],
      ...['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-key', at('server.key')],
      ...['-days', String(SERVER_DAYS), '-out', at('server.pem')],
    ]);
    return readFile(at('server.pem'), 'utf8');
  });
