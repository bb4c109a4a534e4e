/** All files of an NTFS, ext or FAT volume that lies on no disk: its bytes are asked for as they are needed. */

import type { VolumeRequest } from '../codec/volume-protocol.ts';
import { TREE_DEPTH_LIMIT, TREE_ENTRY_LIMIT, VolumeTree } from '../codec/volume-tree.ts';
import { NacreError } from '../errors.ts';
import { runVolumeProcess } from './volume-process.ts';

/** A volume that somebody can read. */
export interface ReadableVolume {
  readonly sizeBytes: number;
  readonly sectorSize: number;
  /** Exactly `length` bytes, at most 64 KiB, inside one 64 KiB of the volume. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

export interface VolumeTreeOptions {
  readonly signal?: AbortSignal | undefined;
  /** 10 minutes by default. */
  readonly timeoutMs?: number | undefined;
  readonly limits?: { readonly entries: number; readonly depth: number } | undefined;
}

const DEFAULT_TIMEOUT_MS = 600_000;

/** Needs that the program told and that were not answered yet; it tells one at a time. */
class Needs {
  #next: { readonly offset: number; readonly length: number } | undefined;
  #isOver = false;
  #wake: (() => void) | undefined;

  tell(need: { readonly offset: number; readonly length: number }): void {
    if (this.#next) {
      throw new NacreError('VOLUME_HELPER_FAILED', { reason: 'it asked twice at a time' });
    }
    this.#next = need;
    this.#wake?.();
  }

  end(): void {
    this.#isOver = true;
    this.#wake?.();
  }

  /** Undefined when no more come. */
  async take(): Promise<{ readonly offset: number; readonly length: number } | undefined> {
    while (this.#next === undefined && !this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const need = this.#next;
    this.#next = undefined;
    return this.#isOver ? undefined : need;
  }
}

async function* requestsOf(
  volume: ReadableVolume,
  needs: Needs,
  limits: { readonly entries: number; readonly depth: number },
): AsyncGenerator<VolumeRequest> {
  const { sectorSize, sizeBytes } = volume;
  const most = { mostEntries: limits.entries, mostDepth: limits.depth };
  yield { kind: 'tree', sectorSize, sizeBytes, ...most };
  for (let need = await needs.take(); need !== undefined; need = await needs.take()) {
    yield { kind: 'supply', bytes: await volume.read(need.offset, need.length) };
  }
}

/**
 * Names, sizes and times of all files. Nothing but what folders and their entries need is read.
 *
 * @throws NacreError VOLUME_UNSUPPORTED, VOLUME_DAMAGED, VOLUME_IO, VOLUME_TREE_LIMIT, VOLUME_HELPER_FAILED, DISK_STRUCTURE,
 *   CANCELLED, and what `read` rejects with
 */
export const readVolumeTree = async (
  volume: ReadableVolume,
  { signal, timeoutMs = DEFAULT_TIMEOUT_MS, limits }: VolumeTreeOptions = {},
): Promise<VolumeTree> => {
  const tree = new VolumeTree();
  const needs = new Needs();
  let isDone = false;
  await runVolumeProcess(
    requestsOf(volume, needs, limits ?? { entries: TREE_ENTRY_LIMIT, depth: TREE_DEPTH_LIMIT }),
    {
      signal,
      timeoutMs,
      onEnd: () => needs.end(),
      onAnswer: (answer) => {
        if (answer.kind === 'need') needs.tell(answer);
        else if (answer.kind === 'bytes') tree.take(answer.bytes);
        else if (answer.kind === 'done') {
          isDone = true;
          needs.end();
        }
      },
    },
  );
  if (!isDone)
    throw new NacreError('VOLUME_HELPER_FAILED', { reason: 'it ended without an answer' });
  return tree;
};
