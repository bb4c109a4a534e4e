/** The bytes of this machine's programs, cut into files whose sizes are the same on every machine. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import fs from 'fs-extra';
import type { Random } from '../helpers/random.ts';
import { shuffled } from './shuffle.ts';

const LARGEST = 160 << 20;
/** Compressed already: `media` stands for such files. */
const PACKED = /\.(gz|tgz|bz2|xz|zst|zip|jar|jmod|whl|deb|png|jpe?g|woff2?)$/;

/** All regular files below a folder, in the order of their names. */
export const filesBelow = async (folder: string): Promise<string[]> =>
  (await fs.readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();

/** A source of program bytes: the files of a tree behind each other, whole folders in a random order. */
export class Programs {
  readonly #files: readonly string[];
  #next = 0;
  #rest: Buffer = Buffer.alloc(0);

  private constructor(files: readonly string[]) {
    this.#files = files;
  }

  static async of(tree: string, random: Random): Promise<Programs> {
    const folders = new Map<string, string[]>();
    for (const file of await filesBelow(tree)) {
      if (PACKED.test(file)) continue;
      const files = folders.get(path.dirname(file)) ?? [];
      files.push(file);
      folders.set(path.dirname(file), files);
    }
    return new Programs(shuffled([...folders.values()], random).flat());
  }

  /** The next `length` bytes. @throws Error when the tree holds fewer */
  async bytes(length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let left = length; left > 0; ) {
      if (this.#rest.length === 0) this.#rest = await this.#nextFile(left);
      const part = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(part.length);
      parts.push(part);
      left -= part.length;
    }
    return Buffer.concat(parts);
  }

  async #nextFile(left: number): Promise<Buffer> {
    const file = this.#files[this.#next++];
    if (file === undefined) throw new Error(`the tree of programs ends ${left} bytes early`);
    return (await fs.stat(file)).size > LARGEST ? Buffer.alloc(0) : readFile(file);
  }
}
