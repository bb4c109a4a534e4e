/**
 * Texts that an Ed25519 key signed: what a device says to a manager, and the tickets that a manager gives to a device. The signature is
 * checked over the bytes as they came, and only then are they read.
 */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import * as z from 'zod';
import { RecentMap } from './serving/recent-map.ts';

/** Longest text that is signed. */
export const SIGNED_LIMIT_BYTES = 256 * 1024;

/** SubjectPublicKeyInfo of Ed25519 up to the key itself (RFC 8410 section 4). */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

/** An Ed25519 key: 32 bytes, base64url. */
export const publicKeyText = z.string().regex(/^[\w-]{43}$/);

/** On the wire. */
export const signedShape = z.strictObject({
  text: z.string().max(SIGNED_LIMIT_BYTES).describe('JSON text, as it was signed'),
  signature: z
    .string()
    .regex(/^[\w-]{86}$/)
    .describe('Ed25519 over the bytes of the text, base64url'),
});
export type Signed = Readonly<z.output<typeof signedShape>>;

/** OpenSSL takes longer to read a key than to check a signature with it, and devices come again. */
const MOST_KEYS = 4096;
const keys = new RecentMap<string, KeyObject>(MOST_KEYS);

/** The key of a text such as {@link publicKeyText}. */
export const publicKeyOf = (key: string): KeyObject => {
  const found = keys.get(key) ?? readKey(key);
  keys.set(key, found);
  return found;
};

const readKey = (key: string): KeyObject => {
  const der = Buffer.concat([SPKI_HEAD, Buffer.from(key, 'base64url')]);
  return createPublicKey({ key: der, format: 'der', type: 'spki' });
};

/** The public half of a private key in PEM. */
export const keyTextOf = (privatePem: string): string =>
  createPublicKey(createPrivateKey(privatePem))
    .export({ format: 'der', type: 'spki' })
    .subarray(SPKI_HEAD.length)
    .toString('base64url');

/** Signs a value as its JSON text. */
export const signMessage = (privatePem: string, value: unknown): Signed => {
  const text = JSON.stringify(value);
  const signature = sign(null, Buffer.from(text), createPrivateKey(privatePem));
  return { text, signature: signature.toString('base64url') };
};

/** Whether the key signed these bytes. */
export const isSignedBy = ({ text, signature }: Signed, key: string): boolean => {
  const bytes = Buffer.from(text);
  return verify(null, bytes, publicKeyOf(key), Buffer.from(signature, 'base64url'));
};
