/** Leases of the small DHCP server in a JSON file, so that devices keep their addresses over a restart. */
import { readFile, rename, stat } from 'node:fs/promises';
import { outputFile } from 'fs-extra/esm';
import * as z from 'zod';
import { parseIpv4 } from '../../codec/ipv4.ts';
import { NacreError } from '../../errors.ts';
import type { StoredLease } from './lease-table.ts';

/** Longest file that is read: more than 65536 leases are never stored. */
export const LEASE_FILE_LIMIT_BYTES = 16 * 2 ** 20;

const LATEST_MS = 8_640_000_000_000_000;

const shape = z.strictObject({
  format: z.literal('nacre-leases'),
  version: z.literal(1),
  leases: z.array(
    z.strictObject({
      mac: z.string().regex(/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/),
      address: z.string().refine((text) => parseIpv4(text) !== undefined, 'no IPv4 address'),
      untilMs: z.number().int().min(0).max(LATEST_MS),
    }),
  ),
});

const damaged = (path: string, reason: string, cause?: unknown): NacreError =>
  new NacreError('PXE_LEASES_DAMAGED', { path, reason }, { cause });

const readText = async (path: string): Promise<string | undefined> => {
  try {
    const { size } = await stat(path);
    if (size > LEASE_FILE_LIMIT_BYTES) throw damaged(path, `it has ${size} bytes`);
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw cause;
  }
};

const parseJson = (path: string, text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw damaged(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
};

/**
 * Leases of a file, none when there is no file. Nothing of a damaged one is used: a guess could give the address of a
 * running device to another.
 * @throws NacreError PXE_LEASES_DAMAGED
 */
export const readLeases = async (path: string): Promise<readonly StoredLease[]> => {
  const text = await readText(path);
  if (text === undefined) return [];
  const result = shape.safeParse(parseJson(path, text));
  if (!result.success) {
    const issue = result.error.issues[0];
    throw damaged(path, `${issue?.path.join('.') || 'the text'}: ${issue?.message ?? 'wrong'}`);
  }
  const { leases } = result.data;
  for (const key of ['mac', 'address'] as const) {
    if (new Set(leases.map((lease) => lease[key])).size !== leases.length)
      throw damaged(path, `the same ${key} twice`);
  }
  return leases;
};

const writeLeases = async (path: string, leases: readonly StoredLease[]): Promise<void> => {
  const text = JSON.stringify({ format: 'nacre-leases', version: 1, leases }, undefined, 1);
  const made = `${path}.new`;
  await outputFile(made, `${text}\n`, { flush: true });
  await rename(made, path);
};

/** Writes a file of leases, one write at a time; what changes meanwhile goes into the next one together. */
export class LeaseFile {
  readonly #path: string;
  readonly #leases: () => readonly StoredLease[];
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  /** @param leases gives what is to be stored when a write begins */
  constructor(path: string, leases: () => readonly StoredLease[]) {
    this.#path = path;
    this.#leases = leases;
  }

  /** Resolves when the file holds what is true now, or more. */
  save(): Promise<void> {
    if (this.#running === undefined) return this.#start();
    this.#next ??= this.#running.then(
      () => this.#startNext(),
      () => this.#startNext(),
    );
    return this.#next;
  }

  #start(): Promise<void> {
    const running = writeLeases(this.#path, this.#leases()).finally(() => {
      if (this.#running === running) this.#running = undefined;
    });
    this.#running = running;
    return running;
  }

  #startNext(): Promise<void> {
    this.#next = undefined;
    return this.#start();
  }
}
