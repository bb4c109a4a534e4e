import test from 'ava';
import { parsePasswordHash, serializePasswordHash } from '../../src/codec/password-hash.ts';

const SALT = '000102030405060708090A0B0C0D0E0F';
const KEY = 'AB'.repeat(64);
const LINE = `grub.pbkdf2.sha512.10000.${SALT}.${KEY}`;

test('a line is read and written again as GRUB has it', (t) => {
  const hash = parsePasswordHash(LINE);
  t.is(hash?.rounds, 10_000);
  t.is(hash?.salt.length, 16);
  t.is(hash?.key.length, 64);
  t.is(hash && serializePasswordHash(hash), LINE);
  t.deepEqual(parsePasswordHash(LINE.toLowerCase()), hash);
});

test('every line that is cut off is refused, but for one whose key is still long enough', (t) => {
  const least = LINE.length - KEY.length + 32;
  for (let length = 0; length < LINE.length; length++)
    t.is(
      parsePasswordHash(LINE.slice(0, length)) !== undefined,
      length >= least && length % 2 === least % 2,
    );
});

for (const [what, line] of [
  ['a password', 'open sesame'],
  ['another digest', LINE.replace('sha512', 'sha1')],
  ['too few rounds', LINE.replace('10000', '0999')],
  ['too many rounds', LINE.replace('10000', '1000001')],
  ['a round that is no number', LINE.replace('10000', '1e5')],
  ['half a byte of salt', LINE.replace(SALT, `${SALT}0`)],
  ['a short salt', LINE.replace(SALT, '00')],
  ['a long salt', LINE.replace(SALT, '00'.repeat(129))],
  ['a long key', `${LINE}${KEY}${KEY}`],
  ['another line behind it', `${LINE}\n${LINE}`],
  ['a blank before it', ` ${LINE}`],
] as const)
  test(`${what} is no hash`, (t) => {
    t.is(parsePasswordHash(line), undefined);
  });
