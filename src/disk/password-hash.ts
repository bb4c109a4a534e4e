/** Makes and checks the hash of the administrator's password, for the menu on a disk and the one of the network. */
import { pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { PasswordHash } from '../codec/password-hash.ts';

const derive = promisify(pbkdf2);
/** What grub-mkpasswd-pbkdf2 takes: GRUB itself has to calculate it, without the processor's help. */
const ROUNDS = 10_000;
const BYTES = 64;

/** Longest password that GRUB takes. */
export const LONGEST_PASSWORD = 1024;

/**
 * True for what can be typed at a boot menu: before an OS runs, keyboards give ASCII alone, in the places of an American one.
 */
export const isTypeable = (password: string): boolean =>
  /^[ -~]+$/.test(password) && password.length <= LONGEST_PASSWORD;

/** The hash of a password, away from the event loop. */
export const hashPassword = async (
  password: string,
  salt: Uint8Array = randomBytes(BYTES),
): Promise<PasswordHash> => ({
  rounds: ROUNDS,
  salt,
  key: await derive(password, salt, ROUNDS, BYTES, 'sha512'),
});

/** True when the hash is that of the password; in constant time, away from the event loop. */
export const isPasswordOf = async (
  { rounds, salt, key }: PasswordHash,
  password: string,
): Promise<boolean> =>
  timingSafeEqual(await derive(password, salt, rounds, key.length, 'sha512'), key);
