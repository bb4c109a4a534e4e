/**
 * Signatures of versions: Ed25519 (RFC 8032) with keys in the PEM forms that openssl writes, PKCS#8 for
 * the private and SPKI for the public key (RFC 8410). What is signed is the text of `signedText(id)`.
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { type ManifestSignature, signedText } from '../../codec/signatures.ts';
import { NacreError } from '../../errors.ts';

/** A key pair in PEM form. */
export interface KeyPair {
  readonly privatePem: string;
  readonly publicPem: string;
}

/** Makes a new Ed25519 key pair. */
export const makeKeyPair = (): KeyPair => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
};

const readKey = (kind: 'private' | 'public', read: () => KeyObject): KeyObject => {
  let key: KeyObject;
  try {
    key = read();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new NacreError('IMAGE_KEY_INVALID', { kind, reason }, { cause });
  }
  if (key.asymmetricKeyType === 'ed25519' && key.type === kind) return key;
  const reason = `it is a ${key.type} key of the kind ${key.asymmetricKeyType ?? 'unknown'}`;
  throw new NacreError('IMAGE_KEY_INVALID', { kind, reason });
};

const privateKeyOf = (pem: string): KeyObject => readKey('private', () => createPrivateKey(pem));

// createPublicKey would take a private key as well: the text must say which one it is.
const publicKeyOf = (pem: string): KeyObject =>
  readKey('public', () => {
    if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) return createPrivateKey(pem);
    return createPublicKey(pem);
  });

const spkiOf = (key: KeyObject): string =>
  key.export({ type: 'spki', format: 'der' }).toString('base64');

/** Public key of a private one, both PEM. @throws NacreError `IMAGE_KEY_INVALID` */
export const publicPemOf = (privatePem: string): string =>
  createPublicKey(privateKeyOf(privatePem)).export({ type: 'spki', format: 'pem' }).toString();

/** Short name of a public key for people: the first 16 hex digits of its last 32 bytes. */
export const keyName = (spkiBase64: string): string =>
  Buffer.from(spkiBase64, 'base64').subarray(-32).toString('hex').slice(0, 16);

/** Signs a version. @throws NacreError `IMAGE_KEY_INVALID` */
export const signManifest = (id: string, privatePem: string): ManifestSignature => {
  const key = privateKeyOf(privatePem);
  const signature = sign(null, Buffer.from(signedText(id)), key);
  return { key: spkiOf(createPublicKey(key)), signature: signature.toString('base64') };
};

const publicKeyOfSpki = (spki: string): KeyObject | undefined => {
  try {
    const key = createPublicKey({
      key: Buffer.from(spki, 'base64'),
      format: 'der',
      type: 'spki',
    });
    return key.asymmetricKeyType === 'ed25519' ? key : undefined;
  } catch (reason) {
    if (reason instanceof Error) return undefined;
    throw reason;
  }
};

const isRight = (id: string, { key, signature }: ManifestSignature): boolean => {
  const publicKey = publicKeyOfSpki(key);
  if (publicKey === undefined) return false;
  return verify(null, Buffer.from(signedText(id)), publicKey, Buffer.from(signature, 'base64'));
};

/** Public keys, PEM, of those who signed a version rightly. */
export const signersOf = (
  id: string,
  signatures: readonly ManifestSignature[],
): readonly string[] =>
  signatures
    .filter((one) => isRight(id, one))
    .flatMap(({ key }) => {
      const found = publicKeyOfSpki(key);
      return found === undefined ? [] : [found.export({ type: 'spki', format: 'pem' }).toString()];
    });

/** One signature of a version and whether it is right. */
export interface SignatureState {
  /** `keyName` of its key. */
  readonly key: string;
  readonly isRight: boolean;
}

/** Checks every signature of a version by the key it names; that says nothing about trust. */
export const checkSignatures = (
  id: string,
  signatures: readonly ManifestSignature[],
): readonly SignatureState[] =>
  signatures.map((one) => ({ key: keyName(one.key), isRight: isRight(id, one) }));

/**
 * Refuses a version that none of the given keys has signed.
 * @returns `keyName` of the key that did
 * @throws NacreError `IMAGE_UNTRUSTED`, `IMAGE_KEY_INVALID`
 */
export const checkTrust = (
  id: string,
  signatures: readonly ManifestSignature[],
  publicPems: readonly string[],
): string => {
  const trusted = publicPems.map((pem) => spkiOf(publicKeyOf(pem)));
  const byTrusted = signatures.filter(({ key }) => trusted.includes(key));
  const right = byTrusted.find((one) => isRight(id, one));
  if (right !== undefined) return keyName(right.key);
  const keys = trusted.map(keyName).join(', ');
  throw new NacreError('IMAGE_UNTRUSTED', { id, keys, reason: reasonOf(signatures, byTrusted) });
};

const reasonOf = (
  signatures: readonly ManifestSignature[],
  byTrusted: readonly ManifestSignature[],
): string => {
  if (signatures.length === 0) return 'it is not signed';
  if (byTrusted.length > 0) return 'the signature is not right';
  return `it is signed by ${signatures.map(({ key }) => keyName(key)).join(', ')}`;
};
