/** A real manager with a store of images, and terminals whose disks are files: what an administrator does with `nacre update`. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import type { ExecutionContext } from 'ava';
import { type DiskLab, makeLab, patch, putVolume } from './disk-lab.ts';
import { type ManagerLab, openManagerLab } from './manager-lab.ts';
import { type NacreRun, nacre } from './nacre.ts';
import { nacreHere } from './nacre-here.ts';
import { Noise } from './noise.ts';
import { emptyFile, makeNtfs } from './volumes.ts';

const MIB = 2 ** 20;
const OS_MIB = 24;
const NOISE_AT = 25 * MIB;
export const NOISE_MIB = 12;

export interface UpdateLab {
  readonly lab: DiskLab;
  readonly manager: ManagerLab;
  /** `nacre update …` on a terminal with a record of its own. */
  readonly update: (terminal: string, ...words: readonly string[]) => Promise<NacreRun>;
  /** The same by the built program. */
  readonly updateBuilt: UpdateLab['update'];
  /** The words that name manager and user. */
  readonly login: readonly string[];
}

/** Puts a file into an NTFS volume of a disk by NTFS-3G's own program. */
export const copyIntoNtfs = (
  lab: DiskLab,
  disk: string,
  { atBytes, sizeBytes }: { readonly atBytes: number; readonly sizeBytes: number },
  [name, content]: readonly [name: string, content: Buffer],
): void => {
  const volume = lab.at('volume.ntfs');
  writeFileSync(volume, readFileSync(disk).subarray(atBytes, atBytes + sizeBytes));
  writeFileSync(lab.at('content'), content);
  execFileSync('ntfscp', ['-q', volume, lab.at('content'), name]);
  patch(disk, atBytes, readFileSync(volume));
};

/** What `copyIntoNtfs` put there. */
export const catFromNtfs = (
  lab: DiskLab,
  disk: string,
  { atBytes, sizeBytes }: { readonly atBytes: number; readonly sizeBytes: number },
  name: string,
): Buffer => {
  const volume = lab.at('volume.ntfs');
  writeFileSync(volume, readFileSync(disk).subarray(atBytes, atBytes + sizeBytes));
  return execFileSync('ntfscat', [volume, name], { maxBuffer: 2 ** 28 });
};

/** Where `terminalDisk` has its NTFS volume. */
export const OS = { atBytes: MIB, sizeBytes: OS_MIB * MIB };

/** An MBR disk of 40 MiB: NTFS at 1 MiB, and at 25 MiB what nobody can compress. */
export const terminalDisk = (lab: DiskLab, name: string): string => {
  const file = emptyFile(lab.at(name), 40);
  execFileSync('/usr/sbin/sfdisk', ['-q', file], {
    input: `label: dos\n2048,${OS_MIB}M,7\n51200,${NOISE_MIB}M,83\n`,
  });
  putVolume(makeNtfs(lab.at(`${name}.os`), OS_MIB), file, 1);
  patch(file, NOISE_AT, new Noise('update').bytes(NOISE_MIB * MIB));
  return file;
};

/** Noise in the place of the first `mib` of the second partition. */
export const changeNoise = (disk: string, seed: string, mib: number): void =>
  patch(disk, NOISE_AT, new Noise(seed).bytes(mib * MIB));

/** A manager for the store of a lab. */
export const openUpdateLab = async (
  t: ExecutionContext,
  given?: DiskLab,
  options: Parameters<typeof openManagerLab>[1] = {},
): Promise<UpdateLab> => {
  const lab = given ?? (await makeLab(t));
  const manager = await openManagerLab(t, { imageStore: lab.at('store'), ...options });
  const password = lab.at('password');
  writeFileSync(password, `${manager.service.firstPassword}\n`, { mode: 0o600 });
  const { port, pin } = manager.service;
  const login = [
    ...['--url', `https://127.0.0.1:${port}/`, '--pin', pin, '--user', 'admin'],
    ...['--password-file', password, '--no-input'],
  ];
  const by =
    (run: typeof nacreHere): UpdateLab['update'] =>
    (terminal, ...words) =>
      run(['update', ...words], {
        environment: { NACRE_UPDATE_STATE: lab.at(`terminal-${terminal}`) },
      });
  return { lab, manager, update: by(nacreHere), updateBuilt: by(nacre), login };
};

/** The words of a start on a disk without a boot agent partition. */
export const startWords = (disk: string, image: string, terminal: string): readonly string[] => [
  ...['start', '--disk', disk, '--image', image, '--terminal', terminal],
];
