// The reader in Python knows docs/image-format.md and nothing of our code.
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { DIGEST_ALGORITHM } from '../../src/image/capture-source.ts';
import { openStore } from '../../src/image/store/store.ts';
import { packName } from '../../src/image/store/store-layout.ts';
import { withFlippedByte } from '../helpers/damage.ts';
import {
  blocksOf,
  type DiskLab,
  gptDisk,
  MBR_VOLUMES,
  MIB,
  makeLab,
  mbrDisk,
  patch,
  peek,
  type VolumePlace,
} from '../helpers/disk-lab.ts';
import { publishLetters } from '../helpers/hand-made-image.ts';
import { requires } from '../helpers/requires.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const READER = path.resolve(import.meta.dirname, '../fixtures/read-image.py');
const run = promisify(execFile);

const readImage = async (store: string, id: string, out: string): Promise<void> => {
  await run('/usr/bin/python3', [READER, store, id, out]);
};

const GPT_VOLUMES: readonly VolumePlace[] = [
  { offset: MIB, size: 40 * MIB, type: 'fat32' },
  { offset: 41 * MIB, size: 30 * MIB, type: 'ntfs' },
];

const CASES = [
  { what: 'an MBR disk with NTFS and ext4', make: mbrDisk, volumes: MBR_VOLUMES },
  { what: 'a GPT disk with FAT32 and NTFS', make: gptDisk, volumes: GPT_VOLUMES },
] as const;

/** Compares every block of a volume: used ones with the source, unused ones with zero. */
const sameBlocks = async (source: string, out: string, volume: VolumePlace): Promise<boolean> => {
  for (const isUsed of [true, false]) {
    for (const offset of await blocksOf(source, volume, isUsed)) {
      const expected = isUsed ? peek(source, offset, 4096) : Buffer.alloc(4096);
      if (!peek(out, offset, 4096).equals(expected)) return false;
    }
  }
  return true;
};

/** Unused blocks full of old data, which must not come along. */
const makeNoisy = async (
  lab: DiskLab,
  make: (lab: DiskLab) => string,
  at: readonly VolumePlace[],
) => {
  const source = make(lab);
  for (const volume of at) {
    for (const offset of (await blocksOf(source, volume, false)).slice(0, 200)) {
      patch(source, offset, Buffer.alloc(4096, 0x55));
    }
  }
  return source;
};

for (const [algorithm, id] of Object.entries(DIGEST_ALGORITHM)) {
  for (const { what, make, volumes } of CASES) {
    test(`a stranger reads ${what} captured with ${algorithm}`, async (t) => {
      if (!requires(t, 'b3sum', 'python3', 'mkntfs', 'sgdisk')) return;
      const lab = await makeLab(t);
      const source = await makeNoisy(lab, make, volumes);
      const report = await lab.capture(source, { algorithm: id });
      await readImage(lab.store.location, report.id, lab.at('out'));
      for (const volume of volumes) t.true(await sameBlocks(source, lab.at('out'), volume));
      t.deepEqual(peek(lab.at('out'), 0, 440), peek(source, 0, 440));
    });
  }
}

test('a stranger reads frames that are stored as they are, zero chunks and a second version', async (t) => {
  const folder = await temporaryFolder(t);
  const store = await openStore(path.join(folder, 'store'), { create: true });
  await publishLetters(store, 'one', 'AB');
  const { id } = await publishLetters(store, 'one', 'B0-AX');
  await readImage(store.location, id, path.join(folder, 'out'));
  const out = await readFile(path.join(folder, 'out'));
  const letters = Array.from(
    { length: 5 },
    (_, chunk) => out.toString('latin1', chunk * 65_536)[0],
  );
  t.deepEqual(letters, ['B', '\0', '\0', 'A', 'X']);
  t.is(out.length, 5 * 65_536);
});

test('the reader refuses a damaged manifest, index and chunk', async (t) => {
  const folder = await temporaryFolder(t);
  const store = await openStore(path.join(folder, 'store'), { create: true });
  const { id, newPacks } = await publishLetters(store, 'one', 'AB');
  const pack = packName(newPacks[0] ?? '');
  const places = [
    [`manifests/${id}.manifest`, 100, /id/],
    [pack, 40, /digest of a chunk/],
    [pack, 32 + 2 * 65_536 + 40, /pack name/],
  ] as const;
  for (const [name, offset, message] of places) {
    const file = path.join(store.location, name);
    const bytes = await readFile(file);
    await writeFile(file, withFlippedByte(bytes, offset));
    const error = await t.throwsAsync(readImage(store.location, id, path.join(folder, 'out')));
    t.regex(error?.message ?? '', message);
    await writeFile(file, bytes);
  }
});
