/** A store with one version of a small disk, for tests that read it over the web. */
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { native } from '../../src/disk/native.ts';
import { captureImage } from '../../src/image/capture.ts';
import { type ImageStore, openStore } from '../../src/image/store/store.ts';
import { Noise } from './noise.ts';

const DISK_BYTES = 5 * 2 ** 20;
export const IMAGE = 'lab-pc';

export interface WebImage {
  /** Holds `store`, `disk.img` and what a test puts there. */
  readonly folder: string;
  readonly store: string;
  readonly disk: Buffer;
  readonly id: string;
  /** Name of its only pack, and as a file of the store. */
  readonly pack: string;
  readonly packFile: string;
  readonly remove: () => Promise<void>;
}

/** Captures a disk of noise and text into a new store that other users may read. */
export const makeWebImage = async (): Promise<WebImage> => {
  const folder = await mkdtemp('/var/tmp/nacre-web-');
  const disk = new Noise('web').bytes(DISK_BYTES);
  disk.fill('text', 2 ** 20, 4 * 2 ** 20);
  await writeFile(`${folder}/disk.img`, disk);
  const store = `${folder}/store`;
  const opened = await openStore(store, { create: true });
  const source = { path: `${folder}/disk.img`, name: IMAGE, creator: 'test' };
  const { id } = await captureImage({ store: opened, ...source });
  const [pack] = await opened.packsOf(id);
  if (pack === undefined) throw new TypeError('nothing was stored');
  const packFile = path.relative(store, pack.path);
  const remove = () => rm(folder, { recursive: true });
  return { folder, store, disk, id, pack: pack.id, packFile, remove };
};

/** Writes the version over zeros, straight by the addon, and gives what is then on the disk. */
export const restoreVersion = async (
  store: ImageStore,
  id: string,
  file: string,
): Promise<Buffer> => {
  await writeFile(file, '');
  await truncate(file, DISK_BYTES);
  const { partitions, algorithm } = await store.readManifest(id);
  const device = await native.openDevice(file, { write: true, exclusive: false, direct: false });
  await store.withPacks(id, (packs) => {
    const image = partitions.map(({ startBytes, sizeBytes, runs, masks, digests }) => {
      return { offset: startBytes, size: sizeBytes, runs, masks, digests, fields: [] };
    });
    const options = { device, partitions: image, packs, algorithm, compare: true, threads: 0 };
    return native.startApply(options).done;
  });
  device.close();
  return readFile(file);
};
