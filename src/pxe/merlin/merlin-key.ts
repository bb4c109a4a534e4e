/**
 * The key by which Merlin knows its server. Made at the first start and kept: its digest stands on the command line of every
 * Merlin, so that nobody else can pass for the server, whatever the clock of a device says and whoever issued certificates.
 */
import { chmod, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ensureDir } from 'fs-extra/esm';
import { runTool } from '../../disk/tool.ts';
import { NacreError } from '../../errors.ts';
import { isCertificateOf, makeServerKey, pinOfKey } from '../../job/serving/server-key.ts';

/** A key with a certificate that it signed itself. */
export interface MerlinKey {
  /** PEM, secret. */
  readonly key: string;
  /** PEM. Only its key counts: names and dates in it are of no use to machines without a clock. */
  readonly certificate: string;
  /** SHA-256 of the public key (SPKI, DER), 64 hex digits. */
  readonly pin: string;
}

const MODE = 0o600;
const VALID_DAYS = 36_500;

const unusable = (file: string, reason: string, cause?: unknown): NacreError =>
  new NacreError('PXE_KEY_UNUSABLE', { path: file, reason }, { cause });

const readOr = async (file: string): Promise<string | undefined> => {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
    if (code === 'ENOENT') return undefined;
    throw code === undefined ? cause : unusable(file, code, cause);
  }
};

const makeKey = async (file: string): Promise<string> => {
  const privateKey = makeServerKey();
  await writeFile(`${file}.new`, privateKey, { mode: MODE, flush: true });
  await rename(`${file}.new`, file);
  return privateKey;
};

const makeCertificate = async (file: string, keyFile: string): Promise<string> => {
  const made = `${file}.new`;
  await runTool('openssl', [
    ...['req', '-x509', '-new', '-sha256', '-key', keyFile, '-subj', '/CN=nacre pxe'],
    ...['-days', String(VALID_DAYS), '-out', made],
  ]);
  await chmod(made, MODE);
  await rename(made, file);
  return readFile(file, 'utf8');
};

/** Digest of a key's public half. @throws NacreError PXE_KEY_UNUSABLE */
const pinOf = (key: string, file: string): string => {
  try {
    return pinOfKey(key);
  } catch (cause) {
    throw unusable(file, 'it holds no private key', cause);
  }
};

/**
 * The key in a folder, made where there is none. A certificate that is missing or of another key is made anew: nobody
 * depends on it.
 *
 * @throws NacreError PXE_KEY_UNUSABLE for a key file that cannot be used: another key would lock out every medium that has
 *   its pin. TOOL_MISSING, TOOL_FAILED of openssl
 */
export const openMerlinKey = async (folder: string): Promise<MerlinKey> => {
  await ensureDir(folder, 0o700);
  const keyFile = path.join(folder, 'key.pem');
  const file = path.join(folder, 'certificate.pem');
  const key = (await readOr(keyFile)) ?? (await makeKey(keyFile));
  const pin = pinOf(key, keyFile);
  const known = await readOr(file);
  const isRight = known !== undefined && isCertificateOf(known, key);
  return { key, certificate: isRight ? known : await makeCertificate(file, keyFile), pin };
};
