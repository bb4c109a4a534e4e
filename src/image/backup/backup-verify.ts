/** Proves what a backup partition holds, by reading all of it. Nothing is written. */
import { type ErrorCode, isNacreError } from '../../errors.ts';
import type { OnProgress } from '../operation.ts';
import type { DamagedChunk } from '../store/pack-check.ts';
import { checkTrust } from '../store/signature.ts';
import type { Backup } from './backup.ts';
import { checkGeneration } from './generation-check.ts';
import type { Generation } from './generations.ts';
import { Pace } from './pace.ts';

export interface VerifyBackupOptions {
  /** Public keys, PEM; a generation that none of them signed counts as bad. */
  readonly trust?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** What `nacre backup verify --json` prints. */
export interface VerifyBackupReport {
  /** True when there is a generation and nothing is wrong with any. */
  readonly ok: boolean;
  /** `verified` is what was found now. */
  readonly generations: readonly Generation[];
  readonly damaged: readonly (DamagedChunk & { readonly generation: string })[];
  readonly freeBytes: number;
}

const trustProblem = async (
  backup: Backup,
  id: string,
  trust: readonly string[],
): Promise<ErrorCode | null> => {
  if (trust.length === 0) return null;
  try {
    checkTrust(id, await backup.readSignatures(id), trust);
    return null;
  } catch (reason) {
    if (isNacreError(reason, 'IMAGE_UNTRUSTED') || isNacreError(reason, 'IMAGE_FORMAT'))
      return reason.code;
    throw reason;
  }
};

/** Reads every chunk of every generation. @throws NacreError CANCELLED, DISK_…, IMAGE_KEY_INVALID */
export const verifyBackup = async (
  backup: Backup,
  { trust = [], signal, onProgress }: VerifyBackupOptions = {},
): Promise<VerifyBackupReport> => {
  const pace = new Pace({ signal });
  const generations: Generation[] = [];
  const damaged: (DamagedChunk & { readonly generation: string })[] = [];
  for (const generation of await backup.generations()) {
    const { id, complete } = generation;
    if (!complete) {
      generations.push(generation);
      continue;
    }
    const manifest = await backup.readManifest(id);
    const check = await backup.withPacks(id, (packs) =>
      checkGeneration(manifest, packs, { pace, signal, onProgress }),
    );
    damaged.push(...check.damaged.map((one) => ({ ...one, generation: id })));
    const problem =
      check.damaged.length > 0 ? 'BACKUP_DAMAGED' : await trustProblem(backup, id, trust);
    generations.push({ ...generation, verified: check.damaged.length === 0, problem });
  }
  const ok = generations.length > 0 && generations.every(({ problem }) => problem === null);
  const { freeBytes } = await backup.volume.space();
  return { ok, generations, damaged, freeBytes };
};
