/** `nacre agent` as a program, as the administrator of a device uses it. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openManagerLab } from '../helpers/manager-lab.ts';
import { documentOf, nacre } from '../helpers/nacre.ts';
import { nacreHere } from '../helpers/nacre-here.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const open = async (t: ExecutionContext) => {
  const lab = await openManagerLab(t);
  const folder = await temporaryFolder(t);
  const state = path.join(folder, 'agent');
  const server = `https://127.0.0.1:${lab.service.port}`;
  const run = (...words: readonly string[]) =>
    nacreHere(['agent', ...words], { environment: { NACRE_AGENT_STATE: state } });
  return { lab, folder, state, server, pin: lab.service.pin, run };
};

test('off a terminal nothing is sent to a manager whose key nobody compared', async (t) => {
  const { server, pin, run, lab } = await open(t);
  const refused = await run('enroll', server);
  t.is(refused.exitCode, 3);
  t.true(refused.stderr.includes(`nacre agent enroll ${server} --pin ${pin}`));
  const { json } = await lab.admin('GET', '/api/v1/devices');
  t.deepEqual(json['items'], []);
  t.is((await run('status')).exitCode, 3);
});

test('a device enrols by a code, runs, says how it is, and stops when it is told', async (t) => {
  const { server, pin, run, lab, state, folder } = await open(t);
  const made = await lab.admin('POST', '/api/v1/join-codes', { body: { uses: 1, hours: 1 } });
  const code = path.join(folder, 'code');
  writeFileSync(code, `${String(made.json['code'])}\n`);
  const enrolled = await run('enroll', server, '--pin', pin, '--code-file', code, '--json');
  t.is(enrolled.exitCode, 0, enrolled.stdout + enrolled.stderr);
  t.like(documentOf(enrolled), { server, state: 'approved', wasKnown: false });
  writeFileSync(path.join(state, 'agent.toml'), `disk = '${folder}/disk.img'\n`);
  writeFileSync(`${folder}/disk.img`, Buffer.alloc(2 ** 20));
  const killed = await nacre(['agent', 'run', '--state', state], {
    onStderr: (text, kill) => {
      if (text.includes('agent ready')) kill('SIGKILL');
    },
  });
  t.regex(killed.stderr, /SIGKILL$/);
  const served = await nacre(['agent', 'run', '--state', state], {
    onStderr: (text, kill) => {
      // A second one would end it at once.
      if (text.trimEnd().endsWith('(state approved)')) kill('SIGTERM');
    },
  });
  t.is(served.exitCode, 0, served.stdout + served.stderr);
  t.regex(served.stderr, /agent ready/);
  const status = documentOf(await run('status', '--json'));
  t.like(status, { server, admission: 'approved', problem: null, job: null, backup: null });
  t.like(status, { fingerprint: documentOf(enrolled)['fingerprint'] });
  t.regex((await run('status')).stdout, /state: approved/);
  const logs = await run('logs', '--lines', '1');
  t.is(logs.stdout.trim().split('\n').length, 1);
  t.false(readFileSync(path.join(state, 'agent.log'), 'utf8').includes('PRIVATE KEY'));
  t.is((await run('postpone')).exitCode, 1);
});

test('a damaged state is said to be one, with the way out, and stays as it is', async (t) => {
  const { server, pin, run, state } = await open(t);
  await run('enroll', server, '--pin', pin);
  const file = path.join(state, 'agent.json');
  writeFileSync(file, readFileSync(file, 'utf8').slice(0, 40));
  for (const words of [['run'], ['status'], ['enroll', server, '--pin', pin]]) {
    const again = await run(...words);
    t.is(again.exitCode, 1);
    t.regex(again.stderr, /agent\.json is damaged.*\nhint: .*remove the folder/);
  }
  t.is(readFileSync(file, 'utf8').length, 40);
});
