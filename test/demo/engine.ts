/**
 * The main job on a real disk: capture, verify, restore, boot, damage, repair, boot again, capture what changed.
 * `engine.ts [--keep]`; works in .cache/demo.
 */
import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import fs from 'fs-extra';
import { formatBytes } from '../../src/cli/format.ts';
import { damageUsedBlocks, makeNoiseDisk, wreckFirstSector } from '../helpers/disk-file.ts';
import { bootGuest, makeGuestDisk, missingFrom } from '../helpers/qemu.ts';
import { nacreDocument, numberOf, runNacre, type StepResult, Story } from './story.ts';

const GIB = 1 << 30;
const DAMAGED_BLOCKS = 200;
const BLOCK = 4096;

const { values } = parseArgs({ options: { keep: { type: 'boolean', default: false } } });
const folder = path.resolve(import.meta.dirname, '../../.cache/demo');
// Names as a person in that folder types them.
const store = 'store';
const guest = 'guest.img';
const larger = 'larger.img';
const story = new Story((text) => process.stdout.write(text));

const boot = async (
  expected: ReadonlyMap<string, string>,
  discardWrites: boolean,
): Promise<StepResult> => {
  const report = await bootGuest({ disk: larger, discardWrites, timeoutMs: 240_000 });
  assert.deepEqual(missingFrom(report, expected), []);
  const files = report.values.get('data-files');
  const kernel = report.values.get('kernel');
  return { outcome: `boots: Linux ${kernel}, ${files} NTFS files and /usr/bin have their digests` };
};

await fs.emptyDir(folder);
process.chdir(folder);
let expected: ReadonlyMap<string, string> = new Map();
await story.step('Take the disk of a PC', async () => {
  expected = makeGuestDisk(guest);
  const { size } = await stat(guest);
  return {
    outcome: `${formatBytes(size)}: MBR with GRUB, FAT boot, NTFS data, ext4 root with Debian`,
  };
});

let usedBytes = 0;
await story.step('Capture it into a compact image', async () => {
  const captured = await nacreDocument(store, 'image', 'capture', guest, 'guest');
  usedBytes = numberOf(captured, 'usedBytes');
  const stored = numberOf(captured, 'storedBytes');
  const share = ((100 * stored) / usedBytes).toFixed(0);
  return {
    bytes: usedBytes,
    outcome: `${formatBytes(usedBytes)} used, ${formatBytes(stored)} stored (${share} %)`,
  };
});

await story.step('Verify the image', async () => {
  const verified = await nacreDocument(store, 'image', 'verify', 'guest');
  assert.equal(verified['ok'], true);
  return { bytes: usedBytes, outcome: 'every chunk has its digest' };
});

await story.step('Take a larger disk, full of noise', async () => {
  const { size } = await stat(guest);
  await makeNoiseDisk(larger, size + GIB, size);
  return { bytes: size, outcome: `${formatBytes(size + GIB)}, noise wherever the image will lie` };
});

const restore = async (): Promise<{ readonly written: number; readonly unchanged: number }> => {
  const words = ['image', 'restore', 'guest', larger, '--yes', larger];
  const restored = await nacreDocument(store, ...words);
  return {
    written: numberOf(restored, 'writtenBytes'),
    unchanged: numberOf(restored, 'unchangedBytes'),
  };
};

await story.step('Restore the image onto it', async () => {
  const { written } = await restore();
  return { bytes: usedBytes, outcome: `${formatBytes(written)} written and read back` };
});

await story.step('Boot it', () => boot(expected, true));

await story.step('Damage it', async () => {
  await damageUsedBlocks(larger, guest, DAMAGED_BLOCKS, 1);
  await wreckFirstSector(larger);
  return {
    outcome: `${DAMAGED_BLOCKS} random used blocks, the boot code and a table entry overwritten`,
  };
});

await story.step('Compare it with the image', async () => {
  const { exitCode, document } = await runNacre(store, 'image', 'verify', 'guest', larger);
  assert.equal(exitCode, 1);
  const differing = numberOf(document, 'differingBytes');
  assert.ok(differing >= DAMAGED_BLOCKS * BLOCK);
  const chunks = numberOf(document, 'differingChunks');
  const table = document['tableDifferences'];
  assert.ok(Array.isArray(table) && table.length >= 2);
  const outcome = `differs: ${formatBytes(differing)} in ${chunks} chunks, boot code, table`;
  return { bytes: usedBytes, outcome };
});

await story.step('Repair it', async () => {
  const { written, unchanged } = await restore();
  assert.equal(written, DAMAGED_BLOCKS * BLOCK);
  return {
    bytes: usedBytes,
    outcome: `${formatBytes(written)} written, ${formatBytes(unchanged)} were right`,
  };
});

await story.step('Boot it again', () => boot(expected, false));

await story.step('Capture what that boot changed', async () => {
  const captured = await nacreDocument(store, 'image', 'capture', larger, 'guest');
  const stored = numberOf(captured, 'storedBytes');
  assert.ok(stored < usedBytes / 20);
  const chunks = numberOf(captured, 'newChunks');
  return {
    bytes: numberOf(captured, 'usedBytes'),
    outcome: `${chunks} new chunks, ${formatBytes(stored)} stored`,
  };
});

process.stdout.write(`\n${story.table()}\nThe repaired disk boots.\n`);
if (!values.keep) await fs.remove(folder);
