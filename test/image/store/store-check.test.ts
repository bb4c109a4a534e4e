import { appendFile, mkdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { isNacreError } from '../../../src/errors.ts';
import { makeKeyPair } from '../../../src/image/store/signature.ts';
import { type ImageStore, openStore } from '../../../src/image/store/store.ts';
import { packName } from '../../../src/image/store/store-layout.ts';
import type { PublishedVersion } from '../../../src/image/store/version-publish.ts';
import { steppingClock } from '../../helpers/clock.ts';
import { withFlippedByte } from '../../helpers/damage.ts';
import { publishLetters } from '../../helpers/hand-made-image.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

interface Fixture {
  readonly folder: string;
  readonly store: ImageStore;
  readonly first: PublishedVersion;
  readonly second: PublishedVersion;
}

/** A store with two versions: ABCD in one pack, X in another. */
const makeStore = async (t: ExecutionContext): Promise<Fixture> => {
  const folder = await temporaryFolder(t);
  const store = await openStore(folder, { create: true, now: steppingClock() });
  const sign = makeKeyPair().privatePem;
  const first = await publishLetters(store, 'one', 'ABCD', { sign });
  const second = await publishLetters(store, 'one', 'ABXD');
  return { folder, store, first, second };
};

const codesOf = async (store: ImageStore): Promise<string[]> => {
  const { ok, problems } = await store.check({ deep: true });
  if (ok !== (problems.length === 0)) throw new Error('ok and problems disagree');
  return [
    ...new Set(problems.map(({ code, path: file }) => `${code} ${file.split('/')[0]}`)),
  ].sort();
};

const flip = async (file: string, offset: number): Promise<void> => {
  const bytes = await readFile(file);
  await writeFile(file, withFlippedByte(bytes, offset < 0 ? bytes.length + offset : offset));
};

test('a whole store has no problems', async (t) => {
  const { store } = await makeStore(t);
  const { ok, problems, versions, packs, checkedChunks } = await store.check({ deep: true });
  t.deepEqual([ok, problems, versions, packs, checkedChunks], [true, [], 2, 2, 5]);
  t.is((await store.check({ deep: false })).checkedChunks, 0);
});

type Damage = (fixture: Fixture) => Promise<unknown>;

const fileOf = {
  manifest: ({ folder, first }: Fixture) => path.join(folder, 'manifests', `${first.id}.manifest`),
  signatures: ({ folder, first }: Fixture) =>
    path.join(folder, 'manifests', `${first.id}.signatures`),
  locator: ({ folder, second }: Fixture) => path.join(folder, 'locators', `${second.id}.locator`),
  image: ({ folder }: Fixture) => path.join(folder, 'images', 'one.json'),
  pack: ({ folder, first }: Fixture) => path.join(folder, packName(first.newPacks[0] ?? '')),
  otherPack: ({ folder, second }: Fixture) => path.join(folder, packName(second.newPacks[0] ?? '')),
};

const DAMAGES: readonly (readonly [string, Damage, readonly string[]])[] = [
  [
    'a flipped byte in a manifest',
    (x) => flip(fileOf.manifest(x), 200),
    ['IMAGE_MANIFEST_DAMAGED manifests'],
  ],
  [
    'a manifest of another version',
    async (x) => {
      const other = path.join(x.folder, 'manifests', `${x.second.id}.manifest`);
      await writeFile(fileOf.manifest(x), await readFile(other));
    },
    ['IMAGE_MANIFEST_DAMAGED manifests'],
  ],
  [
    'a manifest that is too long',
    (x) => appendFile(fileOf.manifest(x), 'x'),
    ['IMAGE_MANIFEST_DAMAGED manifests'],
  ],
  [
    'a manifest that is cut off',
    (x) => truncate(fileOf.manifest(x), 20),
    ['IMAGE_MANIFEST_DAMAGED manifests'],
  ],
  [
    'a manifest that is missing',
    (x) => rm(fileOf.manifest(x)),
    ['STORE_MANIFEST_MISSING manifests'],
  ],
  [
    'signatures of another version',
    async (x) => {
      const bytes = await readFile(fileOf.signatures(x));
      await writeFile(path.join(x.folder, 'manifests', `${x.second.id}.signatures`), bytes);
    },
    ['STORE_SIGNATURES_DAMAGED manifests'],
  ],
  [
    'signatures that are no JSON',
    (x) => truncate(fileOf.signatures(x), 30),
    ['IMAGE_FORMAT manifests'],
  ],
  ['a damaged image record', (x) => truncate(fileOf.image(x), 30), ['STORE_IMAGE_DAMAGED images']],
  ['a locator that is missing', (x) => rm(fileOf.locator(x)), ['STORE_LOCATOR_DAMAGED locators']],
  [
    'a locator that leaves a pack out',
    (x) => writeFile(fileOf.locator(x), JSON.stringify({ packs: x.first.newPacks })),
    ['STORE_LOCATOR_DAMAGED locators'],
  ],
  [
    'a pack that is missing',
    (x) => rm(fileOf.pack(x)),
    ['STORE_CHUNK_MISSING manifests', 'STORE_PACK_MISSING packs'],
  ],
  [
    'a pack that is cut off',
    (x) => truncate(fileOf.pack(x), 1000),
    ['STORE_CHUNK_MISSING manifests', 'STORE_PACK_DAMAGED packs'],
  ],
  [
    'a pack of no bytes',
    (x) => truncate(fileOf.pack(x), 0),
    ['STORE_CHUNK_MISSING manifests', 'STORE_PACK_DAMAGED packs'],
  ],
  [
    'a pack that is too long',
    (x) => appendFile(fileOf.pack(x), Buffer.alloc(64)),
    ['STORE_CHUNK_MISSING manifests', 'STORE_PACK_DAMAGED packs'],
  ],
  [
    'a flipped byte in a pack header',
    (x) => flip(fileOf.pack(x), 3),
    ['STORE_CHUNK_MISSING manifests', 'STORE_PACK_DAMAGED packs'],
  ],
  [
    'a flipped byte in an index',
    (x) => flip(fileOf.pack(x), -100),
    ['STORE_CHUNK_MISSING manifests', 'STORE_PACK_DAMAGED packs'],
  ],
  [
    'a flipped byte in a footer',
    (x) => flip(fileOf.pack(x), -40),
    ['STORE_CHUNK_MISSING manifests', 'STORE_PACK_DAMAGED packs'],
  ],
  ['a flipped byte in a frame', (x) => flip(fileOf.pack(x), 70_000), ['STORE_CHUNK_DAMAGED packs']],
  [
    'two packs that changed places',
    async (x) => {
      await rename(fileOf.pack(x), `${x.folder}/tmp/swap`);
      await rename(fileOf.otherPack(x), fileOf.pack(x));
      await rename(`${x.folder}/tmp/swap`, fileOf.otherPack(x));
    },
    ['STORE_CHUNK_MISSING manifests', 'STORE_PACK_DAMAGED packs'],
  ],
  [
    'a file of somebody else',
    (x) => writeFile(path.join(x.folder, 'notes.txt'), 'mine'),
    ['STORE_FILE_UNKNOWN notes.txt'],
  ],
  [
    'a pack in the wrong folder',
    async (x) => {
      await mkdir(path.join(x.folder, 'packs', 'zz'));
      await writeFile(path.join(x.folder, 'packs', 'zz', path.basename(fileOf.pack(x))), '');
    },
    ['STORE_FILE_UNKNOWN packs'],
  ],
];

for (const [what, damage, expected] of DAMAGES) {
  test(`a check names ${what}`, async (t) => {
    const fixture = await makeStore(t);
    await damage(fixture);
    t.deepEqual(await codesOf(fixture.store), [...expected]);
  });
}

test('a damaged chunk is named with its place in the image', async (t) => {
  const fixture = await makeStore(t);
  await flip(fileOf.pack(fixture), 32 + 65_536 + 5);
  const { checkedChunks, damaged } = await fixture.store.verify(fixture.second.id);
  t.is(checkedChunks, 4);
  t.is(damaged.length, 1);
  const [chunk] = damaged;
  t.deepEqual([chunk?.partition, chunk?.chunk], [0, 1]);
  t.is(chunk?.pack, fixture.first.newPacks[0]);
  t.is(chunk?.offset, 32 + 65_536);
});

test('a version without chunks is whole', async (t) => {
  const store = await openStore(await temporaryFolder(t), { create: true });
  const { id, storedBytes } = await publishLetters(store, 'empty', '0-0');
  t.is(storedBytes, 0);
  t.deepEqual(await store.verify(id), { checkedChunks: 0, damaged: [] });
  t.true((await store.check({ deep: true })).ok);
});

test('a check that is cancelled says so', async (t) => {
  const { store } = await makeStore(t);
  const error = await t.throwsAsync(store.check({ deep: true, signal: AbortSignal.abort() }));
  t.true(isNacreError(error, 'CANCELLED'));
});
