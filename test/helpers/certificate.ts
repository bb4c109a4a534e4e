/** Certificates that openssl makes, with the pin of their key as people would take it from them. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export interface Certificate {
  readonly keyFile: string;
  readonly certificateFile: string;
  readonly key: string;
  readonly cert: string;
  /** `sha256:HEX` of the public key. */
  readonly pin: string;
}

const openssl = (...words: readonly string[]): Buffer =>
  execFileSync('openssl', words, { stdio: ['ignore', 'pipe', 'ignore'] });

const CA = `[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = .
default_md = sha256
rand_serial = yes
policy = any
[any]
commonName = supplied
`;

/** Makes a self-signed certificate for 127.0.0.1 in a folder; an expired one was valid for a day of 2020. */
export const makeCertificate = (folder: string, name: string, isExpired = false): Certificate => {
  const file = (end: string): string => path.join(folder, `${name}.${end}`);
  const [keyFile, certificateFile] = [file('key'), file('pem')];
  const subject = ['-subj', '/CN=store', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const out = ['-keyout', keyFile, '-out', isExpired ? file('csr') : certificateFile];
  openssl('req', ...(isExpired ? [] : ['-x509', '-days', '30']), ...fresh, ...subject, ...out);
  if (isExpired) {
    writeFileSync(file('cnf'), CA.replace('index.txt', file('txt')).replace('= .', `= ${folder}`));
    writeFileSync(file('txt'), '');
    const when = ['-startdate', '20200101000000Z', '-enddate', '20200102000000Z'];
    const request = ['-keyfile', keyFile, '-in', file('csr'), '-out', certificateFile];
    openssl(
      'ca',
      '-batch',
      '-selfsign',
      '-rand_serial',
      '-config',
      file('cnf'),
      ...when,
      ...request,
    );
  }
  const publicKey = file('pub');
  writeFileSync(publicKey, openssl('x509', '-in', certificateFile, '-pubkey', '-noout'));
  const der = openssl('pkey', '-pubin', '-in', publicKey, '-outform', 'DER');
  return {
    keyFile,
    certificateFile,
    key: readFileSync(keyFile, 'utf8'),
    cert: readFileSync(certificateFile, 'utf8'),
    pin: `sha256:${createHash('sha256').update(der).digest('hex')}`,
  };
};
