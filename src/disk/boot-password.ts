/** The administrator's password for GRUB's menu: only its hash reaches a disk. */
import { type PasswordHash, serializePasswordHash } from '../codec/password-hash.ts';
import { hashPassword } from './password-hash.ts';

const USER = 'admin';

/** Content of `/Grub/password.cfg`: the user `admin`, and the hash of his password. */
export const bootPasswordText = (hash: PasswordHash): string =>
  `set superusers=${USER}\npassword_pbkdf2 ${USER} ${serializePasswordHash(hash)}\n`;

/** The same of a password. */
export const makeBootPassword = async (password: string, salt?: Uint8Array): Promise<string> =>
  bootPasswordText(await hashPassword(password, salt));
