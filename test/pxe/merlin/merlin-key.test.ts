import { createHash, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { openMerlinKey } from '../../../src/pxe/merlin/merlin-key.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const modeOf = async (file: string): Promise<number> => (await stat(file)).mode & 0o777;

test('a key is made once, for its owner alone, and its pin is that of its certificate', async (t) => {
  const folder = path.join(await temporaryFolder(t), 'merlin');
  const made = await openMerlinKey(folder);
  t.deepEqual(await openMerlinKey(folder), made);
  for (const name of ['key.pem', 'certificate.pem'])
    t.is(await modeOf(path.join(folder, name)), 0o600);
  t.is(await modeOf(folder), 0o700);
  const { publicKey } = new X509Certificate(made.certificate);
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  t.is(made.pin, createHash('sha256').update(spki).digest('hex'));
});

test('a certificate of another key is made anew, and the pin stays', async (t) => {
  const [one, other] = [await temporaryFolder(t), await temporaryFolder(t)];
  const { pin } = await openMerlinKey(one);
  const { certificate } = await openMerlinKey(other);
  for (const text of [certificate, 'rubbish', '']) {
    await writeFile(path.join(one, 'certificate.pem'), text);
    const again = await openMerlinKey(one);
    t.is(again.pin, pin);
    t.not(again.certificate, text);
  }
});

test('a key file that holds no private key is refused, and stays as it is', async (t) => {
  const folder = await temporaryFolder(t);
  const file = path.join(folder, 'key.pem');
  const { publicKey } = generateKeyPairSync('ed25519');
  for (const text of [
    '',
    'rubbish',
    publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  ]) {
    await writeFile(file, text);
    await t.throwsAsync(openMerlinKey(folder), { code: 'PXE_KEY_UNUSABLE' });
    t.is(await readFile(file, 'utf8'), text);
  }
});
