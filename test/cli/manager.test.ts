/** `nacre manager`, `login`, `user` and `token` as programs, as an administrator uses them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openStore } from '../../src/image/store/store.ts';
import { signEnrolment } from '../../src/job/enrolment.ts';
import { publishLetters } from '../helpers/hand-made-image.ts';
import { askAt } from '../helpers/manager-lab.ts';
import { documentOf, type NacreRun, NOT_COUNTED, nacre } from '../helpers/nacre.ts';
import { nacreHere } from '../helpers/nacre-here.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const MAIN = path.resolve(import.meta.dirname, '../../dist/cli/main.cjs');

interface Served {
  readonly folder: string;
  readonly data: string;
  readonly url: string;
  readonly pin: string;
  readonly password: string;
  readonly welcome: string;
  readonly child: ChildProcess;
  /** Runs a command, in this process, as a user of this machine, who has a folder of their own for logins. */
  readonly run: (...words: readonly string[]) => Promise<NacreRun>;
}

const environmentOf = (folder: string) => ({
  environment: { XDG_CONFIG_HOME: path.join(folder, 'config') },
});

const field = (text: string, pattern: RegExp): string => pattern.exec(text)?.[1] ?? '';

/** `nacre manager serve` on a free port, up to its welcome. */
const serve = async (
  t: ExecutionContext,
  environment: Record<string, string> = {},
): Promise<Served> => {
  const folder = await temporaryFolder(t);
  const data = path.join(folder, 'data');
  const words = ['manager', 'serve', '--data', data, '--listen', '127.0.0.1:0'];
  const child = spawn(process.execPath, [MAIN, ...words], {
    env: {
      ...NOT_COUNTED,
      PATH: process.env['PATH'],
      HOME: folder,
      NACRE_CONFIG: '/dev/null',
      ...environment,
    },
  });
  t.teardown(() => child.kill('SIGKILL'));
  let welcome = '';
  child.stderr.setEncoding('utf8');
  while (!/next step.*\n( {15}.*\n)?|^nacre: /m.test(welcome)) {
    const [part] = await once(child.stderr, 'data');
    welcome += part;
  }
  const run = (...more: readonly string[]): Promise<NacreRun> =>
    nacreHere(more, environmentOf(folder));
  const url = field(welcome, /ready: (\S+)/);
  const password = field(welcome, /password (\S+)/);
  return {
    folder,
    data,
    url,
    pin: field(welcome, /(sha256:[0-9a-f]{64})/),
    password,
    welcome,
    child,
    run,
  };
};

const passwordFile = ({ folder }: Served, password: string): string => {
  const file = path.join(folder, `password-${password.length}`);
  writeFileSync(file, `${password}\n`, { mode: 0o600 });
  return file;
};

const loginWords = (served: Served, password = served.password): readonly string[] => {
  const file = passwordFile(served, password);
  return ['login', '--server', served.url, '--pin', served.pin, '--password-file', file];
};

const logIn = (served: Served, password?: string): Promise<NacreRun> =>
  served.run(...loginWords(served, password));

test('the manager welcomes with its address, the first password and the next step; SIGTERM ends it cleanly', async (t) => {
  const served = await serve(t);
  t.regex(served.welcome, /first login {2}admin, password \S+ {3}\(shown only now\)/);
  t.true(
    served.welcome.includes(`next step    nacre login --server ${served.url} --pin ${served.pin}`),
  );
  served.child.kill('SIGTERM');
  const [exitCode] = await once(served.child, 'close');
  t.is(exitCode, 0);
});

test('where the journal listens, the first password is not said', async (t) => {
  const { welcome } = await serve(t, { JOURNAL_STREAM: '8:12345' });
  t.false(/password [a-z2-9]{4}-/.test(welcome));
  t.regex(welcome, /nacre manager user password admin/);
});

test('a login is remembered for its owner alone, and users and tokens come and go by it', async (t) => {
  const served = await serve(t);
  const { run, folder } = served;
  const login = await nacre(loginWords(served), environmentOf(folder));
  t.is(login.exitCode, 0, login.stdout + login.stderr);
  const file = path.join(folder, 'config/nacre/login.json');
  t.is(statSync(file).mode & 0o777, 0o600);
  t.false(readFileSync(file, 'utf8').includes(served.password));

  const kim = documentOf(await run('user', 'add', 'kim', '--role', 'operator', '--json'));
  t.regex(String(kim['password']), /^[a-z2-9-]{24}$/);
  t.is((await run('user', 'role', 'kim', '--role', 'viewer')).exitCode, 0);
  t.regex((await run('user', 'list')).stdout, /^kim +viewer/m);
  const again = await run('user', 'add', 'kim');
  t.is(again.exitCode, 3);
  t.regex(again.stderr, /there is a user kim already/);

  const token = documentOf(await run('token', 'make', 'mon', '--scope', 'system:read', '--json'));
  t.regex(String(token['token']), /^nacre_/);
  t.is((await run('token', 'revoke', String(token['id']))).exitCode, 0);
  t.is((await run('user', 'remove', 'kim')).exitCode, 0);
  t.is((await run('logout')).exitCode, 0);
  const gone = documentOf(await run('user', 'list', '--json'));
  t.like(gone, { error: { code: 'MANAGER_SERVER_MISSING' } });
});

