/**
 * The keys of a manager: its CA, the key by which devices and commands know it, and the one that signs jobs. They are made at the first start and lie in the
 * data base, so that several managers on one are one, and a backup has them. The certificate is made anew at each start: it only
 * has to be valid, and for the names of this machine.
 */
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { NacreError } from '../../errors.ts';
import { isCertificateOf, makeServerKey, pinOfKey } from '../../job/serving/server-key.ts';
import { keyTextOf } from '../../job/signed-message.ts';
import { type Ground, MANAGER } from '../ground.ts';
import { audit } from '../identity/audit.ts';
import { addKey, changeCertificate, findKey } from '../store/key-rows.ts';
import type { Queries } from '../store/store.ts';
import {
  type KeyPair,
  makeCaCertificate,
  makeServerCertificate,
  type ServerNames,
} from './certificate.ts';

const CA = 'ca';
const SERVER = 'server';
const JOBS = 'jobs';
/** A certificate that ends within this time is renewed. */
const CA_LEFT_MS = 365 * 24 * 60 * 60_000;

export interface ManagerKeys {
  readonly ca: KeyPair;
  /** Private, PEM. */
  readonly server: string;
  /** SHA-256 of the public half of the server's key, hex. */
  readonly pin: string;
  /** Private, Ed25519, PEM: signs jobs. */
  readonly jobs: string;
}

const isDue = ({ certificate }: KeyPair, nowMs: number): boolean =>
  Date.parse(new X509Certificate(certificate).validTo) - nowMs < CA_LEFT_MS;

const makeJobKey = (): string =>
  generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey;

/** The key for jobs; a data base of a release before it gets one. */
const openJobKey = (ground: Ground): Promise<string> =>
  ground.store.change(async (db) => {
    const known = await findKey(db, JOBS);
    if (known !== undefined) return known.private_pem;
    const made = makeJobKey();
    await addKey(db, { name: JOBS, private_pem: made, certificate_pem: null });
    const facts = { key: keyTextOf(made) };
    const deed = { action: 'keys.make', kind: 'manager', subject: JOBS, facts };
    await audit(ground, db, MANAGER, deed);
    return made;
  });

/** @throws NacreError MANAGER_KEYS_UNUSABLE */
const checkedJobKey = async (ground: Ground): Promise<string> => {
  const key = await openJobKey(ground);
  try {
    keyTextOf(key);
    return key;
  } catch (cause) {
    const facts = { place: ground.store.place, reason: 'the key for jobs cannot be read' };
    throw new NacreError('MANAGER_KEYS_UNUSABLE', facts, { cause });
  }
};

const makeKeys = async (ground: Ground, scratch: string): Promise<void> => {
  const [caKey, serverKey] = [makeServerKey(), makeServerKey()];
  const certificate = await makeCaCertificate(caKey, scratch);
  await ground.store.change(async (db: Queries) => {
    // Another manager on the same data base may have been quicker.
    if ((await findKey(db, CA)) !== undefined) return;
    await addKey(db, { name: CA, private_pem: caKey, certificate_pem: certificate });
    await addKey(db, { name: SERVER, private_pem: serverKey, certificate_pem: null });
    const facts = { pin: pinOfKey(serverKey) };
    await audit(ground, db, MANAGER, {
      action: 'keys.make',
      kind: 'manager',
      subject: 'keys',
      facts,
    });
  });
};

type ServerKeys = Omit<ManagerKeys, 'jobs'>;

const readKeys = async ({ store }: Ground): Promise<ServerKeys | undefined> => {
  const [ca, server] = await store.read((db) =>
    Promise.all([findKey(db, CA), findKey(db, SERVER)]),
  );
  if (ca === undefined && server === undefined) return undefined;
  const unusable = (reason: string, cause?: unknown): NacreError =>
    new NacreError('MANAGER_KEYS_UNUSABLE', { place: store.place, reason }, { cause });
  if (ca === undefined || server === undefined) throw unusable('one of two is missing');
  const certificate = ca.certificate_pem ?? '';
  try {
    if (!isCertificateOf(certificate, ca.private_pem))
      throw unusable('the certificate of the CA is not of its key');
    const pin = pinOfKey(server.private_pem);
    return { ca: { key: ca.private_pem, certificate }, server: server.private_pem, pin };
  } catch (cause) {
    throw cause instanceof NacreError ? cause : unusable('a key cannot be read', cause);
  }
};

const renewCa = async (ground: Ground, keys: ServerKeys, scratch: string): Promise<ServerKeys> => {
  if (!isDue(keys.ca, ground.now().getTime())) return keys;
  const certificate = await makeCaCertificate(keys.ca.key, scratch);
  await ground.store.change(async (db) => {
    await changeCertificate(db, CA, certificate);
    await audit(ground, db, MANAGER, { action: 'keys.renew', kind: 'manager', subject: CA });
  });
  return { ...keys, ca: { key: keys.ca.key, certificate } };
};

/**
 * The keys, made where there are none.
 *
 * @param scratch a folder of this user alone
 * @throws NacreError MANAGER_KEYS_UNUSABLE, TOOL_MISSING, TOOL_FAILED
 */
export const openManagerKeys = async (ground: Ground, scratch: string): Promise<ManagerKeys> => {
  const known = await readKeys(ground);
  if (known === undefined) await makeKeys(ground, scratch);
  const keys = known ?? (await readKeys(ground));
  if (keys === undefined) throw new TypeError('keys that were made are gone');
  return { ...(await renewCa(ground, keys, scratch)), jobs: await checkedJobKey(ground) };
};

/** What the server shows: the certificate of its key for these names, and that of the CA behind it. */
export const serverCertificate = async (
  { ca, server }: Pick<ManagerKeys, 'ca' | 'server'>,
  names: ServerNames,
  scratch: string,
): Promise<{ readonly key: string; readonly cert: string }> => {
  const certificate = await makeServerCertificate(server, ca, names, scratch);
  return { key: server, cert: `${certificate}${ca.certificate}` };
};
