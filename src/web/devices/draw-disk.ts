/** A disk drawn to scale: what lies where, and what is free between. */
import { BACKUP_LABEL, BOOT_AGENT_LABEL } from '../../disk/boot-places.ts';
import type { Inventory } from '../../job/agent-protocol.ts';

export type Disk = Inventory['disks'][number];
type Partition = Disk['partitions'][number];

/** How a block looks: what it is for. */
export type BlockTone = 'boot' | 'os' | 'backup' | 'kept' | 'other' | 'free';

export interface Block {
  /** Of the partition; `free` for room without one. */
  readonly role: string;
  readonly name: string;
  readonly fileSystem: string;
  readonly tone: BlockTone;
  readonly startBytes: number;
  readonly sizeBytes: number;
  /** In units of the drawing. */
  readonly left: number;
  readonly width: number;
}

/** Smaller gaps are alignment, and no room that anybody could use. */
const LEAST_GAP_BYTES = 4 * 2 ** 20;
/** So that a small partition of a large disk can still be seen. */
const LEAST_WIDTH = 4;

/** By the words of `partitionRole`. */
const TONE_OF_ROLE: Readonly<Record<string, BlockTone>> = {
  'boot-agent': 'boot',
  'efi-system': 'boot',
  'bios-boot': 'boot',
  'linux-boot': 'boot',
  'prep-boot': 'boot',
  'basic-data': 'os',
  linux: 'os',
  'linux-root': 'os',
  os: 'os',
  backup: 'backup',
  hidden: 'kept',
  msr: 'kept',
  recovery: 'kept',
};
/** A label says more than the type of a partition: FAT32 can be anything. */
const TONE_OF_NAME: Readonly<Record<string, BlockTone>> = {
  [BOOT_AGENT_LABEL]: 'boot',
  [BACKUP_LABEL]: 'backup',
  WFS: 'kept',
};

type Bare = Omit<Block, 'left' | 'width'>;

const partitionBlock = ({ role, name, fileSystem, startBytes, sizeBytes }: Partition): Bare => ({
  ...{ role, name, fileSystem, startBytes, sizeBytes },
  tone: TONE_OF_NAME[name] ?? TONE_OF_ROLE[role] ?? 'other',
});

const gapBlock = (startBytes: number, endBytes: number): readonly Bare[] =>
  endBytes - startBytes < LEAST_GAP_BYTES
    ? []
    : [
        {
          ...{ role: 'free', name: '', fileSystem: '', tone: 'free' },
          ...{ startBytes, sizeBytes: endBytes - startBytes },
        },
      ];

/** Blocks in the order of the disk. A table that lies (overlaps, ends behind the disk) is drawn within the disk all the same. */
export const drawDisk = (
  { sizeBytes, partitions }: Pick<Disk, 'sizeBytes' | 'partitions'>,
  width: number,
): readonly Block[] => {
  const sorted = partitions.toSorted((a, b) => a.startBytes - b.startBytes);
  const bare: Bare[] = [];
  let endBytes = 0;
  for (const partition of sorted) {
    bare.push(...gapBlock(endBytes, partition.startBytes), partitionBlock(partition));
    endBytes = Math.max(endBytes, partition.startBytes + partition.sizeBytes);
  }
  bare.push(...gapBlock(endBytes, sizeBytes));
  return layOut(bare, width);
};

/** Widths in proportion, none below the least; what the small ones get more is taken from the others in proportion. */
const layOut = (bare: readonly Bare[], width: number): readonly Block[] => {
  const least = Math.min(LEAST_WIDTH, width / Math.max(1, bare.length));
  let small: ReadonlySet<Bare> = new Set();
  let scale = 0;
  for (;;) {
    const large = bare.filter((block) => !small.has(block));
    const largeBytes = large.reduce((sum, block) => sum + block.sizeBytes, 0);
    scale = largeBytes === 0 ? 0 : (width - small.size * least) / largeBytes;
    const more = large.filter(({ sizeBytes }) => sizeBytes * scale < least);
    if (more.length === 0) break;
    small = new Set([...small, ...more]);
  }
  let left = 0;
  return bare.map((block) => {
    const own = small.has(block) ? least : block.sizeBytes * scale;
    const drawn = { ...block, left, width: own };
    left += own;
    return drawn;
  });
};
