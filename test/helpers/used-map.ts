/** The used blocks of a volume by other people's tools, and their comparison with ours. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { temporaryFolder } from './temporary-folder.ts';
import { BLOCK, type Extent, readAt } from './volume.ts';
import { run } from './volumes.ts';

/** One byte for each 4 KiB block of a volume: 1 where an extent touches it. */
export const blockMap = (sizeBytes: number, extents: Iterable<Extent>): Uint8Array => {
  const map = new Uint8Array(Math.ceil(sizeBytes / BLOCK));
  for (const { offset, length } of extents) {
    if (length > 0) map.fill(1, Math.floor(offset / BLOCK), Math.ceil((offset + length) / BLOCK));
  }
  return map;
};

/** Block numbers where two maps differ, at most 20 of them, with what the first one says. */
export const differences = (found: Uint8Array, expected: Uint8Array): readonly string[] => {
  const list: string[] = [];
  for (let block = 0; block < Math.max(found.length, expected.length); block++) {
    if (found[block] === expected[block]) continue;
    list.push(`${block}: ${found[block] === 1 ? 'used' : 'free'}`);
    if (list.length === 20) break;
  }
  return list;
};

/** Share of blocks that are used, and in how many pieces. */
export const shape = (map: Uint8Array): { readonly fullness: number; readonly pieces: number } => {
  let used = 0;
  let pieces = 0;
  map.forEach((value, block) => {
    used += value;
    if (value === 1 && map[block - 1] !== 1) pieces++;
  });
  return { fullness: used / map.length, pieces };
};

const setBits = function* (bits: Uint8Array, count: number, unit: number): Generator<Extent> {
  for (let bit = 0; bit < count; bit++) {
    if (((bits[bit >> 3] ?? 0) >> (bit & 7)) & 1) yield { offset: bit * unit, length: unit };
  }
};

/** $Bitmap as ntfscat reads it, and from the last whole cluster to the end of the backup boot sector. */
export const ntfsUsed = (image: string): readonly Extent[] => {
  const boot = readAt(image, 0, 512);
  const sector = boot.readUInt16LE(11);
  const code = boot.readUInt8(13);
  const cluster = (code > 0x80 ? 2 ** (256 - code) : code) * sector;
  const volume = Number(boot.readBigUInt64LE(40)) * sector;
  const clusters = Math.floor(volume / cluster);
  const bits = execFileSync('ntfscat', ['-i', '6', image], { maxBuffer: 2 ** 30 });
  const tail = { offset: clusters * cluster, length: volume + sector - clusters * cluster };
  return [...setBits(bits, clusters, cluster), tail];
};

/** What partclone would copy: its domain file has a `+` for used runs. */
export const partcloneUsed = async (
  t: ExecutionContext,
  program: string,
  image: string,
): Promise<readonly Extent[]> => {
  const domain = path.join(await temporaryFolder(t), 'domain');
  run(program, ['-D', '-s', image, '-O', domain, '-L', '/dev/null']);
  const lines = readFileSync(domain, 'latin1').matchAll(/^(0x[0-9A-F]+)\s+(0x[0-9A-F]+)\s+\+$/gm);
  return Array.from(lines, ([, offset, length]) => ({
    offset: Number(offset),
    length: Number(length),
  }));
};

/** Clusters by the first FAT's own entries, after all that lies before them; `end` is that of the last cluster. */
export const fatUsed = (
  image: string,
  bits: 12 | 16 | 32,
): { readonly used: readonly Extent[]; readonly end: number } => {
  const boot = readAt(image, 0, 512);
  const sector = boot.readUInt16LE(11);
  const cluster = boot.readUInt8(13) * sector;
  const fatSectors = boot.readUInt16LE(22) || boot.readUInt32LE(36);
  const reserved = boot.readUInt16LE(14);
  const rootSectors = Math.ceil((boot.readUInt16LE(17) * 32) / sector);
  const data = (reserved + boot.readUInt8(16) * fatSectors + rootSectors) * sector;
  const total = (boot.readUInt16LE(19) || boot.readUInt32LE(32)) * sector;
  const fat = readAt(image, reserved * sector, fatSectors * sector);
  const entry = (index: number): number => {
    if (bits === 32) return fat.readUInt32LE(index * 4) & 0x0fffffff;
    if (bits === 16) return fat.readUInt16LE(index * 2);
    return (fat.readUInt16LE((index * 3) >> 1) >> (index % 2 === 0 ? 0 : 4)) & 0xfff;
  };
  const clusters = Math.floor((total - data) / cluster);
  const bad = bits === 32 ? 0x0ffffff7 : 2 ** bits - 9;
  const used: Extent[] = [{ offset: 0, length: data }];
  for (let index = 0; index < clusters; index++) {
    const value = entry(index + 2);
    if (value !== 0 && value !== bad)
      used.push({ offset: data + index * cluster, length: cluster });
  }
  return { used, end: data + clusters * cluster };
};

