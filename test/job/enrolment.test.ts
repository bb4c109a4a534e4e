import { createHash, generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { runTool } from '../../src/disk/tool.ts';
import { fingerprintOf, readEnrolment, signEnrolment } from '../../src/job/enrolment.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const PIN = 'ab'.repeat(32);
const pem = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const hints = {
  name: 'pc-1',
  uuid: '4c4c4544-0042-3510-8051-b7c04f4d3332',
  macs: ['52:54:00:00:00:01'],
};

test('what a device signs is what the manager reads', (t) => {
  const signed = signEnrolment(pem(), { pin: PIN, hints, code: 'AB12' });
  t.like(readEnrolment(signed, PIN), { pin: PIN, hints, code: 'AB12' });
});

test('a fingerprint is the SHA-256 of the key as openssl writes it', async (t) => {
  const key = pem();
  const file = path.join(await temporaryFolder(t), 'key.pem');
  await writeFile(file, key);
  const der = `${file}.der`;
  await runTool('openssl', ['pkey', '-in', file, '-pubout', '-outform', 'DER', '-out', der]);
  const { readFile } = await import('node:fs/promises');
  const { key: raw } = readEnrolment(signEnrolment(key, { pin: PIN, hints }), PIN);
  t.is(
    fingerprintOf(raw),
    createHash('sha256')
      .update(await readFile(der))
      .digest('hex'),
  );
});

test('every changed byte of a statement, another signature and another manager are refused', (t) => {
  const signed = signEnrolment(pem(), { pin: PIN, hints });
  const refused = { code: 'MANAGER_ENROLMENT_REFUSED' };
  for (let at = 0; at < signed.text.length; at += 1) {
    const wrong = signed.text.charAt(at) === '0' ? '1' : '0';
    const text = `${signed.text.slice(0, at)}${wrong}${signed.text.slice(at + 1)}`;
    t.throws(() => readEnrolment({ ...signed, text }, PIN), refused, String(at));
    t.throws(() => readEnrolment({ ...signed, text: signed.text.slice(0, at) }, PIN), refused);
  }
  const { signature } = signEnrolment(pem(), { pin: PIN, hints });
  t.throws(() => readEnrolment({ ...signed, signature }, PIN), refused);
  t.throws(() => readEnrolment(signed, 'cd'.repeat(32)), {
    ...refused,
    message: /for another manager/,
  });
});
