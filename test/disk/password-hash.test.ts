import { spawnSync } from 'node:child_process';
import test from 'ava';
import { parsePasswordHash, serializePasswordHash } from '../../src/codec/password-hash.ts';
import { hashPassword, isPasswordOf, isTypeable } from '../../src/disk/password-hash.ts';
import { unpackedPackage } from '../helpers/grub-emu.ts';
import { requires } from '../helpers/requires.ts';

test('a hash fits its own password and no other', async (t) => {
  const hash = await hashPassword('open sesame');
  t.true(await isPasswordOf(hash, 'open sesame'));
  for (const wrong of ['', 'open sesam', 'open sesame ', 'Open sesame', 'ひらけごま'])
    t.false(await isPasswordOf(hash, wrong), wrong);
});

test("the hash that GRUB's own tool makes is understood", async (t) => {
  if (!requires(t, 'dpkg-deb')) return;
  const tool = `${unpackedPackage('grub-common')}/usr/bin/grub-mkpasswd-pbkdf2`;
  const { stdout } = spawnSync(tool, ['-c', '2000'], {
    input: 'secret\nsecret\n',
    encoding: 'utf8',
  });
  const line = /grub\.pbkdf2\S+/.exec(stdout)?.[0] ?? '';
  const hash = parsePasswordHash(line);
  if (hash === undefined) return t.fail(stdout);
  t.is(serializePasswordHash(hash), line);
  t.true(await isPasswordOf(hash, 'secret'));
  t.false(await isPasswordOf(hash, 'secre'));
});

test('what no keyboard of a boot menu has cannot be a password', (t) => {
  t.true(isTypeable('a Z9~!'));
  for (const text of ['', 'a\tb', 'pässword', 'パスワード', 'x'.repeat(1025)])
    t.false(isTypeable(text));
});
