/** Passwords: scrypt (RFC 7914), with parameters beside the digest so that they can be raised later. */
import { randomBytes, randomInt, scrypt, timingSafeEqual } from 'node:crypto';
import { NacreError } from '../../errors.ts';

/** 32 MiB and some 100 ms for each try. */
const LOG_N = 15;
const BLOCKS = 8;
const LANES = 1;
const MOST_MEMORY = 64 * 2 ** 20;
const SALT_BYTES = 16;
const DIGEST_BYTES = 32;

export const LEAST_PASSWORD = 12;
export const MOST_PASSWORD = 1024;

/** Tries that are computed at a time, and that may wait: a flood of logins takes no more memory than that. */
const AT_A_TIME = 2;
const MOST_WAITING = 32;

let running = 0;
const waiting: (() => void)[] = [];

const take = async (): Promise<void> => {
  if (running < AT_A_TIME) {
    running++;
    return;
  }
  if (waiting.length >= MOST_WAITING)
    throw new NacreError('MANAGER_OVERLOADED', { what: 'logins' });
  await new Promise<void>((resolve) => waiting.push(resolve));
};

const give = (): void => {
  const next = waiting.shift();
  if (next === undefined) running--;
  else next();
};

interface Parameters {
  readonly logN: number;
  readonly blocks: number;
  readonly lanes: number;
}

const derive = async (password: string, salt: Buffer, given: Parameters): Promise<Buffer> => {
  const options = { N: 2 ** given.logN, r: given.blocks, p: given.lanes, maxmem: MOST_MEMORY };
  // The same letters typed on two systems may be different code points.
  const text = password.normalize('NFKC');
  await take();
  try {
    return await new Promise((resolve, reject) => {
      scrypt(text, salt, DIGEST_BYTES, options, (error, digest) =>
        error === null ? resolve(digest) : reject(error),
      );
    });
  } finally {
    give();
  }
};

/** @throws NacreError MANAGER_PASSWORD_WEAK */
export const checkPassword = (password: string): void => {
  const length = [...password].length;
  if (length >= LEAST_PASSWORD && length <= MOST_PASSWORD) return;
  throw new NacreError('MANAGER_PASSWORD_WEAK', {
    length,
    least: LEAST_PASSWORD,
    most: MOST_PASSWORD,
  });
};

/** What is stored of a password: `scrypt$15$8$1$SALT$DIGEST`. @throws NacreError MANAGER_OVERLOADED */
export const hashPassword = async (password: string, logN = LOG_N): Promise<string> => {
  const salt = randomBytes(SALT_BYTES);
  const digest = await derive(password, salt, { logN, blocks: BLOCKS, lanes: LANES });
  const ends = [salt, digest].map((bytes) => bytes.toString('base64url'));
  return ['scrypt', logN, BLOCKS, LANES, ...ends].join('$');
};

const STORED = /^scrypt\$(\d{1,2})\$(\d{1,2})\$(\d{1,2})\$([\w-]+)\$([\w-]+)$/;
/** Of a user that does not exist: the answer takes as long. */
const NOBODY = `scrypt$${LOG_N}$${BLOCKS}$${LANES}$${'A'.repeat(22)}$${'A'.repeat(43)}`;

/** Whether a password is that of a stored text; undefined stands for a user that is not there. @throws NacreError MANAGER_OVERLOADED */
export const isPasswordOf = async (
  password: string,
  stored: string | undefined,
): Promise<boolean> => {
  const [, logN, blocks, lanes, salt = '', digest = ''] = STORED.exec(stored ?? NOBODY) ?? [];
  if (logN === undefined) throw new TypeError('a stored password is not of a known form');
  const given = { logN: Number(logN), blocks: Number(blocks), lanes: Number(lanes) };
  const found = await derive(password, Buffer.from(salt, 'base64url'), given);
  const wanted = Buffer.from(digest, 'base64url');
  const isSame = wanted.length === found.length && timingSafeEqual(found, wanted);
  return isSame && stored !== undefined;
};

/** No letters that are taken for others. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789';
const GROUPS = 5;
const GROUP_LENGTH = 4;

/** A password that can be typed from paper: five groups of four letters and digits, 99 bits. */
export const makePassword = (): string =>
  Array.from({ length: GROUPS }, () =>
    Array.from({ length: GROUP_LENGTH }, () => LETTERS.charAt(randomInt(LETTERS.length))).join(''),
  ).join('-');
