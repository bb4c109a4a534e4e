/** Web servers of other people over a folder: nginx, unpacked from its package, and Apache. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import type { Certificate } from './certificate.ts';
import { NOT_COUNTED } from './nacre.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new TypeError('no address');
  return address.port;
};

const accepts = async (port: number): Promise<boolean> => {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch (reason) {
    if (reason instanceof Error && 'code' in reason && reason.code === 'ECONNREFUSED') return false;
    throw reason;
  } finally {
    socket.destroy();
  }
};

/** Starts a server and waits until it accepts connections; it ends with the test. */
const start = async (
  t: ExecutionContext,
  [program, ...words]: readonly [string, ...string[]],
  port: number,
): Promise<void> => {
  const env = { ...process.env, ...NOT_COUNTED };
  const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'], env });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  const ended = once(child, 'close');
  t.teardown(async () => {
    child.kill();
    await ended;
  });
  while (!(await accepts(port))) {
    if (child.exitCode !== null) throw new Error(`${program} ended: ${text}`);
  }
};

/** Serves `folder` by TLS. @returns its address */
export const startNginx = async (
  t: ExecutionContext,
  folder: string,
  { keyFile, certificateFile }: Certificate,
): Promise<string> => {
  const fetched = execFileSync(path.join(ROOT, 'scripts/fetch-package'), ['nginx'], {
    encoding: 'utf8',
    cwd: ROOT,
  });
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${folder}/nginx-${kind};`)
    .join(' ');
  const config = `daemon off; master_process off; pid ${folder}/nginx.pid; error_log stderr;
    events {}
    http { access_log off; ${temporary} server {
      listen 127.0.0.1:${port} ssl; root ${folder};
      ssl_certificate ${certificateFile}; ssl_certificate_key ${keyFile}; } }`;
  await writeFile(`${folder}/nginx.conf`, config);
  const program = path.join(ROOT, fetched.trim(), 'usr/sbin/nginx');
  await start(t, [program, '-e', 'stderr', '-p', folder, '-c', `${folder}/nginx.conf`], port);
  return `https://127.0.0.1:${port}`;
};

const MODULES = '/usr/lib/apache2/modules';

/** Serves `folder` without TLS, to who knows the password. @returns its address with user and password */
export const startApache = async (t: ExecutionContext, folder: string): Promise<string> => {
  const port = await freePort();
  const names = ['mpm_event', 'authn_core', 'authn_file', 'authz_core', 'authz_user', 'auth_basic'];
  const load = names.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`);
  const hash = execFileSync('openssl', ['passwd', '-apr1', 'se cret'], { encoding: 'utf8' });
  await writeFile(`${folder}/apache.users`, `reader:${hash}`);
  const config = `${load.join('\n')}
    ServerName 127.0.0.1
    Listen 127.0.0.1:${port}
    DefaultRuntimeDir ${folder}
    PidFile ${folder}/apache.pid
    ErrorLog ${folder}/apache.log
    StartServers 1
    User www-data
    Group www-data
    DocumentRoot ${folder}
    <Directory ${folder}>
      AuthType Basic
      AuthName store
      AuthUserFile ${folder}/apache.users
      Require valid-user
    </Directory>`;
  await writeFile(`${folder}/apache.conf`, config);
  await start(t, ['/usr/sbin/apache2', '-f', `${folder}/apache.conf`, '-DFOREGROUND'], port);
  return `http://reader:se%20cret@127.0.0.1:${port}`;
};