test('a manager that is not the pinned one is sent nothing, and one without a pin is asked for a CA', async (t) => {
  const served = await serve(t);
  const file = passwordFile(served, served.password);
  const pin = `sha256:${'0'.repeat(64)}`;
  const login = ['login', '--server', served.url, '--password-file', file, '--json'];
  const wrong = await served.run(...login, '--pin', pin);
  t.is(wrong.exitCode, 3);
  t.like(documentOf(wrong), { error: { code: 'MANAGER_PIN' } });
  t.like(documentOf(await served.run(...login)), { error: { code: 'MANAGER_CERTIFICATE' } });
});

test('a lost password is replaced on the machine of the manager while it runs', async (t) => {
  const served = await serve(t);
  const made = documentOf(
    await served.run('manager', 'user', 'password', 'admin', '--data', served.data, '--json'),
  );
  const refused = await logIn(served);
  t.is(refused.exitCode, 1);
  t.regex(refused.stderr, /name or password is wrong for admin/);
  t.is((await logIn(served, `${made['password']}`)).exitCode, 0);
});

test('commands on the data base make none, and say where they looked', async (t) => {
  const data = path.join(await temporaryFolder(t), 'none');
  const run = await nacreHere(['manager', 'user', 'list', '--data', data, '--json']);
  t.is(run.exitCode, 1);
  t.like(documentOf(run), {
    error: {
      code: 'MANAGER_DATABASE_MISSING',
      facts: { place: path.join(data, 'manager/manager.sqlite') },
    },
  });
});

test('an address to listen at that is none is wrong usage', async (t) => {
  for (const listen of ['x:y', '1:2:3', '70000', ':80', '[::1:80']) {
    const run = await nacreHere(['manager', 'serve', '--listen', listen, '--json']);
    t.is(run.exitCode, 2, listen);
  }
});

test('a device is let in by a join code, found by what people type, sorted into a group and revoked', async (t) => {
  const served = await serve(t);
  const { run, folder } = served;
  t.is((await logIn(served)).exitCode, 0);
  t.is((await run('group', 'add', 'lab-2')).exitCode, 0);
  const made = await run('join-code', 'make', '--uses', '2', '--group', 'lab-2');
  const enrol = (name: string, code?: string) => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const pin = served.pin.replace('sha256:', '');
    const body = signEnrolment(pem, { pin, hints: { name, macs: [] }, ...(code && { code }) });
    return askAt(Number(new URL(served.url).port))('POST', '/api/v1/enrolments', { body });
  };
  t.like(await enrol('pc-1', made.stdout.trim()), { json: { state: 'approved' } });
  t.like(await enrol('pc-2'), { json: { state: 'pending' } });
  t.regex((await run('device', 'list', '--state', 'pending')).stdout, /^pc-2 +pending/m);
  t.is((await run('device', 'approve', 'pc-2')).stdout, 'pc-2 is approved\n');
  t.like(documentOf(await run('device', 'show', 'pc-1', '--json')), {
    state: 'approved',
    groups: ['lab-2'],
  });
  t.is((await run('device', 'revoke', 'pc-1')).exitCode, 0);
  t.like(documentOf(await run('device', 'revoke', 'pc-1', '--json')), {
    error: { code: 'MANAGER_DEVICE_STATE' },
  });
  t.like(documentOf(await run('device', 'show', 'pc-9', '--json')), {
    error: { code: 'MANAGER_NOT_FOUND' },
  });
  const csv = path.join(folder, 'lab.csv');
  writeFileSync(csv, 'name,serial\npc-3,SER00003\n');
  t.like(documentOf(await run('device', 'import', csv, '--json')), { rows: 1, waiting: 1 });
});

test('a backup is made while the manager runs, and goes back only when it does not', async (t) => {
  const served = await serve(t);
  const { run, folder, data } = served;
  const file = path.join(folder, 'backup.sqlite');
  const made = documentOf(await run('manager', 'backup', file, '--data', data, '--json'));
  t.true(Number(made['sizeBytes']) > 10_000);
  t.is((await run('manager', 'user', 'add', 'kim', '--data', data)).exitCode, 0);
  const restore = (...words: readonly string[]) =>
    run('manager', 'restore', file, '--data', data, '--json', ...words);
  const running = await restore('--replace');
  t.is(running.exitCode, 3);
  t.like(documentOf(running), {
    error: { code: 'MANAGER_RUNS', facts: { pid: String(served.child.pid) } },
  });
  served.child.kill('SIGKILL');
  await once(served.child, 'close');
  t.like(documentOf(await restore()), { error: { code: 'MANAGER_DATABASE_EXISTS' } });
  const restored = documentOf(await restore('--replace'));
  t.regex(String(restored['kept']), /manager\.sqlite\.replaced-/);
  t.notRegex((await run('manager', 'user', 'list', '--data', data)).stdout, /^kim/m);
});

test('images of the store are listed as packages, and made autogenic', async (t) => {
  const folder = await temporaryFolder(t);
  const images = await openStore(path.join(folder, 'store'), { create: true });
  await publishLetters(images, 'lab-pc', 'AB');
  const served = await serve(t, { NACRE_STORE: path.join(folder, 'store') });
  const { run } = served;
  t.is((await logIn(served)).exitCode, 0);
  t.regex((await run('package', 'list')).stdout, /^lab-pc +Merlin +No +1 /m);
  t.like(documentOf(await run('package', 'autogenic', 'lab-pc', '--json')), { isAutogenic: true });
  await publishLetters(images, 'lab-pc', 'AC');
  t.like(documentOf(await run('package', 'sync', '--json')), { images: 1, addedVersions: 1 });
  const shown = await run('package', 'show', 'lab-pc', '--lang', 'ja');
  t.regex(shown.stdout, /^lab-pc {2}Merlin {2}Autogenic: はい/);
});
