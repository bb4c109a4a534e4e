/** What running processes have cost so far. */
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Owner } from './temporary-folder.ts';

let groups = 0;

/** A control group of cgroup2, as root: only it counts children that nobody waits for. */
export class ProcessGroup {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** An empty group; removed when the owner ends, by when its processes have to have ended. */
  static async open(owner: Owner): Promise<ProcessGroup> {
    const mounts = await readFile('/proc/mounts', 'utf8');
    const root = /^\S+ (\S+) cgroup2 /m.exec(mounts)?.[1];
    if (root === undefined) throw new Error('cgroup2 is not mounted');
    groups += 1;
    const folder = path.join(root, `nacre-bench-${process.pid}-${groups}`);
    await mkdir(folder);
    owner.teardown(() => rmdir(folder));
    return new ProcessGroup(folder);
  }

  /** Counts a process from now on, with all that it starts. */
  async take(pid: number): Promise<void> {
    await writeFile(path.join(this.#folder, 'cgroup.procs'), String(pid));
  }

  /** Of all its processes, ended ones too. */
  async cpuSeconds(): Promise<number> {
    const text = await readFile(path.join(this.#folder, 'cpu.stat'), 'utf8');
    return Number(/^usage_usec (\d+)$/m.exec(text)?.[1]) / 1e6;
  }
}

/** Largest resident set of a process so far, in bytes. */
export const peakBytesOf = async (pid: number): Promise<number> => {
  const found = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'));
  return Number(found?.[1]) * 1024;
};
