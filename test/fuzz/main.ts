/**
 * Runs the fuzzers of TypeScript parsers: `main.ts SECONDS SEED NAME…`. A fuzzer is test/fuzz/NAME.fuzz.ts with
 * `seeds()` and `run(bytes)`, which throws only when something is wrong. Inputs follow from the seed, which is
 * printed; an input that fails is kept in build/fuzz/findings/NAME.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Random } from '../helpers/random.ts';
import { mutate } from './mutate.ts';

const FINDINGS = path.resolve(import.meta.dirname, '../../build/fuzz/findings');
const KEPT = 200;

interface Fuzzer {
  seeds(): readonly Uint8Array[];
  run(bytes: Uint8Array): void;
}

const isFuzzer = (value: unknown): value is Fuzzer =>
  typeof value === 'object' && value !== null && 'seeds' in value && 'run' in value;

const loadFuzzer = async (name: string): Promise<Fuzzer> => {
  const loaded: unknown = await import(`./${name}.fuzz.ts`);
  if (!isFuzzer(loaded)) throw new TypeError(`${name}.fuzz.ts exports no seeds() and run()`);
  return loaded;
};

const keepFinding = (name: string, bytes: Uint8Array, count: number): string => {
  const folder = path.join(FINDINGS, name);
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `input-${count}`);
  writeFileSync(file, bytes);
  return file;
};

/** Inputs to change: the seeds, and for a while what was made of them, so that changes add up. */
class Pool {
  readonly #inputs: Uint8Array[];
  readonly #seedCount: number;
  readonly #random: Random;

  constructor(seeds: readonly Uint8Array[], random: Random) {
    this.#inputs = [...seeds];
    this.#seedCount = seeds.length;
    this.#random = random;
  }

  /** The seeds first, as they are. */
  next(count: number): Uint8Array {
    return count < this.#seedCount
      ? this.#pick(count)
      : mutate(this.#pick(), this.#pick(), this.#random);
  }

  keep(input: Uint8Array): void {
    if (this.#random.below(8) !== 0) return;
    if (this.#inputs.length < this.#seedCount + KEPT) this.#inputs.push(input);
    else this.#inputs[this.#seedCount + this.#random.below(KEPT)] = input;
  }

  #pick(at = this.#random.below(this.#inputs.length)): Uint8Array {
    return this.#inputs[at] ?? Buffer.alloc(1);
  }
}

const fuzz = async (name: string, seconds: number, seed: number): Promise<boolean> => {
  const { seeds, run } = await loadFuzzer(name);
  const pool = new Pool(seeds(), new Random(seed));
  const end = performance.now() + seconds * 1000;
  let count = 0;
  for (; performance.now() < end; count++) {
    const input = pool.next(count);
    try {
      run(input);
    } catch (error) {
      const file = keepFinding(name, input, count);
      process.stdout.write(`${name}: FINDING in ${file} (seed ${seed})\n${String(error)}\n`);
      return false;
    }
    pool.keep(input);
  }
  process.stdout.write(`${name}: ${count} inputs (seed ${seed}), nothing found\n`);
  return true;
};

const [seconds = '5', seed = '1', ...names] = process.argv.slice(2);
for (const name of names) {
  if (!(await fuzz(name, Number(seconds), Number(seed)))) process.exitCode = 1;
}
