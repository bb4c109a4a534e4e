import test from 'ava';
import { hashPassword, isPasswordOf } from '../../../src/manager/identity/password.ts';

test('a password costs 32 MiB of scrypt, and its parameters lie beside the digest', async (t) => {
  const stored = await hashPassword('correct horse battery');
  t.regex(stored, /^scrypt\$15\$8\$1\$[\w-]{22}\$[\w-]{43}$/);
  t.true(await isPasswordOf('correct horse battery', stored));
  t.false(await isPasswordOf('correct horse batterx', stored));
  t.false(await isPasswordOf('correct horse battery', undefined));
});

test('an older password with other parameters still counts', async (t) => {
  const stored = await hashPassword('correct horse battery', 10);
  t.regex(stored, /^scrypt\$10\$8\$1\$/);
  t.true(await isPasswordOf('correct horse battery', stored));
});

test('two systems may type the same letters as other code points', async (t) => {
  const stored = await hashPassword('Gefäß mit Öl und Ruß', 10);
  t.true(await isPasswordOf('Gefäß mit Öl und Ruß'.normalize('NFD'), stored));
});
