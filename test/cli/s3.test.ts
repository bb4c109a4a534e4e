/** Stores in buckets from the command line: settings, keys, and what is never said. */
import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { openStore } from '../../src/image/store/store.ts';
import { publishLetters } from '../helpers/hand-made-image.ts';
import { documentOf } from '../helpers/nacre.ts';
import { nacreHere } from '../helpers/nacre-here.ts';
import { refuse, serveBucket } from '../helpers/s3-server.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const SECRET = 'wJalrXUtnFEMI';
const ID = 'AKIDEXAMPLE';

test('a store goes into a bucket and is read from there, by keys of a file or of the environment', async (t) => {
  const folder = await temporaryFolder(t);
  const server = await serveBucket(t);
  await publishLetters(await openStore(`${folder}/store`, { create: true }), 'pc', 'ab');
  const keys = path.join(folder, 'keys');
  await writeFile(
    keys,
    `# ours\n[default]\naws_access_key_id = ${ID}\naws_secret_access_key=${SECRET}\n[other]\naws_access_key_id = no\n`,
  );
  await chmod(keys, 0o600);
  const config = path.join(folder, 'config.toml');
  const endpoint = `s3-endpoint = "${server.settings.endpoint}"\ns3-region = "lan-1"\n`;
  await writeFile(config, `${endpoint}s3-credentials = "${keys}"\nstore = "s3://test/lab"\n`);
  const environment = { NACRE_CONFIG: config };
  const pushed = await nacreHere(['store', 'sync', `${folder}/store`, 's3://test/lab'], {
    environment,
  });
  t.is(pushed.exitCode, 0, pushed.stderr);
  t.regex(pushed.stdout, /^1 versions and 1 packs copied/);
  const listed = await nacreHere(['image', 'list', '--json'], { environment });
  t.like(documentOf(listed), { images: [{ name: 'pc' }] });
  for (const { request } of server.requests)
    t.regex(
      String(request.headers.authorization),
      /Credential=AKIDEXAMPLE\/\d{8}\/lan-1\/s3\/aws4_request,/,
    );
  server.requests.length = 0;
  const lent = {
    AWS_ACCESS_KEY_ID: 'lent',
    AWS_SECRET_ACCESS_KEY: SECRET,
    AWS_SESSION_TOKEN: 'token',
  };
  const other = { NACRE_S3_ENDPOINT: server.settings.endpoint ?? '', AWS_REGION: 'eu-1' };
  const read = await nacreHere(['store', 'check', '--store', 's3://test/lab'], {
    environment: { ...lent, ...other },
  });
  t.is(read.exitCode, 0, read.stderr);
  for (const { request } of server.requests) {
    t.regex(String(request.headers.authorization), /Credential=lent\/\d{8}\/eu-1\//);
    t.is(request.headers['x-amz-security-token'], 'token');
  }
  server.fault = (_, response) => refuse(response, 403, 'SignatureDoesNotMatch');
  const refused = await nacreHere(['image', 'list', '--json'], { environment });
  t.is(refused.exitCode, 1);
  t.like(documentOf(refused), { error: { code: 'STORE_S3_SIGNATURE' } });
  t.notRegex(JSON.stringify([pushed, listed, read, refused]), new RegExp(SECRET));
});

test('keys that cannot be used are refused before anything is asked', async (t) => {
  const folder = await temporaryFolder(t);
  const server = await serveBucket(t);
  const files = {
    open: [`aws_access_key_id = ${ID}\naws_secret_access_key = ${SECRET}\n`, 0o644],
    half: [`aws_access_key_id = ${ID}\n`, 0o600],
    empty: ['# nothing\n', 0o600],
    large: [`aws_access_key_id = ${ID}\n${'#'.repeat(70_000)}`, 0o600],
  } as const;
  for (const [name, [text, mode]] of Object.entries(files)) {
    await writeFile(path.join(folder, name), text);
    await chmod(path.join(folder, name), mode);
  }
  const endpoint = { NACRE_S3_ENDPOINT: server.settings.endpoint ?? '' };
  const cases = [
    ...[...Object.keys(files), 'missing'].map((name) => ({
      NACRE_S3_CREDENTIALS: path.join(folder, name),
    })),
    { AWS_ACCESS_KEY_ID: ID },
    { AWS_SECRET_ACCESS_KEY: SECRET },
  ];
  for (const keys of cases) {
    const done = await nacreHere(['image', 'list', '--store', 's3://test', '--json'], {
      environment: { ...endpoint, ...keys },
    });
    t.is(done.exitCode, 3, JSON.stringify(keys));
    t.like(documentOf(done), { error: { code: 'STORE_S3_CREDENTIALS' } });
    t.notRegex(done.stdout, new RegExp(SECRET));
  }
  t.is(server.requests.length, 0);
});

test('what changes a store, or serves a folder, does not take a bucket', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(`${folder}/disk`, 'x'.repeat(65_536));
  const lines = [
    ['image', 'capture', `${folder}/disk`, 'pc', '--store', 's3://test/lab'],
    ['pxe', 'serve', '--store', 's3://test/lab'],
  ];
  for (const line of lines) {
    const done = await nacreHere([...line, '--json'], { cwd: folder });
    t.is(done.exitCode, 3, done.stdout);
    t.like(documentOf(done), { error: { code: 'STORE_READ_ONLY_WEB' } });
  }
  const twice = await nacreHere(['store', 'sync', 's3://test/a', 's3://test/b', '--json'], {
    environment: { NACRE_S3_ENDPOINT: 'not an address' },
  });
  t.is(twice.exitCode, 2);
  t.like(documentOf(twice), { error: { code: 'STORE_S3_SETTING' } });
});
