/**
 * Keys of servers and the certificates around them. Devices and commands know a server by the SHA-256 of its key (the pin),
 * so that a renewed certificate, or a clock that is wrong, locks nobody out.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  X509Certificate,
} from 'node:crypto';

/** A new EC key on P-256: PKCS#8, PEM. */
export const makeServerKey = (): string =>
  generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey;

/** SHA-256 of the public half (SPKI, DER) of a private key in PEM, 64 hex digits. @throws what node:crypto throws at it */
export const pinOfKey = (key: string): string => {
  const spki = createPublicKey(createPrivateKey(key)).export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(spki).digest('hex');
};

/** Whether a certificate is that of a key; false too for text that is no certificate. */
export const isCertificateOf = (certificate: string, key: string): boolean => {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch (reason) {
    if (reason instanceof Error && 'code' in reason) return false;
    throw reason;
  }
};