/** Used clusters as fsck.fat counts them after following every chain. */
export const fatClusters = (image: string): number =>
  number(run('fsck.fat', ['-n', image]), /, (\d+)\/\d+ clusters/);

/** What of the extents lies before `end`. */
export const clip = (extents: readonly Extent[], end: number): readonly Extent[] =>
  extents.map(({ offset, length }) => ({ offset, length: Math.min(length, end - offset) }));

const complement = (sizeBytes: number, free: readonly Extent[]): readonly Extent[] => {
  const used: Extent[] = [];
  let at = 0;
  for (const { offset, length } of [...free].sort((a, b) => a.offset - b.offset)) {
    if (offset > at) used.push({ offset: at, length: offset - at });
    at = offset + length;
  }
  if (at < sizeBytes) used.push({ offset: at, length: sizeBytes - at });
  return used;
};

const number = (text: string, pattern: RegExp): number => {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new TypeError(`no ${pattern.source} in the output`);
  return Number(found);
};

/** All blocks of the volume but those that dumpe2fs lists as free; of a cluster it names the first block. */
export const extUsed = (image: string): readonly Extent[] => {
  const text = run('dumpe2fs', [image]);
  const block = number(text, /^Block size:\s+(\d+)/m);
  const blocks = number(text, /^Block count:\s+(\d+)/m);
  const cluster = Number(/^Cluster size:\s+(\d+)/m.exec(text)?.[1] ?? block) / block;
  const base = number(text, /^First block:\s+(\d+)/m);
  const free: Extent[] = [];
  for (const [, list = ''] of text.matchAll(/^ {2}Free blocks: (.*)$/gm)) {
    for (const [, first, last] of list.matchAll(/(\d+)(?:-(\d+))?/g)) {
      const start = Number(first);
      const clusters = Math.floor((Number(last ?? first) - base) / cluster) + 1;
      const end = Math.min(clusters * cluster + base, blocks);
      free.push({ offset: start * block, length: (end - start) * block });
    }
  }
  return complement(blocks * block, free);
};

/** All blocks but those in the free-space trees; blocks on an AG's free list stay used. */
export const xfsUsed = (image: string): readonly Extent[] => {
  const db = (command: string): string => run('xfs_db', ['-r', '-c', command, image]);
  const superblock = run('xfs_db', [
    '-r',
    '-c',
    'sb 0',
    '-c',
    'p blocksize dblocks agblocks',
    image,
  ]);
  const block = number(superblock, /blocksize = (\d+)/);
  const agBlocks = number(superblock, /agblocks = (\d+)/);
  const listed = new Map<number, Set<number>>();
  const onFreeList = (ag: number): Set<number> => {
    const known = listed.get(ag);
    if (known !== undefined) return known;
    const text = run('xfs_db', [
      '-r',
      '-c',
      `agf ${ag}`,
      '-c',
      'p flfirst fllast flcount',
      '-c',
      `agfl ${ag}`,
      '-c',
      'p bno',
      image,
    ]);
    const slots = new Map(
      Array.from(text.matchAll(/(\d+):(\d+)/g), ([, slot, value]) => [Number(slot), Number(value)]),
    );
    const first = number(text, /flfirst = (\d+)/);
    const length = [...text.matchAll(/\d+:(?:\d+|null)/g)].length;
    const blocks = new Set<number>();
    for (let index = 0; index < number(text, /flcount = (\d+)/); index++) {
      const value = slots.get((first + index) % length);
      if (value !== undefined) blocks.add(value);
    }
    listed.set(ag, blocks);
    return blocks;
  };
  const free: Extent[] = [];
  for (const [, ag, first, count] of db('freesp -d').matchAll(/^ +(\d+) +(\d+) +(\d+)$/gm)) {
    if (Number(count) === 1 && onFreeList(Number(ag)).has(Number(first))) continue;
    const start = Number(ag) * agBlocks + Number(first);
    free.push({ offset: start * block, length: Number(count) * block });
  }
  return complement(number(superblock, /dblocks = (\d+)/) * block, free);
};
