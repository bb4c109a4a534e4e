/** How a device makes itself known to a manager: a statement that it signs with the key that it made itself. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { NacreError } from '../errors.ts';
import {
  isSignedBy,
  keyTextOf,
  publicKeyOf,
  publicKeyText,
  type Signed,
  signMessage,
} from './signed-message.ts';

const KEY_BYTES = 32;
const MOST_MACS = 32;

const text = z.string().trim().min(1).max(128);
/** Address of a network card: `52:54:00:12:34:56`. */
export const mac = z.string().regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/);

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
  key: publicKeyText,
  /** Pin of the manager that it is meant for: another one could not pass it on. */
  pin: z.string().regex(/^[0-9a-f]{64}$/),
  hints: hintsShape,
  code: z.string().max(64).optional(),
});
export type EnrolmentStatement = Readonly<z.output<typeof statementShape>>;

/** SHA-256 of a key (SPKI, DER): what people compare on the screen of the device and in the console. */
export const fingerprintOf = (key: string): string =>
  createHash('sha256')
    .update(publicKeyOf(key).export({ format: 'der', type: 'spki' }))
    .digest('hex');

/** What the device does. */
export const signEnrolment = (
  privatePem: string,
  about: Omit<EnrolmentStatement, 'format' | 'version' | 'key'>,
): Signed =>
  signMessage(privatePem, {
    ...{ format: 'nacre-enrolment', version: 1, key: keyTextOf(privatePem) },
    ...about,
  });

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
export const readEnrolment = (signed: Signed, pin: string): EnrolmentStatement => {
  const found = parse(signed.text);
  if (!isSignedBy(signed, found.key))
    throw refused('the signature is not of the key in the statement');
  if (found.pin !== pin) throw refused('the statement is for another manager');
  return found;
};
