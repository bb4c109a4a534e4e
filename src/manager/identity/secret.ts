/** Secrets that we make: they have 256 bits, so that one digest is enough to store. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';

const SECRET_BYTES = 32;

/** 43 letters, digits, `-` and `_`. */
export const makeSecret = (): string => randomBytes(SECRET_BYTES).toString('base64url');

/** What is stored of it: 64 hex digits. */
export const digestOf = (secret: string): string =>
  createHash('sha256').update(secret).digest('hex');

/** An id that nobody can guess and no two managers make twice. */
export const makeId = (): string => randomUUID();
