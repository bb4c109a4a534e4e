/** The administrator's password for GRUB's menu: only its hash reaches a disk. */
import { pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

const USER = 'admin';
const ROUNDS = 10_000;
const BYTES = 64;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase();

/**
 * Content of `/Grub/password.cfg`: the user `admin`, and PBKDF2 with HMAC-SHA-512 in the form of grub-mkpasswd-pbkdf2
 * (GRUB manual 2.06, section "password_pbkdf2").
 */
export const makeBootPassword = async (
  password: string,
  salt: Uint8Array = randomBytes(BYTES),
): Promise<string> => {
  const key = await promisify(pbkdf2)(password, salt, ROUNDS, BYTES, 'sha512');
  const hash = `grub.pbkdf2.sha512.${ROUNDS}.${hex(salt)}.${hex(key)}`;
  return `set superusers=${USER}\npassword_pbkdf2 ${USER} ${hash}\n`;
};
