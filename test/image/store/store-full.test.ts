/** Stores without room: a capture fails at whatever it was about to write, and nothing is lost. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { isNacreError, NacreError } from '../../../src/errors.ts';
import { type CaptureReport, captureImage } from '../../../src/image/capture.ts';
import { makeKeyPair } from '../../../src/image/store/signature.ts';
import { type ImageStore, openStore } from '../../../src/image/store/store.ts';
import { requires } from '../../helpers/requires.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const PAGE = 4096;

interface SmallPlace {
  /** Mount point. */
  readonly folder: string;
  readonly store: ImageStore;
  /** Version of a disk of `chunks` chunks of noise. */
  capture(chunks: number): Promise<CaptureReport>;
}

/** New chunks each time, of which each compresses to little, so that the index takes pages of its own. */
const contentOf = (chunks: number): Buffer => {
  const bytes = Buffer.alloc(chunks * 65_536);
  for (let chunk = 0; chunk < chunks; chunk++) randomBytes(64).copy(bytes, chunk * 65_536);
  return bytes;
};

/** A store on a RAM disk of its own. */
const makePlace = async (t: ExecutionContext, options: string): Promise<SmallPlace> => {
  const parent = await temporaryFolder(t);
  const folder = path.join(parent, 'small');
  await mkdir(folder);
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
  t.teardown(() => execFileSync('umount', [folder]));
  const store = await openStore(path.join(folder, 'store'), { create: true });
  const signingKey = makeKeyPair().privatePem;
  const disk = path.join(parent, 'disk.img');
  const capture = async (chunks: number): Promise<CaptureReport> => {
    await writeFile(disk, contentOf(chunks));
    return captureImage({ store, path: disk, name: 'one', creator: 'test', signingKey });
  };
  return { folder, store, capture };
};

/** What could not be written, by its place in the store. */
const stageOf = (store: string, error: NacreError): string =>
  path
    .relative(store, String(error.facts['path']))
    .replace(/[0-9a-f]{64}|[0-9a-f-]{36}/, 'ID')
    .replace(/packs\/[0-9a-f]{2}/, 'packs/XX')
    .concat(isNacreError(error.cause, 'DISK_IO') ? ' by the addon' : '');

/** What a capture writes after its packs, in order. */
const LAST_STAGES = [
  'tmp/ID/manifest',
  'locators/ID.locator',
  'manifests/ID.signatures',
  'images/one.json',
] as const;

/** Captures with more and more room until it succeeds. @returns what was about to be written at each failure */
const captureInTooLittle = async (
  t: ExecutionContext,
  { store, capture }: SmallPlace,
  give: (amount: number) => Promise<void>,
): Promise<readonly string[]> => {
  const before = await capture(1);
  const stages = new Set<string>();
  for (let amount = 0; ; amount++) {
    await give(amount);
    try {
      const { id } = await capture(128);
      t.deepEqual((await store.verify(id)).damaged, []);
      return [...stages];
    } catch (error) {
      if (!(error instanceof NacreError)) throw error;
      t.is(error.code, 'STORE_FULL', error.message);
      t.true(error.message.includes(store.location), error.message);
      stages.add(stageOf(store.location, error));
    }
    t.is((await store.resolve('one')).id, before.id);
    t.deepEqual((await store.check({ deep: true })).problems, []);
    t.deepEqual(await readdir(path.join(store.location, 'tmp')), []);
  }
};

test('a capture that runs out of space publishes nothing at any stage, and works with room', async (t) => {
  if (!requires(t, 'root', 'mount')) return;
  const place = await makePlace(t, 'size=3m');
  const ballast = path.join(place.folder, 'ballast');
  const stages = await captureInTooLittle(t, place, async (pages) => {
    await rm(ballast, { force: true });
    const { bavail } = await statfs(place.folder);
    await writeFile(ballast, Buffer.alloc((bavail - pages) * PAGE));
  });
  t.deepEqual(stages, [
    'leases/ID.json',
    'tmp/ID/0.pack by the addon',
    'tmp/ID/0.pack',
    ...LAST_STAGES,
  ]);
  await rm(ballast);
  t.true((await place.store.check({ deep: true })).ok);
  t.true((await place.store.gc({ dryRun: false })).freedBytes > 0);
});

test('a capture that runs out of inodes publishes nothing at any stage', async (t) => {
  if (!requires(t, 'root', 'mount')) return;
  const place = await makePlace(t, 'size=3m,nr_inodes=200');
  const ballast = path.join(place.folder, 'ballast');
  const stages = await captureInTooLittle(t, place, async (inodes) => {
    await rm(ballast, { force: true, recursive: true });
    await mkdir(ballast);
    // The kernel gives the inodes of removed files back a little later: the number has to stay as wished.
    for (let [file, still] = [0, 0]; still < 5; still++) {
      for (; (await statfs(place.folder)).ffree > inodes; still = 0)
        await writeFile(path.join(ballast, `${file++}`), '');
      await setTimeout(2);
    }
  });
  t.deepEqual(stages, [
    'leases/ID.json by the addon',
    'leases/ID.json',
    'tmp/ID/0.pack by the addon',
    'tmp/ID/manifest',
    'packs/XX/ID.pack',
    ...LAST_STAGES.slice(1),
  ]);
  t.true((await place.store.check({ deep: true })).ok);
});
