/** What conversions and packages need of a store, over capture, restore and verify. */
import { open, rm } from 'node:fs/promises';
import type { Manifest } from '../../codec/manifest.ts';
import { isNacreError } from '../../errors.ts';
import { captureImage } from '../capture.ts';
import type { OnProgress } from '../operation.ts';
import { applyRestore } from '../restore.ts';
import { planRestore } from '../restore-plan.ts';
import type { ImageStore } from '../store/store.ts';
import { verifyDisk } from '../verify-disk.ts';
import type { ConvertStore } from './convert.ts';
import type { ExportStore } from './package-export.ts';

/** How the store's side is done. */
export interface ConvertStoreOptions {
  readonly store: ImageStore;
  /** Who or what converts, for the manifest. */
  readonly creator: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

const manifestOf = async (
  store: ImageStore,
  image: string,
): Promise<{ readonly name: string; readonly manifest: Manifest }> => {
  const { name, id } = await store.resolve(image);
  return { name, manifest: await store.readManifest(id) };
};

/** A new file of holes, as large as the disk was. */
const makeEmptyDisk = async (file: string, sizeBytes: number): Promise<void> => {
  const made = await open(file, 'wx', 0o666);
  try {
    await made.truncate(sizeBytes);
  } finally {
    await made.close();
  }
};

const restoreInto = async (
  options: ConvertStoreOptions,
  image: string,
  file: string,
): Promise<{ readonly sizeBytes: number }> => {
  const { store, signal, onProgress } = options;
  const { manifest } = await manifestOf(store, image);
  const { sizeBytes, sectorSize } = manifest.disk;
  await makeEmptyDisk(file, sizeBytes);
  const plan = await planRestore({ store, image, path: file, sectorSize });
  // The table of an empty file is not worth keeping.
  const savedTable = `${file}.nacre-table`;
  try {
    await applyRestore(plan, { savedTable, signal, onProgress });
  } finally {
    await rm(savedTable, { force: true });
  }
  return { sizeBytes };
};

/** True for an image of this name, or of this name and id or label, that can be read. */
export const hasImage = async (store: ImageStore, image: string): Promise<boolean> => {
  try {
    await store.resolve(image);
    return true;
  } catch (error) {
    if (isNacreError(error, 'IMAGE_NOT_FOUND') || isNacreError(error, 'IMAGE_NAME')) return false;
    throw error;
  }
};

/** The store's side of `convertDisk`, `importPackage` and `exportPackage`. */
export const convertStoreOf = (options: ConvertStoreOptions): ConvertStore & ExportStore => {
  const { store, creator, signal, onProgress } = options;
  return {
    captureRawFile: (file, name, text) =>
      captureImage({ store, path: file, name, creator, ...text, signal, onProgress }),
    restoreToFile: (image, file) => restoreInto(options, image, file),
    isSame: async (image, file) => {
      const { manifest } = await manifestOf(store, image);
      const { sectorSize } = manifest.disk;
      return (await verifyDisk({ store, image, path: file, sectorSize, signal, onProgress })).same;
    },
    describe: async (image) => {
      const { name, manifest } = await manifestOf(store, image);
      const { title, comment, disk } = manifest;
      return { name, title, comment, diskBytes: disk.sizeBytes };
    },
  };
};
