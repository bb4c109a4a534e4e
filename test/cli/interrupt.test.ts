/** Ctrl-C, closed pipes and terminals. */
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { makeNoiseDisk } from '../helpers/disk-file.ts';
import { documentOf, nacre } from '../helpers/nacre.ts';
import { nacreHere } from '../helpers/nacre-here.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const MAIN = path.resolve(import.meta.dirname, '../../dist/cli/main.cjs');
/** Capturing this at the highest level takes seconds, and its cancelling must not. */
const SLOW = ['--level', '19', '--progress', 'json'] as const;

const MIB = 2 ** 20;
const SLOW_MIB = 48;
/** A fast machine has restored the smaller ones before anybody can stop it. */
const RESTORED_MIB = [3 * SLOW_MIB, 384, 1536] as const;

const SLOW_TEXT = Buffer.from(randomBytes((SLOW_MIB / 2) * MIB).toString('hex'), 'latin1');

/** A disk without a file system, full of text that compresses slowly. */
const makeSlowDisk = async (t: ExecutionContext, sizeMib = SLOW_MIB): Promise<string> => {
  const file = path.join(await temporaryFolder(t), 'slow.img');
  for (let at = 0; at < sizeMib; at += SLOW_MIB) appendFileSync(file, SLOW_TEXT);
  return file;
};

test.serial(
  'Ctrl-C stops a capture cleanly, says the state, and leaves nothing in the store',
  async (t) => {
    const disk = await makeSlowDisk(t);
    const store = path.join(path.dirname(disk), 'store');
    const capture = ['image', 'capture', disk, 'slow', '--store', store];
    const run = await interrupted([...capture, '--json', '--level', '19'], path.dirname(disk));
    t.is(run.exitCode, 130, run.stderr);
    t.like(documentOf(run), { error: { code: 'CANCELLED' } });
    t.regex(run.stderr, /stopping cleanly; Ctrl-C again stops at once/);
    t.regex(run.stderr, /nothing was published, the store is as it was/);
    const files = existsSync(store) ? await readdir(store, { recursive: true }) : [];
    t.deepEqual(
      files.filter((name) => /\.(manifest|pack)$|^images\/./.test(name)),
      [],
    );
    const again = await nacreHere(capture);
    t.is(again.exitCode, 0, again.stdout + again.stderr);
  },
);

/** Runs a command and sends Ctrl-C when its first progress comes. */
const interrupted = (words: readonly string[], cwd: string) => {
  let signals = 0;
  return nacre([...words, '--progress', 'json'], {
    cwd,
    onStderr: (text, kill) => {
      if (signals > 0 || !text.includes('"doneBytes"')) return;
      signals += 1;
      kill('SIGINT');
    },
  });
};

test.serial(
  'Ctrl-C stops a restore cleanly, says the state of the disk, and its rerun ends right',
  async (t) => {
    const more = ['--store', 'store', '--json'];
    const restore = ['image', 'restore', 'slow', 'target.img', '--yes', 'target.img', ...more];
    for (const sizeMib of RESTORED_MIB) {
      const disk = await makeSlowDisk(t, sizeMib);
      const folder = path.dirname(disk);
      const target = path.join(folder, 'target.img');
      await makeNoiseDisk(target, sizeMib * MIB, sizeMib * MIB);
      const capture = await nacreHere(['image', 'capture', disk, 'slow', ...more], { cwd: folder });
      t.is(capture.exitCode, 0, capture.stdout + capture.stderr);
      const run = await interrupted(restore, folder);
      const isWhole = readFileSync(target).equals(readFileSync(disk));
      if (isWhole && sizeMib < RESTORED_MIB[2]) continue;
      t.is(run.exitCode, 130, run.stderr);
      t.like(documentOf(run), { error: { code: 'CANCELLED' } });
      t.regex(run.stderr, /may hold a part of the image and is not usable yet; run the same/);
      t.false(isWhole);
      const again = await nacreHere(restore, { cwd: folder });
      t.is(again.exitCode, 0, again.stdout + again.stderr);
      t.true(readFileSync(target).equals(readFileSync(disk)));
      return;
    }
  },
);

