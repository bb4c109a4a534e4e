/**
 * OpenStack Swift with its s3api: the programs of Debian's packages, unpacked and not installed, with one disk that is a folder, on
 * ports of 127.0.0.1, gone with the test.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { type S3Keys, signatureHeaders } from '../../src/image/s3/s3-signature.ts';
import { NOT_COUNTED } from './nacre.ts';
import type { Owner } from './temporary-folder.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
/** Folders of `DIST` are Python's, of `LIBRARY` the linker's. */
const PYTHON = [
  ...['swift', 'eventlet', 'greenlet', 'dnspython', 'netifaces', 'pastedeploy', 'pyeclib'],
  ...['xattr', 'lxml', 'requests', 'six', 'cryptography', 'cffi-backend', 'pkg-resources'],
  ...['setuptools', 'urllib3', 'idna', 'chardet', 'charset-normalizer', 'certifi'],
].map((name) => `python3-${name}`);
const LIBRARIES = [
  ...['liberasurecode1', 'libxml2', 'libxslt1.1', 'libicu72', 'libgcrypt20', 'libgpg-error0'],
  ...['libevent-2.1-7', 'libsasl2-2'],
];
const DIST = 'usr/lib/python3/dist-packages';
const LIBRARY = 'usr/lib/x86_64-linux-gnu';
/** swift.conf is looked for in /etc only, unless it is said here. */
const LAUNCH = `
import sys
sys.path[:0] = sys.argv[3].split(':')
import swift.common.utils as utils
utils.SWIFT_CONF_FILE = sys.argv[1] + '/swift.conf'
from swift.common.wsgi import run_wsgi
folder, name = sys.argv[1:3]
sys.argv = [name]
sys.exit(run_wsgi(f'{folder}/{name}.conf', f'{name}-server'))
`;

export interface Swift {
  /** `http://127.0.0.1:PORT`. */
  readonly endpoint: string;
  readonly port: number;
  /** May do everything, and nothing. */
  readonly owner: S3Keys;
  readonly stranger: S3Keys;
  readonly makeBucket: (name: string, headers?: Readonly<Record<string, string>>) => Promise<void>;
  /** One signed request; the status of its answer. */
  readonly ask: (
    method: string,
    place: string,
    options?: { readonly body?: Uint8Array; readonly headers?: Readonly<Record<string, string>> },
  ) => Promise<{ readonly status: number; readonly text: string }>;
  /** `NACRE_S3_…` for a process, with the keys in a file of their own. */
  readonly environment: Readonly<Record<string, string>>;
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new TypeError('no address');
  return address.port;
};

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

const packages = (): Readonly<Record<string, string>> => {
  const names = [...PYTHON, ...LIBRARIES, 'swift', 'memcached'];
  const script = path.join(ROOT, 'scripts/fetch-package');
  const text = execFileSync(script, names, { encoding: 'utf8', cwd: ROOT });
  const folders = text.trim().split('\n');
  return Object.fromEntries(names.map((name, at) => [name, path.join(ROOT, folders[at] ?? '')]));
};

const MOST_TRIES = 50;
const STORAGE = ['account', 'container', 'object'] as const;

const writeSettings = (
  folder: string,
  ports: Readonly<Record<string, number>>,
  user: string,
): void => {
  const head = (name: string) => `[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${ports[name]}
workers = 0
user = ${user}
swift_dir = ${folder}
devices = ${folder}/disks
mount_check = false
fallocate_reserve = 0
`;
  writeFileSync(
    `${folder}/swift.conf`,
    '[swift-hash]\nswift_hash_path_prefix = test\nswift_hash_path_suffix = test\n' +
      '[storage-policy:0]\nname = one\ndefault = yes\n',
  );
  for (const name of STORAGE) {
    const app = `[pipeline:main]\npipeline = ${name}-server\n[app:${name}-server]\nuse = egg:swift#${name}\n`;
    writeFileSync(`${folder}/${name}.conf`, head(name) + app);
  }
  const filters = ['catch_errors', 's3api', 'slo'].map(
    (name) => `[filter:${name}]\nuse = egg:swift#${name}\n`,
  );
  writeFileSync(
    `${folder}/proxy.conf`,
    `${head('proxy')}[pipeline:main]
pipeline = catch_errors cache s3api tempauth slo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
conn_timeout = 10
node_timeout = 60
error_suppression_limit = 10000
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:${ports['cache']}
[filter:tempauth]
use = egg:swift#tempauth
user_test_owner = owning .admin
user_test_stranger = looking
${filters.join('')}`,
  );
};

