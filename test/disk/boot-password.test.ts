import test from 'ava';
import { makeBootPassword } from '../../src/disk/boot-password.ts';

// The hash is what Python's hashlib.pbkdf2_hmac gives for the same input.
test('the hash has the form that GRUB reads, and nothing else of the password is there', async (t) => {
  const text = await makeBootPassword(
    'secret',
    Uint8Array.from({ length: 64 }, (_, at) => at),
  );
  const [user, line = ''] = text.split('\n');
  t.is(user, 'set superusers=admin');
  t.regex(
    line,
    /^password_pbkdf2 admin grub\.pbkdf2\.sha512\.10000\.000102[0-9A-F]{122}\.49425FCFE54F68EBE7DB51B415F232E8[0-9A-F]{96}$/,
  );
  t.notRegex(text, /secret/);
});

test('two hashes of one password differ by their salt', async (t) => {
  t.not(await makeBootPassword('secret'), await makeBootPassword('secret'));
});