test.serial('Ctrl-C twice ends at once', async (t) => {
  const disk = await makeSlowDisk(t);
  let signals = 0;
  const run = await nacre(['image', 'capture', disk, 'slow', '--store', `${disk}.store`, ...SLOW], {
    onStderr: (text, kill) => {
      const wanted = text.includes('stopping cleanly') ? 2 : text.includes('doneBytes') ? 1 : 0;
      while (signals < wanted) {
        signals += 1;
        kill('SIGINT');
      }
    },
  });
  t.is(run.exitCode, 130, run.stderr);
});

test('a reader that goes away is no error', (t) => {
  const command = `set -o pipefail; "${process.execPath}" "${MAIN}" image --help | head -c 1`;
  const run = spawnSync('bash', ['-c', command], { encoding: 'utf8' });
  t.is(run.status, 0);
  t.is(run.stdout, 'U');
  t.is(run.stderr, '');
});

/** Runs a line of shell on a terminal of its own and types `answer` when the question appears. */
const onTerminal = async (line: string, answer: string, cwd: string) => {
  const child = spawn('script', ['--quiet', '--return', '--command', line, '/dev/null'], {
    cwd,
    env: { PATH: process.env['PATH'], TERM: 'xterm', LANG: 'C.UTF-8', NACRE_CONFIG: '/dev/null' },
  });
  let stdout = '';
  let isAnswered = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    if (isAnswered || !/Type .* to stop: /.test(stdout)) return;
    isAnswered = true;
    child.stdin.write(answer);
  });
  const [status] = await once(child, 'close');
  return { status: Number(status), stdout };
};

test.serial(
  'on a terminal the question is answered by typing the name of the target',
  async (t) => {
    const folder = await temporaryFolder(t);
    for (const name of ['source.img', 'target.img']) {
      writeFileSync(path.join(folder, name), Buffer.alloc(2 ** 20, name === 'source.img' ? 7 : 0));
    }
    const program = `"${process.execPath}" "${MAIN}" --store store`;
    const capture = await onTerminal(`${program} image capture source.img lab`, '', folder);
    t.is(capture.status, 0, capture.stdout);
    const restore = `${program} image restore lab target.img`;
    const refused = await onTerminal(restore, 'yes\n', folder);
    t.is(refused.status, 3, refused.stdout);
    t.regex(refused.stdout, /Type target\.img to go on/);
    t.regex(refused.stdout, /given "yes"/);
    t.true(refused.stdout.includes('\u001b[1mType'), 'the question is bold');
    const plain = await onTerminal(`${restore} --no-colour`, 'yes\n', folder);
    t.false(plain.stdout.includes('\u001b[1m'));
    const accepted = await onTerminal(restore, 'target.img\n', folder);
    t.is(accepted.status, 0, accepted.stdout);
    t.regex(accepted.stdout, /\[#+\] {2}100 %/);
  },
);

for (const [title, key, exitCode] of [
  ['Ctrl-C', '\u0003', 130],
  ['Ctrl-D', '\u0004', 3],
] as const) {
  test.serial(`${title} at the question ends with ${exitCode} and changes nothing`, async (t) => {
    const folder = await temporaryFolder(t);
    writeFileSync(path.join(folder, 'source.img'), Buffer.alloc(2 ** 20, 7));
    writeFileSync(path.join(folder, 'target.img'), Buffer.alloc(2 ** 20));
    const program = `"${process.execPath}" "${MAIN}" --store store`;
    await nacreHere(['image', 'capture', 'source.img', 'lab', '--store', 'store'], { cwd: folder });
    const run = await onTerminal(`${program} image restore lab target.img`, key, folder);
    t.is(run.status, exitCode, run.stdout);
    t.true(readFileSync(path.join(folder, 'target.img')).equals(Buffer.alloc(2 ** 20)));
  });
}
