/**
 * The trust anchors of a device, a text file on its boot agent partition: whose images Merlin puts on the disk.
 *
 * Lines beginning with `#` are for people. One line `unsigned=no` or `unsigned=yes`, then public keys in PEM (RFC 7468).
 * `unsigned=no` needs at least one key.
 */
import { NacreError } from '../errors.ts';

export interface TrustAnchors {
  /** Public keys, PEM, Ed25519; an image has to be signed by one of them. */
  readonly keys: readonly string[];
  /** Images without a trusted signature are allowed as well. */
  readonly allowsUnsigned: boolean;
}

const FILE_LIMIT_BYTES = 64 * 1024;
const KEY_LIMIT = 16;
const KEY =
  /-----BEGIN PUBLIC KEY-----\n(?:[A-Za-z0-9+/=]{1,76}\n){1,8}-----END PUBLIC KEY-----\n?/g;

const invalid = (reason: string): NacreError<'BOOT_TRUST_INVALID'> =>
  new NacreError('BOOT_TRUST_INVALID', { reason });

const modeOf = (rest: string): boolean => {
  const lines = rest.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  if (lines.length === 1 && lines[0] === 'unsigned=yes') return true;
  if (lines.length === 1 && lines[0] === 'unsigned=no') return false;
  throw invalid('one line "unsigned=yes" or "unsigned=no" is needed beside the keys');
};

/** Reads the file. @throws NacreError BOOT_TRUST_INVALID */
export const parseTrustAnchors = (bytes: Uint8Array): TrustAnchors => {
  if (bytes.length > FILE_LIMIT_BYTES)
    throw invalid(`it has ${bytes.length} bytes, at most ${FILE_LIMIT_BYTES} are read`);
  const text = Buffer.from(bytes).toString('utf8').replaceAll('\r\n', '\n');
  const keys = text.match(KEY) ?? [];
  const allowsUnsigned = modeOf(text.replaceAll(KEY, ''));
  if (keys.length > KEY_LIMIT) throw invalid(`${keys.length} keys, at most ${KEY_LIMIT}`);
  if (keys.length === 0 && !allowsUnsigned) throw invalid('it names no key');
  return { keys, allowsUnsigned };
};

/** Writes the file. @throws NacreError BOOT_TRUST_INVALID for what could not be read again */
export const serializeTrustAnchors = ({ keys, allowsUnsigned }: TrustAnchors): Buffer => {
  const lines = [
    '# Whose images Nacre puts on this disk.\n',
    `unsigned=${allowsUnsigned ? 'yes' : 'no'}\n`,
    ...keys.map((key) => `${key.trim().replaceAll('\r\n', '\n')}\n`),
  ];
  const bytes = Buffer.from(lines.join(''));
  if (parseTrustAnchors(bytes).keys.length !== keys.length) throw invalid('a key is no PEM');
  return bytes;
};
