/** A disk file full of noise with a volume in a window of it, and what other people's tools see in there. */
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import type { ChangeJournal } from '../../src/disk/change-journal.ts';
import { type OpenDisk, openForWrite } from '../../src/disk/device.ts';
import type { VolumeWindow } from '../../src/disk/fat.ts';
import { MIB, readAt, temporaryFolder } from './volume.ts';
import { emptyFile, run } from './volumes.ts';

const NOISE = randomBytes(MIB);

export interface WindowDisk {
  readonly folder: string;
  readonly file: string;
  readonly disk: OpenDisk;
  readonly window: VolumeWindow;
  readonly journal: ChangeJournal;
  /** The volume as a file of its own. */
  readonly volumeFile: () => string;
  /** True while everything before and behind the volume is as it was. */
  readonly isNoiseWhole: () => boolean;
}

/**
 * A disk file with one MiB of noise, the volume that `mkfs` makes (its words, then the file), and noise
 * again; `prepare` may fill the volume's file before. The journal is a file of its own.
 */
export const windowDisk = async (
  t: ExecutionContext,
  mkfs: readonly string[],
  sizeMib: number,
  prepare: (volume: string) => void | Promise<void> = () => undefined,
  sectorSize: 512 | 4096 = 512,
): Promise<WindowDisk> => {
  const folder = temporaryFolder(t);
  const volume = emptyFile(path.join(folder, 'made'), sizeMib);
  const [program = '', ...args] = mkfs;
  run(program, [...args, volume]);
  await prepare(volume);
  const file = emptyFile(path.join(folder, 'disk.img'), sizeMib + 2);
  const copy = (from: string, to: string, numbers: readonly string[]): void => {
    run('dd', [
      `if=${from}`,
      `of=${to}`,
      'bs=1M',
      'conv=notrunc,sparse',
      'status=none',
      ...numbers,
    ]);
  };
  copy(volume, file, ['seek=1']);
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, NOISE, 0, MIB, 0);
  writeSync(descriptor, NOISE, 0, MIB, (sizeMib + 1) * MIB);
  closeSync(descriptor);
  const journalFile = emptyFile(path.join(folder, 'journal'), 1);
  const disk = await openForWrite(file, { sectorSize });
  t.teardown(() => disk.close());
  return {
    folder,
    file,
    disk,
    window: { startBytes: MIB, sizeBytes: sizeMib * MIB },
    journal: { path: journalFile, startBytes: 0, sizeBytes: MIB },
    volumeFile: () => {
      const out = emptyFile(path.join(folder, 'volume'), sizeMib);
      copy(file, out, ['skip=1', `count=${sizeMib}`]);
      return out;
    },
    isNoiseWhole: () =>
      statSync(file).size === (sizeMib + 2) * MIB &&
      readAt(file, 0, MIB).equals(NOISE) &&
      readAt(file, (sizeMib + 1) * MIB, MIB).equals(NOISE),
  };
};

/** How tools other than ours judge and read a kind of volume. */
export interface Reader {
  /** Throws when the volume is not sound. */
  readonly check: (volume: string) => void;
  /** Contents of files, in the order of their names. */
  readonly read: (volume: string, names: readonly string[]) => readonly Buffer[];
}

export const NTFS_READER: Reader = {
  check: (volume) => {
    run('ntfsfix', ['-n', volume]);
    run('ntfsinfo', ['-m', volume]);
  },
  // Started by one shell: a process as large as a test's takes longer to fork than ntfscat to read.
  read: (volume, names) => {
    const loop =
      'volume=$1; shift; for name; do ntfscat "$volume" "$name" >"$volume.file$#"; shift; done';
    run('sh', ['-euc', loop, 'sh', volume, ...names]);
    return names.map((_, index) => readFileSync(`${volume}.file${names.length - index}`));
  },
};

export const EXT_READER: Reader = {
  check: (volume) => {
    run('e2fsck', ['-fn', volume]);
  },
  // One program for all of them: starting one for each takes longer than the work.
  read: (volume, names) => {
    const outputs = names.map((_, index) => `${volume}.file${index}`);
    for (const output of outputs) writeFileSync(output, '');
    const lines = names.map((name, index) => `dump "/${name}" ${outputs[index]}\n`);
    writeFileSync(`${volume}.commands`, lines.join(''));
    run('debugfs', ['-f', `${volume}.commands`, volume]);
    return outputs.map((output) => readFileSync(output));
  },
};
