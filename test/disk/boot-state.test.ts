import { readFile } from 'node:fs/promises';
import test, { type ExecutionContext } from 'ava';
import { GRUB_BLOCK_BYTES, LAST_SEQUENCE, serializeGrubBlock } from '../../src/codec/grub-block.ts';
import { BOOT_AGENT_FILES } from '../../src/disk/boot-places.ts';
import { FIRST_BLOCK, readBootState, storeBootState } from '../../src/disk/boot-state.ts';
import { openForWrite } from '../../src/disk/device.ts';
import { FatVolume, formatFat } from '../../src/disk/fat.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { emptyFile } from '../helpers/volumes.ts';

const MIB = 2 ** 20;
const WINDOW = { startBytes: 0, sizeBytes: 16 * MIB };
const BLOCK = { ...FIRST_BLOCK, sequence: 10, osTries: 2, cmdid: 'job-1' };

/** A boot agent volume with these two files; undefined leaves one out. */
const makeVolume = async (
  t: ExecutionContext,
  conf: Uint8Array | undefined,
  alt: Uint8Array | undefined,
) => {
  const file = emptyFile(`${await temporaryFolder(t)}/disk.img`, 16);
  const disk = await openForWrite(file);
  await formatFat(disk, WINDOW, { type: 'fat16' });
  const volume = await FatVolume.open(disk, WINDOW);
  t.teardown(() => {
    volume.close();
    disk.close();
  });
  await volume.makeFolder('Grub');
  if (conf !== undefined) await volume.write(BOOT_AGENT_FILES.conf, conf);
  if (alt !== undefined) await volume.write(BOOT_AGENT_FILES.alt, alt);
  await volume.finish();
  return { volume, file };
};

const GARBAGE = Buffer.alloc(GRUB_BLOCK_BYTES, 'x');

test('a change is stored in both files under the next sequence', async (t) => {
  const old = serializeGrubBlock({ ...BLOCK, sequence: 9, isDirty: true });
  const { volume } = await makeVolume(t, old, serializeGrubBlock(BLOCK));
  t.deepEqual(await readBootState(volume), { slot: 'alt', block: BLOCK });
  const expected = { ...BLOCK, sequence: 11, mode: 'merlin', isDirty: true } as const;
  const stored = await storeBootState(volume, { mode: 'merlin', isDirty: true });
  t.deepEqual(stored, { slot: 'conf', block: expected });
  t.deepEqual(await readBootState(volume), stored);
  for (const slot of ['conf', 'alt'] as const)
    t.deepEqual(await volume.read(BOOT_AGENT_FILES[slot]), serializeGrubBlock(expected));
});

test('storing changes two sectors of the disk and nothing else', async (t) => {
  const { volume, file } = await makeVolume(t, serializeGrubBlock(BLOCK), GARBAGE);
  const before = await readFile(file);
  await storeBootState(volume, { status: 'done' });
  const after = await readFile(file);
  const changed = [...Array(after.length / 512).keys()].filter(
    (sector) =>
      after.compare(before, sector * 512, sector * 512 + 512, sector * 512, sector * 512 + 512) !==
      0,
  );
  const expected = await Promise.all(
    (['conf', 'alt'] as const).map((slot) => volume.ranges(BOOT_AGENT_FILES[slot])),
  );
  t.deepEqual(changed, expected.map(([range]) => (range?.offset ?? 0) / 512).sort());
});

test('unreadable blocks are made anew', async (t) => {
  const { volume } = await makeVolume(t, GARBAGE, GARBAGE);
  t.is(await readBootState(volume), undefined);
  const { block } = await storeBootState(volume, { mode: 'rescue' });
  t.deepEqual(block, { ...FIRST_BLOCK, sequence: 1, mode: 'rescue' });
});

test('the sequence starts again after the highest one', async (t) => {
  const last = serializeGrubBlock({ ...BLOCK, sequence: LAST_SEQUENCE });
  const { volume } = await makeVolume(t, last, last);
  t.is((await storeBootState(volume, {})).block.sequence, 1);
  t.is((await readBootState(volume))?.block.sequence, 1);
});

test('a missing file is refused: a block cannot be made without its place', async (t) => {
  const { volume } = await makeVolume(t, serializeGrubBlock(BLOCK), undefined);
  await t.throwsAsync(storeBootState(volume, {}), { code: 'FAT_NOT_FOUND' });
  t.deepEqual((await readBootState(volume))?.block, BLOCK);
});
