/** `nacre image diff --files` as people read it. */
import { mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { makeLab } from '../helpers/disk-lab.ts';
import { nacreHere } from '../helpers/nacre-here.ts';
import { requires } from '../helpers/requires.ts';
import { emptyFile, run } from '../helpers/volumes.ts';

test('files are told with marks and sizes, in two languages, and a name cannot steer the terminal', async (t) => {
  if (!requires(t, 'mke2fs')) return;
  const lab = await makeLab(t);
  const root = lab.at('root');
  mkdirSync(path.join(root, '資料'), { recursive: true });
  const write = (name: string, length: number): void => {
    const file = path.join(root, name);
    writeFileSync(file, Buffer.alloc(length, 1));
    // The same in both volumes, which are made one after the other.
    utimesSync(file, new Date(0), new Date('2026-01-01T00:00:00Z'));
  };
  const capture = async (name: string): Promise<string> => {
    const image = emptyFile(lab.at(name), 8);
    run('mke2fs', ['-q', '-F', '-t', 'ext4', '-d', root, image]);
    return (await lab.capture(image)).id;
  };
  write('資料/報告.txt', 1024);
  write('資料/gone', 2048);
  write('same', 5);
  const one = await capture('one');
  write('資料/報告.txt', 4096);
  rmSync(path.join(root, '資料/gone'));
  write('new\u001b[31m\nname', 100);
  renameSync(path.join(root, 'same'), path.join(root, 'same too'));
  renameSync(path.join(root, 'same too'), path.join(root, 'same'));
  const two = await capture('two');
  const environment = { NACRE_STORE: lab.store.location };
  const diff = (...more: readonly string[]) =>
    nacreHere(['image', 'diff', `lab@${one}`, `lab@${two}`, '--files', ...more], { environment });
  const english = await diff();
  t.is(english.exitCode, 0, english.stderr);
  t.regex(
    english.stdout,
    /partition 0 \(ext4\): 1 added \(100 B\), 1 removed \(2.00 KiB\), 1 changed, 0 renamed \(4.00 KiB\)/,
  );
  t.regex(english.stdout, /^~ +1.00 KiB → 4.00 KiB +資料\/報告.txt +size$/m);
  t.regex(english.stdout, /^- +2.00 KiB +資料\/gone$/m);
  t.regex(english.stdout, /^\+ +100 B +new\ufffd\[31m\ufffdname$/m);
  t.false(english.stdout.includes('\u001b'));
  t.regex((await diff('--most', '1', '--lang', 'ja')).stdout, /追加 1 .*\n[\s\S]*… ほか 2 件/);
  t.is((await diff('--most', '-1')).exitCode, 2);
});