/** Starts it; a few seconds. */
export const startSwift = async (t: Owner): Promise<Swift> => {
  const found = packages();
  const at = (name: string, below: string): string => path.join(found[name] ?? '', below);
  const folder = mkdtempSync('/var/tmp/nacre-swift-');
  const env = {
    ...{ ...NOT_COUNTED, PATH: process.env['PATH'], LC_ALL: 'C.UTF-8' },
    LD_LIBRARY_PATH: LIBRARIES.map((name) => at(name, LIBRARY)).join(':'),
  };
  const python = PYTHON.map((name) => at(name, DIST)).join(':');
  const names = [...STORAGE, 'proxy', 'cache'];
  const ports: Record<string, number> = {};
  for (const name of names) ports[name] = await freePort();
  const user = os.userInfo().username;
  writeSettings(folder, ports, user);
  mkdirSync(`${folder}/disks/one`, { recursive: true });
  const ring = (...words: readonly string[]) =>
    execFileSync('/usr/bin/python3', [at('swift', 'usr/bin/swift-ring-builder'), ...words], {
      env: { ...env, PYTHONPATH: python },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  for (const name of STORAGE) {
    const file = `${folder}/${name}.builder`;
    ring(file, 'create', '1', '1', '0');
    ring(file, 'add', `r1z1-127.0.0.1:${ports[name]}/one`, '1');
    ring(file, 'rebalance');
  }
  const children = names.map((name) => {
    const words =
      name === 'cache'
        ? [
            at('memcached', 'usr/bin/memcached'),
            '-l',
            '127.0.0.1',
            '-p',
            `${ports[name]}`,
            '-U',
            '0',
            '-u',
            user,
          ]
        : ['/usr/bin/python3', '-I', '-c', LAUNCH, folder, name, python];
    const output = openSync(`${folder}/${name}.log`, 'w');
    const [program = '', ...rest] = words;
    const child = spawn(program, rest, { env, stdio: ['ignore', output, output] });
    return { name, child, over: once(child, 'exit') };
  });
  t.teardown(async () => {
    for (const { child, over } of children) {
      child.kill('SIGKILL');
      await over;
    }
    rmSync(folder, { recursive: true, force: true });
  });
  for (const { name, child } of children)
    while (!(await accepts(ports[name] ?? 0))) {
      if (child.exitCode !== null)
        throw new Error(`${name} ended: ${readFileSync(`${folder}/${name}.log`, 'utf8')}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  const owner = { id: 'test:owner', secret: 'owning' };
  const endpoint = `http://127.0.0.1:${ports['proxy']}`;
  const ask: Swift['ask'] = async (
    method,
    place,
    { body = new Uint8Array(), headers = {} } = {},
  ) => {
    const { bodyOf } = await import('../../src/image/s3/s3-bucket.ts');
    const url = new URL(`${endpoint}/${place}`);
    const request = { method, url, headers, bodyDigest: bodyOf(body).digest };
    const signed = signatureHeaders({ ...request, region: 'us-east-1', at: new Date() }, owner);
    const answer = await fetch(url, {
      ...{ method, headers: { ...headers, ...signed } },
      ...(body.length > 0 ? { body } : {}),
    });
    return { status: answer.status, text: await answer.text() };
  };
  const keys = `${folder}/keys`;
  writeFileSync(
    keys,
    `[default]\naws_access_key_id = ${owner.id}\naws_secret_access_key = ${owner.secret}\n`,
    {
      mode: 0o600,
    },
  );
  return {
    ...{ endpoint, port: ports['proxy'] ?? 0, owner, ask },
    stranger: { id: 'test:stranger', secret: 'looking' },
    makeBucket: async (name, headers = {}) => {
      for (let tries = 1; ; tries++) {
        const { status, text } = await ask('PUT', name, { headers });
        if (status === 200) return;
        // On a busy machine its parts wait for each other, and it asks for less.
        if (status !== 503 || tries === MOST_TRIES)
          throw new Error(`no bucket ${name}: ${status} ${text}`);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    },
    environment: { NACRE_S3_ENDPOINT: endpoint, NACRE_S3_CREDENTIALS: keys },
  };
};
