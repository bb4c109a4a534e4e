/** GRUB's script run by GRUB itself in user space (grub-emu): its own parser, real disks in files, and no firmware. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { emptyFile } from './volumes.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const MIB = 2 ** 20;

/** What it needs of the machine besides the package that is unpacked. */
export const GRUB_EMU_NEEDS: readonly string[] = ['gcc', 'sfdisk', 'mkfs.fat', 'mmd', 'mcopy'];

/** The folder of a package that is not installed; one that is there already is not looked for anew. */
export const unpackedPackage = (name: string): string => {
  const folder = path.join(ROOT, '.cache/packages', name);
  if (!existsSync(`${folder}/.version`))
    execFileSync(path.join(ROOT, 'scripts/fetch-package'), [name], { stdio: 'ignore' });
  return folder;
};

/**
 * What firmware would do is said instead, with the arguments; `reboot` ends the program. Functions of a script come after
 * commands, and this GRUB has none of these.
 */
const FIRMWARE = `
function chainloader { echo "DOES chainloader $1"; reboot; }
function linux { echo "DOES linux $@"; if [ "$linux_fails" = 1 ]; then return 1; fi; }
function initrd { echo "DOES initrd $@"; reboot; }
`;

/** A disk with one FAT partition in a GPT that has these files, each with a byte. */
export const makeFatDisk = (file: string, names: readonly string[]): string => {
  emptyFile(file, 20);
  execFileSync('/usr/sbin/sfdisk', ['-q', file], { input: 'label: gpt\n2048,16M,uefi\n' });
  const volume = `${file}@@${MIB}`;
  execFileSync('/usr/sbin/mkfs.fat', ['-F', '16', '--offset', '2048', file, '16384'], {
    stdio: 'ignore',
  });
  const folders = new Set(
    names.flatMap((name) => {
      const parts = name.split('/').slice(1, -1);
      return parts.map((_, index) => `::${parts.slice(0, index + 1).join('/')}`);
    }),
  );
  if (folders.size > 0) execFileSync('mmd', ['-i', volume, ...folders]);
  for (const name of names)
    execFileSync('mcopy', ['-i', volume, '-', `::${name.slice(1)}`], { input: 'x' });
  return file;
};

export interface GrubRun {
  readonly folder: string;
  /** The whole script. */
  readonly script: string;
  readonly disks: readonly string[];
  /** Sent when the text that they belong to has been shown. */
  readonly keys?: readonly (readonly [after: string, keys: string])[];
  /** Ends the run when this has been shown: what comes then takes a minute, or a person. */
  readonly until?: string;
}

let standIn: Buffer | undefined;

/** An empty library: GRUB is linked to one for graphics that nobody opens here. */
const makeStandIn = (folder: string): void => {
  const file = `${folder}/libSDL-1.2.so.0`;
  if (standIn === undefined)
    execFileSync('gcc', ['-shared', '-x', 'c', '-', '-o', file], { input: '' });
  else writeFileSync(file, standIn);
  standIn ??= readFileSync(file);
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal acts on is left out
const CONTROL = /\x1b\[[0-9;?]*[A-Za-z]|\r/g;

/** Runs a script and returns what the screen got, without what a terminal acts on. */
export const runGrub = async ({
  folder,
  script,
  disks,
  keys = [],
  until,
}: GrubRun): Promise<string> => {
  mkdirSync(`${folder}/grub`, { recursive: true });
  writeFileSync(`${folder}/grub/grub.cfg`, FIRMWARE + script);
  writeFileSync(`${folder}/map`, disks.map((disk, index) => `(hd${index}) ${disk}\n`).join(''));
  makeStandIn(folder);
  const program = `${unpackedPackage('grub-emu')}/usr/bin/grub-emu`;
  const words = ['-d', `${folder}/grub`, '-m', `${folder}/map`, '-r', 'host'];
  const child = spawn(program, words, {
    env: { LD_LIBRARY_PATH: folder, TERM: 'dumb', COLUMNS: '400' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const waiting = [...keys];
  let screen = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen = (screen + text).replace(CONTROL, '');
    const [next] = waiting;
    if (next !== undefined && screen.includes(next[0])) {
      waiting.shift();
      child.stdin.write(next[1]);
    }
    if (until !== undefined && screen.includes(until)) child.kill('SIGKILL');
  });
  await once(child, 'close');
  return screen;
};
