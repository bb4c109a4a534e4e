/**
 * The hash of a password in the form of `grub-mkpasswd-pbkdf2` (GRUB manual 2.06, section "password_pbkdf2"):
 *
 * ```
 * grub.pbkdf2.sha512.ROUNDS.SALT.KEY    ROUNDS decimal, SALT and KEY in hexadecimal
 * ```
 *
 * The disk's menu and the policy of the network's hold the same line.
 */
import { fromHex, toHex } from './hex.ts';

/** PBKDF2 with HMAC-SHA-512. */
export interface PasswordHash {
  readonly rounds: number;
  readonly salt: Uint8Array;
  readonly key: Uint8Array;
}

/** Fewer can be guessed too fast; more keep whoever checks one busy for seconds. */
const ROUNDS = { least: 1000, most: 1_000_000 } as const;
const SALT_BYTES = { least: 8, most: 128 } as const;
const KEY_BYTES = { least: 16, most: 128 } as const;
const FORM = /^grub\.pbkdf2\.sha512\.(\d{4,7})\.([0-9a-fA-F]{16,256})\.([0-9a-fA-F]{32,256})$/;

const isWithin = (value: number, { least, most }: { least: number; most: number }): boolean =>
  value >= least && value <= most;

/** The hash in a line; `undefined` for any other text, and for numbers out of limits. */
export const parsePasswordHash = (line: string): PasswordHash | undefined => {
  const [, rounds = '', saltText = '', keyText = ''] = FORM.exec(line) ?? [];
  const [salt, key] = [fromHex(saltText), fromHex(keyText)];
  if (salt === undefined || key === undefined) return undefined;
  const isRight =
    isWithin(Number(rounds), ROUNDS) &&
    isWithin(salt.length, SALT_BYTES) &&
    isWithin(key.length, KEY_BYTES);
  return isRight ? { rounds: Number(rounds), salt, key } : undefined;
};

/** The line of a hash, in capitals as GRUB's own tool writes it. */
export const serializePasswordHash = ({ rounds, salt, key }: PasswordHash): string =>
  `grub.pbkdf2.sha512.${rounds}.${toHex(salt).toUpperCase()}.${toHex(key).toUpperCase()}`;
