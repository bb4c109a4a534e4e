import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { makeLab, putVolume } from '../helpers/disk-lab.ts';
import { documentOf, nacre } from '../helpers/nacre.ts';
import { nacreHere } from '../helpers/nacre-here.ts';
import { makeBootFiles, SMALL_BOOT_BYTES } from '../helpers/stand-in-boot-files.ts';
import { emptyFile, makeNtfs } from '../helpers/volumes.ts';

test('disk plan shows numbers, pictures and warnings, and writes nothing', async (t) => {
  const lab = await makeLab(t);
  const source = emptyFile(lab.at('source.img'), 40);
  execFileSync('/usr/sbin/sfdisk', ['-q', source], { input: 'label: dos\n2048,30M,7\n' });
  putVolume(makeNtfs(lab.at('os'), 30), source, 1);
  await lab.capture(source);
  const target = emptyFile(lab.at('target.img'), 5000);
  const call = ['disk', 'plan', 'lab', target, '--store', `${lab.folder}/store`];
  const wes7 = ['--layout', 'wes7', '--policy', 'vendor'];
  const shown = await nacre([...call, ...wes7]);
  t.is(shown.exitCode, 0, shown.stdout + shown.stderr);
  t.regex(shown.stdout, /before\n.*after\n┌.*│fat│ntfs .*└/s);
  t.regex(shown.stdout, /Total Flash Size +5000\n.*Non-PXE Size +16\n.*unused +904\n/s);
  t.regex(shown.stdout, /! 904 MB of the disk stay unused/);
  const document = documentOf(await nacreHere([...call, ...wes7, '--json']));
  t.like(document, {
    fields: { totalFlashMb: 5000, nonPxeMb: 16, unusedMb: 904 },
    plan: {
      before: [{ number: 0 }],
      after: [{ role: 'boot-agent' }, { role: 'os' }, { role: 'backup' }],
    },
    warningCodes: ['unused-space', 'flash-small', 'os-moved'],
  });
  t.is(statSync(target).blocks, 0);
  const japanese = await nacreHere([...call, ...wes7, '--lang', 'ja']);
  t.regex(japanese.stdout, /全フラッシュサイズ/);
  t.is((await nacreHere(call)).exitCode, 2);
  t.is((await nacreHere([...call, '--layout', 'wes8'])).exitCode, 2);
  t.is((await nacreHere([...call, ...wes7, '--backup-size', '1X'])).exitCode, 2);
  t.is((await nacreHere([...call, '--layout', 'wes7', '--keep', '1'])).exitCode, 3);
});

test('disk apply asks, makes the disk, and says whose images it takes from now on', async (t) => {
  const lab = await makeLab(t);
  const source = emptyFile(lab.at('source.img'), 40);
  execFileSync('/usr/sbin/sfdisk', ['-q', source], { input: 'label: dos\n2048,30M,7\n' });
  putVolume(makeNtfs(lab.at('os'), 30), source, 1);
  await lab.capture(source);
  const target = emptyFile(lab.at('target.img'), 288);
  await makeBootFiles(lab.at('boot'), SMALL_BOOT_BYTES);
  const runBy = (by: typeof nacre | typeof nacreHere, ...more: readonly string[]) =>
    by(
      [
        ...['disk', 'apply', 'lab', target, '--layout', 'wes7', '--store', `${lab.folder}/store`],
        ...['--boot', lab.at('boot'), ...more],
      ],
      { cwd: lab.folder },
    );
  const run = (...more: readonly string[]) => runBy(nacreHere, ...more);
  const unsigned = await run('--yes', 'target.img', '--json');
  t.is(unsigned.exitCode, 3);
  t.like(documentOf(unsigned), { error: { code: 'IMAGE_UNSIGNED' } });
  t.is((await run('--unsigned')).exitCode, 3);
  const dry = await run('--unsigned', '--dry-run');
  t.is(dry.exitCode, 0, dry.stdout + dry.stderr);
  t.regex(dry.stdout, /the device takes unsigned images as well/);
  t.is(statSync(target).blocks, 0);
  t.regex((await run('--unsigned', '--secure-boot')).stderr, /--secure-boot.*wes7.*--layout uefi/s);
  writeFileSync(lab.at('empty'), '\n');
  t.is((await run('--unsigned', '--menu-password-file', lab.at('empty'))).exitCode, 2);
  t.is(statSync(target).blocks, 0);
  writeFileSync(lab.at('password'), 'open sesame\n');
  const made = await runBy(
    nacre,
    ...['--unsigned', '--yes', 'target.img', '--json', '--menu-password-file', lab.at('password')],
  );
  t.is(made.exitCode, 0, made.stdout + made.stderr);
  const document = documentOf(made);
  t.like(document, { partitions: [{ role: 'boot-agent' }, { role: 'os' }, { role: 'backup' }] });
  t.true(existsSync(lab.at(String(document['savedTable']))));
  const password = execFileSync('mtype', ['-i', `${target}@@1M`, '::/Grub/password.cfg']);
  t.regex(password.toString(), /^set superusers=admin\npassword_pbkdf2 admin grub\.pbkdf2\.sha512/);
  t.false(readFileSync(target).includes('open sesame'));
  const shown = documentOf(await nacreHere(['backup', 'show', target, '--json']));
  t.like(shown, { generations: [{ complete: true, verified: true }] });
  t.like(documentOf(await nacreHere(['boot', 'state', target, '--json'])), {
    mode: 'os',
    dirty: false,
  });
});
