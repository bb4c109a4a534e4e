/**
 * How a device makes itself known to a manager: a statement that it signs with the key that it made itself. The manager checks the
 * signature over the bytes as they came, and only then reads them.
 */
import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import * as z from 'zod';
import { NacreError } from '../errors.ts';

const KEY_BYTES = 32;
const MOST_STATEMENT = 16 * 1024;
const MOST_MACS = 32;

/** SubjectPublicKeyInfo of Ed25519 up to the key itself (RFC 8410 section 4). */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

const text = z.string().trim().min(1).max(128);
const mac = z.string().regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/);

/** What a device says of itself: hints, since all of it can be the same on two machines. */
export const hintsShape = z.strictObject({
  /** Host name. */
  name: text.optional(),
  /** SMBIOS, in the order in which dmidecode prints it. */
  uuid: z.guid().toLowerCase().optional(),
  serial: text.optional(),
  diskSerial: text.optional(),
  macs: z.array(mac).max(MOST_MACS).default([]),
});
export type Hints = Readonly<z.output<typeof hintsShape>>;

const statementShape = z.strictObject({
  format: z.literal('nacre-enrolment'),
  version: z.literal(1),
  /** Ed25519, 32 bytes, base64url. */
  key: z.string().regex(/^[\w-]{43}$/),
  /** Pin of the manager that it is meant for: another one could not pass it on. */
  pin: z.string().regex(/^[0-9a-f]{64}$/),
  hints: hintsShape,
  code: z.string().max(64).optional(),
});
export type EnrolmentStatement = Readonly<z.output<typeof statementShape>>;

/** On the wire. */
export const enrolmentShape = z.strictObject({
  statement: z.string().max(MOST_STATEMENT).describe('JSON text, as it was signed'),
  signature: z
    .string()
    .regex(/^[\w-]{86}$/)
    .describe('Ed25519 over the bytes of the text, base64url'),
});
export type Enrolment = Readonly<z.output<typeof enrolmentShape>>;

const publicKeyOf = (key: string) => {
  const raw = Buffer.from(key, 'base64url');
  return createPublicKey({ key: Buffer.concat([SPKI_HEAD, raw]), format: 'der', type: 'spki' });
};

/** SHA-256 of a key (SPKI, DER): what people compare on the screen of the device and in the console. */
export const fingerprintOf = (key: string): string =>
  createHash('sha256')
    .update(Buffer.concat([SPKI_HEAD, Buffer.from(key, 'base64url')]))
    .digest('hex');

/** The public half of a private key in PEM, as statements have it. */
export const deviceKeyOf = (privatePem: string): string =>
  createPublicKey(createPrivateKey(privatePem))
    .export({ format: 'der', type: 'spki' })
    .subarray(SPKI_HEAD.length)
    .toString('base64url');

/** What the device does. */
export const signEnrolment = (
  privatePem: string,
  about: Omit<EnrolmentStatement, 'format' | 'version' | 'key'>,
): Enrolment => {
  const key = deviceKeyOf(privatePem);
  const statement = JSON.stringify({ format: 'nacre-enrolment', version: 1, key, ...about });
  const signature = sign(null, Buffer.from(statement), createPrivateKey(privatePem));
  return { statement, signature: signature.toString('base64url') };
};

const refused = (reason: string, cause?: unknown): NacreError =>
  new NacreError('MANAGER_ENROLMENT_REFUSED', { reason }, { cause });

const parse = (statement: string): EnrolmentStatement => {
  let value: unknown;
  try {
    value = JSON.parse(statement);
  } catch (cause) {
    throw refused('the statement is no JSON', cause);
  }
  const { data, error } = statementShape.safeParse(value);
  if (data !== undefined && Buffer.from(data.key, 'base64url').length === KEY_BYTES) return data;
  const issue = error?.issues[0];
  throw refused(
    `the statement is not of the known form (${issue?.path.join('.')}: ${issue?.message})`,
  );
};

/** What the manager does. @throws NacreError MANAGER_ENROLMENT_REFUSED */
export const readEnrolment = (
  { statement, signature }: Enrolment,
  pin: string,
): EnrolmentStatement => {
  const found = parse(statement);
  const bytes = Buffer.from(statement);
  if (!verify(null, bytes, publicKeyOf(found.key), Buffer.from(signature, 'base64url')))
    throw refused('the signature is not of the key in the statement');
  if (found.pin !== pin) throw refused('the statement is for another manager');
  return found;
};
