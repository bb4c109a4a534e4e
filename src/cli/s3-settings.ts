/** What the settings say of an object store, and its keys: from the environment, or from a file; never from a command line. */
import { readFileSync, statSync } from 'node:fs';
import { NacreError } from '../errors.ts';
import type { S3Settings } from '../image/s3/s3-address.ts';
import type { S3Keys } from '../image/s3/s3-signature.ts';
import type { Edge } from './edge.ts';
import type { Settings } from './settings.ts';

/** A file is read anew so often, since keys that are lent are exchanged while a service runs. */
const FRESH_MS = 60_000;
const FILE_BYTES = 65_536;
/** Others than the user. */
const OTHERS = 0o077;

const unusable = (reason: string, cause?: unknown): NacreError =>
  new NacreError('STORE_S3_CREDENTIALS', { reason }, { cause });

const keysOf = (
  id: string | undefined,
  secret: string | undefined,
  sessionToken: string | undefined,
): S3Keys | undefined => {
  if (!id && !secret) return undefined;
  if (id && secret) return { id, secret, ...(sessionToken ? { sessionToken } : {}) };
  throw unusable(id ? 'the secret key is missing' : 'the access key is missing');
};

/** `name = value` lines in the form of `~/.aws/credentials`, of its first section. */
const fieldsOf = (text: string): ReadonlyMap<string, string> => {
  const fields = new Map<string, string>();
  let sections = 0;
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*\[/.test(line)) sections += 1;
    const [, name, value] = /^\s*([a-z_]+)\s*=\s*(\S+)\s*$/.exec(line) ?? [];
    if (sections <= 1 && name !== undefined && value !== undefined) fields.set(name, value);
  }
  return fields;
};

const readKeys = (file: string): S3Keys => {
  let text: string;
  try {
    const { mode, size } = statSync(file);
    if ((mode & OTHERS) !== 0) throw unusable(`${file} can be used by others than its user`);
    if (size > FILE_BYTES) throw unusable(`${file} has more than ${FILE_BYTES} bytes`);
    text = readFileSync(file, 'utf8');
  } catch (reason) {
    if (!(reason instanceof Error && 'syscall' in reason && 'code' in reason)) throw reason;
    throw unusable(`${file} cannot be read: ${String(reason.code)}`, reason);
  }
  const fields = fieldsOf(text);
  const [id, secret] = [fields.get('aws_access_key_id'), fields.get('aws_secret_access_key')];
  const keys = keysOf(id, secret, fields.get('aws_session_token'));
  if (keys === undefined) throw unusable(`${file} has no aws_access_key_id`);
  return keys;
};

const keysFrom = ({ environment, now }: Edge, file: string | undefined) => {
  let kept: { readonly keys: S3Keys; readonly atMs: number } | undefined;
  return (): S3Keys | undefined => {
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = environment;
    if (file === undefined)
      return keysOf(AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN);
    if (kept === undefined || now() - kept.atMs > FRESH_MS)
      kept = { keys: readKeys(file), atMs: now() };
    return kept.keys;
  };
};

/**
 * `s3-endpoint`, `s3-region`, `s3-addressing`, `s3-devices` and `s3-credentials` of the settings, each also as `NACRE_S3_…`; without the last,
 * `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`. Keys are looked for when they are needed.
 */
export const s3SettingsOf = (edge: Edge, settings: Settings): S3Settings => ({
  endpoint: settings('s3-endpoint'),
  region: settings('s3-region') ?? (edge.environment['AWS_REGION'] || undefined),
  addressing: settings('s3-addressing'),
  devices: settings('s3-devices'),
  keys: keysFrom(edge, settings('s3-credentials')),
});
