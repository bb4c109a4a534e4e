/** Pins: the SHA-256 of the public key of a server, by which it is known without a CA and without a name. */
import { createHash, type X509Certificate } from 'node:crypto';
import { toHex } from '../../codec/hex.ts';
import { NacreError } from '../../errors.ts';

const PIN = /^sha256:([0-9a-f]{64})$/i;

/** The 64 hex digits of `sha256:HEX`. @throws NacreError `STORE_PIN_INVALID` */
export const parsePin = (pin: string): string => {
  const [, digits] = PIN.exec(pin.trim()) ?? [];
  if (digits === undefined) throw new NacreError('STORE_PIN_INVALID', { pin });
  return digits.toLowerCase();
};

/** SHA-256 of the SubjectPublicKeyInfo (RFC 5280 section 4.1) of a certificate, hex. */
export const keyDigestOf = ({ publicKey }: X509Certificate): string => {
  const key = publicKey.export({ type: 'spki', format: 'der' });
  return toHex(createHash('sha256').update(key).digest());
};
