/** `nacre pxe` with a manager, as programs: what excludes each other, orders from the command line, who decides and since when. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { openBridgeLab, until } from '../helpers/bridge-lab.ts';
import { TEST_MAC } from '../helpers/dhcp-clients.ts';
import { documentOf } from '../helpers/nacre.ts';
import { nacreHere } from '../helpers/nacre-here.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const SERVER = ['--server', 'https://127.0.0.1:9'];

for (const { title, words, environment, message } of [
  {
    title: 'a manager and a policy file',
    words: [...SERVER, '--policy', 'pxe.toml', '--unsigned'],
    message: /--server and --policy exclude each other/,
  },
  {
    title: 'both of them as settings',
    words: ['--unsigned'],
    environment: { NACRE_SERVER: 'https://127.0.0.1:9', NACRE_POLICY: 'pxe.toml' },
    message: /NACRE_SERVER and NACRE_POLICY are both set/,
  },
  {
    title: 'a manager without a word on which images are trusted',
    words: SERVER,
    message: /--trust PUBKEY \| --unsigned/,
  },
  {
    title: 'two words on it',
    words: [...SERVER, '--trust', 'release.pub', '--unsigned'],
    message: /--trust and --unsigned exclude each other/,
  },
  {
    title: 'a word on it without a manager',
    words: ['--policy', 'pxe.toml', '--unsigned'],
    message: /belong to --server/,
  },
])
  test(`${title} is wrong usage`, async (t) => {
    const { exitCode, stderr } = await nacreHere(['pxe', 'serve', ...words], {
      environment: { XDG_CONFIG_HOME: await temporaryFolder(t), ...environment },
    });
    t.is(exitCode, 2, stderr);
    t.regex(stderr, message);
  });

test('without a token the login is named', async (t) => {
  const environment = { XDG_CONFIG_HOME: await temporaryFolder(t) };
  const { stderr } = await nacreHere(['pxe', 'serve', ...SERVER, '--unsigned'], { environment });
  t.regex(stderr, /nacre login/);
});

test('an order is made on the command line, and status and explain say who decides and how old that is', async (t) => {
  const lab = await openBridgeLab(t);
  await lab.serve();
  await lab.discover(TEST_MAC);
  await lab.hello(TEST_MAC);
  const device = await until(
    () => lab.manager.admin('GET', `/api/v1/devices?find=${TEST_MAC}`),
    ({ json }) => json['total'] === 1,
  );
  t.truthy(device);
  const token = path.join(lab.folder, 'token');
  writeFileSync(token, lab.adminToken, { mode: 0o600 });
  const { port, pin } = lab.manager.service;
  const environment = {
    ...{ NACRE_SERVER: `https://127.0.0.1:${port}`, NACRE_SERVER_PIN: pin },
    ...{ NACRE_TOKEN_FILE: token, XDG_CONFIG_HOME: lab.folder },
  };
  const run = (...words: readonly string[]) => nacreHere(words, { environment });
  t.is((await run('device', 'approve', TEST_MAC)).exitCode, 0);
  const wish = ['--convert', '--package', 'lab-pc', '--layout', 'wes7', '--all'];
  const plan = await run('job', 'plan', ...wish, '--policy', 'vendor');
  t.regex(plan.stdout, /1024 MB +16 MB +\d+ MB +\d+ MB/);
  const asked = await run('job', 'make', ...wish);
  t.is(asked.exitCode, 3);
  t.regex(asked.stderr, /not confirmed/);
  const made = documentOf(await run('job', 'make', ...wish, '--yes', '--json'));
  t.like(made, { jobs: [{ name: TEST_MAC }], skipped: [] });
  await until(
    () => lab.hello(TEST_MAC),
    ({ value }) => value['answer'] === 'image',
  );
  const data = ['--data', lab.folder];
  const status = await run('pxe', 'status', ...data);
  t.regex(
    status.stdout,
    new RegExp(`manager https://127.0.0.1:${port}: its word is of .* s ago\\n`),
  );
  const explain = await run('pxe', 'explain', TEST_MAC, ...data);
  t.regex(explain.stdout, /decides: manager https:/);
  t.regex(explain.stdout, /order: image lab-pc@[0-9a-f]+: given/);
  await lab.sleep();
  await until(
    () => run('pxe', 'status', ...data, '--json'),
    ({ stdout }) => stdout.includes('MANAGER_UNREACHABLE'),
  );
  t.regex((await run('pxe', 'status', ...data)).stdout, /AWAY \(MANAGER_UNREACHABLE\)/);
});
