/** `nacre pxe serve` as a program on a network of its own, with small boot files. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { makeNetworkBootFiles, networkBootFiles } from './network-boot-files.ts';
import { NetworkLab, type RunningProgram } from './network-lab.ts';
import { type Owner, temporaryFolder } from './temporary-folder.ts';

const MAIN = path.resolve(import.meta.dirname, '../../dist/cli/main.cjs');

export interface ServeLab {
  readonly lab: NetworkLab;
  /** Of policy, boot files, store and data. */
  readonly folder: string;
  readonly policy: string;
  readonly data: string;
  /** Runs `nacre pxe …` on the host `server`, with this lab's folders. */
  readonly pxe: (words: readonly string[]) => RunningProgram;
  /** Starts the service, by another program when one is named, and waits until it answers or says why not. */
  readonly serve: (words?: readonly string[], by?: readonly string[]) => Promise<RunningProgram>;
}

/** A host `server` with 10.77.0.1 and `device` with 10.77.0.50 on one wire. */
export const openServeLab = async (
  t: Owner,
  policyText: string,
  boot?: string,
): Promise<ServeLab> => {
  const lab = await NetworkLab.open(t);
  await lab.connect('server', 'eth0', 'lan', '10.77.0.1/24');
  await lab.connect('device', 'eth0', 'lan', '10.77.0.50/24');
  const folder = await temporaryFolder(t);
  const policy = path.join(folder, 'pxe.toml');
  const data = path.join(folder, 'data');
  await mkdir(path.join(folder, 'store'));
  await writeFile(policy, policyText);
  if (boot === undefined) await makeNetworkBootFiles(path.join(folder, 'boot'), networkBootFiles());
  const common = ['--store', path.join(folder, 'store'), '--data', data];
  const start = (words: readonly string[], by: readonly string[]): RunningProgram => {
    const [program = process.execPath, ...args] = [...by, process.execPath];
    return lab.start('server', program, [...args, MAIN, 'pxe', ...words, ...common]);
  };
  const pxe = (words: readonly string[], by: readonly string[] = []): RunningProgram =>
    start(words[0] === 'status' ? words : [...words, '--policy', policy], by);
  const serve = async (
    words: readonly string[] = [],
    by: readonly string[] = [],
  ): Promise<RunningProgram> => {
    const running = pxe(['serve', '--boot', boot ?? path.join(folder, 'boot'), ...words], by);
    await running.waitFor(/^\S+ ready: |^nacre: /);
    return running;
  };
  return { lab, folder, policy, data, pxe, serve };
};
