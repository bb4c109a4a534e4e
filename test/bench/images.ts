/** The bench's images, made once and kept in .cache/bench under the digest of their recipe. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import fs from 'fs-extra';
import { runTool } from '../../src/disk/tool.ts';
import { ageVolume, fillVolume } from './content.ts';
import { mutateVolume } from './mutation.ts';

const CACHE = path.resolve(import.meta.dirname, '../../.cache/bench');
const RECIPE = [
  'content.ts',
  'images.ts',
  'log-text.ts',
  'mutation.ts',
  'programs.ts',
  'shuffle.ts',
];

/** An NTFS volume and the same one after a month of updates. */
export interface BenchImages {
  readonly v1: string;
  readonly v2: string;
}

const isMounted = async (root: string): Promise<boolean> =>
  (await fs.stat(root)).dev !== (await fs.stat(path.dirname(root))).dev;

/** Mounts an NTFS image for the time of `work`; resolves when the driver has written everything and ended. */
const withMounted = async (image: string, work: (root: string) => Promise<void>): Promise<void> => {
  const root = await fs.mkdtemp(`${image}.mnt.`);
  // In the foreground: umount returns before the driver's last write, its end does not.
  const driver = runTool('ntfs-3g', ['-o', 'no_detach,big_writes,noatime', image, root]);
  let isRunning = true;
  const ended = driver.finally(() => {
    isRunning = false;
  });
  while (isRunning && !(await isMounted(root))) await Promise.race([ended, setTimeout(50)]);
  if (!isRunning) throw new Error(`ntfs-3g ended before ${image} was mounted`);
  try {
    await work(root);
  } finally {
    await runTool('umount', [root]);
    await ended;
    await fs.rmdir(root);
  }
};

const makeSparse = async (file: string, sizeBytes: number): Promise<void> => {
  await using handle = await open(file, 'w');
  await handle.truncate(sizeBytes);
};

/** Makes a quickly formatted NTFS volume in a sparse file and lets `work` fill it. */
export const makeNtfs = async (
  file: string,
  sizeBytes: number,
  work: (root: string) => Promise<void>,
): Promise<void> => {
  await makeSparse(file, sizeBytes);
  const geometry = ['-c', '4096', '-p', '2048', '-H', '255', '-S', '63', '-s', '512'];
  await runTool('mkntfs', ['-q', '-F', '-f', '-L', 'TESTOS', ...geometry, file]);
  await withMounted(file, work);
};

const digestOfRecipe = async (): Promise<string> => {
  const hash = createHash('sha256');
  for (const name of RECIPE) hash.update(await fs.readFile(path.join(import.meta.dirname, name)));
  return hash.digest('hex').slice(0, 16);
};

/** The images of `mib` MiB, 55 % used and aged: from the cache, or made now (about a minute for 4096 MiB). */
export const benchImages = async (mib: number): Promise<BenchImages> => {
  const folder = path.join(CACHE, `${await digestOfRecipe()}-${mib}`);
  const images = { v1: path.join(folder, 'v1.img'), v2: path.join(folder, 'v2.img') };
  if (await fs.pathExists(folder)) return images;
  const work = `${folder}.tmp`;
  await fs.emptyDir(work);
  const v1 = path.join(work, 'v1.img');
  const v2 = path.join(work, 'v2.img');
  const share = (percent: number): number => Math.floor((mib * percent) / 100);
  await makeNtfs(v1, mib * 2 ** 20, async (root) => {
    await ageVolume(root, share(12));
    await fillVolume(root, '/usr', { programs: share(30), logs: share(9), media: share(15) });
    await fs.remove(path.join(root, '.old'));
  });
  await runTool('cp', ['--sparse=always', v1, v2]);
  await withMounted(v2, mutateVolume);
  await fs.rename(work, folder);
  return images;
};
