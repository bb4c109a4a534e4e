import { generateKeyPairSync } from 'node:crypto';
import test from 'ava';
import { runTool } from '../../../src/disk/tool.ts';
import { isNacreError } from '../../../src/errors.ts';
import {
  checkSignatures,
  checkTrust,
  keyName,
  makeKeyPair,
  publicPemOf,
  signManifest,
} from '../../../src/image/store/signature.ts';

const ID = 'ab'.repeat(32);
const pair = makeKeyPair();
const other = makeKeyPair();

test('a version is trusted by the key that signed it, whoever else signed', (t) => {
  const signatures = [signManifest(ID, other.privatePem), signManifest(ID, pair.privatePem)];
  t.is(checkTrust(ID, signatures, [pair.publicPem]), keyName(signatures[1]?.key ?? ''));
  t.deepEqual(
    checkSignatures(ID, signatures).map((state) => state.isRight),
    [true, true],
  );
  t.is(publicPemOf(pair.privatePem), pair.publicPem);
});

const refusal = (
  work: () => unknown,
  t: { throws: (work: () => unknown) => Error | undefined },
) => {
  const error = t.throws(work);
  return isNacreError(error) ? `${error.code} ${error.exitCode}` : String(error);
};

test('an unsigned version, another signer, another id and a bent signature are refused', (t) => {
  const right = signManifest(ID, pair.privatePem);
  const first = right.signature.startsWith('A') ? 'B' : 'A';
  const bent = { ...right, signature: `${first}${right.signature.slice(1)}` };
  const moved = signManifest('cd'.repeat(32), pair.privatePem);
  for (const signatures of [[], [signManifest(ID, other.privatePem)], [bent], [moved]]) {
    t.is(
      refusal(() => checkTrust(ID, signatures, [pair.publicPem]), t),
      'IMAGE_UNTRUSTED 3',
    );
  }
  t.is(
    refusal(() => checkTrust(ID, [right], []), t),
    'IMAGE_UNTRUSTED 3',
  );
  t.deepEqual(checkSignatures(ID, [bent]), [{ key: keyName(right.key), isRight: false }]);
  const nonsense = { ...right, key: `${'A'.repeat(59)}=` };
  t.deepEqual(
    checkSignatures(ID, [nonsense]).map((state) => state.isRight),
    [false],
  );
});

test('keys of the wrong kind are refused', (t) => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const rsaPem = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  for (const pem of ['', 'no key', pair.publicPem, rsaPem]) {
    t.is(
      refusal(() => signManifest(ID, pem), t),
      'IMAGE_KEY_INVALID 2',
    );
  }
  for (const pem of ['', pair.privatePem, rsaPem]) {
    t.is(
      refusal(() => checkTrust(ID, [], [pem]), t),
      'IMAGE_KEY_INVALID 2',
    );
  }
});

test('keys are those of openssl, and openssl accepts a signature', async (t) => {
  const made = await runTool('openssl', ['genpkey', '-algorithm', 'ed25519']);
  const signature = signManifest(ID, made.stdout);
  t.is(checkTrust(ID, [signature], [publicPemOf(made.stdout)]), keyName(signature.key));
  const text = await runTool('openssl', ['pkey', '-text', '-noout'], { input: pair.privatePem });
  t.true(text.stdout.includes('ED25519'));
});
