/** Packs chunks, given in rising order, into the records of a partition. */
import { MASK_RECORD_BYTES, RUN_MASKED, RUN_RECORD_BYTES, RUN_ZERO } from './image-limits.ts';
import { fullMaskOf, type PartitionRecords } from './run-records.ts';

interface OpenRun {
  readonly first: number;
  readonly kind: number;
  count: number;
}

/** A used chunk as a cursor shows it; without a digest its used blocks are zero. */
export interface ChunkRecord {
  readonly chunk: number;
  readonly mask: number;
  readonly digest: Uint8Array | undefined;
}

/** The opposite of `ChunkCursor`: `records` of what was added passes `checkPartitionRecords`. */
export class RunRecordsWriter {
  readonly #sizeBytes: number;
  readonly #runs: OpenRun[] = [];
  readonly #masks: number[] = [];
  readonly #digests: Uint8Array[] = [];

  /** `sizeBytes` of the partition tells which masks are full. */
  constructor(sizeBytes: number) {
    this.#sizeBytes = sizeBytes;
  }

  /** Adds a chunk behind the last one. Its digest is not copied before `records`. */
  add({ chunk, mask, digest }: ChunkRecord): void {
    const isMasked = mask !== fullMaskOf(chunk, this.#sizeBytes);
    const kind = (digest === undefined ? RUN_ZERO : 0) | (isMasked ? RUN_MASKED : 0);
    if (isMasked) this.#masks.push(mask);
    if (digest !== undefined) this.#digests.push(digest);
    const run = this.#runs.at(-1);
    if (run !== undefined && run.kind === kind && run.first + run.count === chunk) run.count++;
    else this.#runs.push({ first: chunk, kind, count: 1 });
  }

  records(): PartitionRecords {
    const runs = Buffer.alloc(this.#runs.length * RUN_RECORD_BYTES);
    for (const [index, { first, kind, count }] of this.#runs.entries()) {
      const at = index * RUN_RECORD_BYTES;
      runs.writeBigUInt64LE(BigInt(first), at);
      runs.writeUInt32LE(count, at + 8);
      runs.writeUInt16LE(kind, at + 12);
    }
    const masks = Buffer.alloc(this.#masks.length * MASK_RECORD_BYTES);
    for (const [index, mask] of this.#masks.entries())
      masks.writeUInt16LE(mask, index * MASK_RECORD_BYTES);
    return { runs, masks, digests: Buffer.concat(this.#digests) };
  }
}
