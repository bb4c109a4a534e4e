import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { type ImageStore, openStore } from '../../../src/image/store/store.ts';
import { MANAGER } from '../../../src/manager/ground.ts';
import {
  changeAutogenic,
  readPackage,
  readPackages,
} from '../../../src/manager/repository/packages.ts';
import { syncPackages } from '../../../src/manager/repository/sync.ts';
import { publishLetters } from '../../helpers/hand-made-image.ts';
import type { Case } from './suite.ts';

const newStore = async (t: ExecutionContext): Promise<ImageStore> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'nacre-test-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return openStore(path.join(folder, 'store'), { create: true });
};

export const PACKAGE_CASES: readonly Case[] = [
  {
    title: 'images of the store become packages with versions, labels and sizes, and follow it',
    check: async (t, { ground }) => {
      const images = await newStore(t);
      await publishLetters(images, 'lab-pc', 'AB');
      await publishLetters(images, 'lab-pc', 'AC');
      await publishLetters(images, 'kiosk', 'D');
      t.like(await syncPackages(ground, MANAGER, images), {
        images: 2,
        addedVersions: 3,
        removedImages: 0,
      });
      t.like(await syncPackages(ground, MANAGER, images), { addedVersions: 0 });
      const [oldest] = (await images.list()).find(({ name }) => name === 'lab-pc')?.versions ?? [];
      await images.label(`lab-pc@${oldest?.id}`, 'spring');
      await images.remove('kiosk');
      t.like(await syncPackages(ground, MANAGER, images), { images: 1, removedImages: 1 });
      const { items, total } = await readPackages(ground, {}, { limit: 10 });
      t.is(total, 1);
      const [found] = items;
      const { latest = null } = (await images.list())[0] ?? {};
      t.like(found, {
        name: 'lab-pc',
        type: 'Merlin',
        isAutogenic: false,
        latest,
        usedBy: { devices: 0, jobs: 0 },
      });
      t.deepEqual(
        found?.versions.map(({ labels }) => labels),
        [['spring'], ['latest']],
      );
      const { disk } = await images.readManifest(oldest?.id ?? '');
      t.is(found?.versions[0]?.diskBytes, disk.sizeBytes);
      t.true((found?.storedBytes ?? 0) > 0);
    },
  },
  {
    title:
      'Autogenic Capable is a property of the package, which a later look into the store keeps',
    check: async (t, { ground }) => {
      const images = await newStore(t);
      await publishLetters(images, 'lab-pc', 'AB');
      await syncPackages(ground, MANAGER, images);
      t.true((await changeAutogenic(ground, MANAGER, 'lab-pc', true)).isAutogenic);
      await publishLetters(images, 'lab-pc', 'AC');
      await syncPackages(ground, MANAGER, images);
      t.like(await readPackage(ground, 'lab-pc'), { isAutogenic: true, versions: { length: 2 } });
      t.is((await readPackages(ground, { isAutogenic: false }, { limit: 1 })).total, 0);
      t.is(
        (await readPackages(ground, { isAutogenic: true, search: 'LAB' }, { limit: 1 })).total,
        1,
      );
      t.is((await readPackages(ground, { search: '_' }, { limit: 1 })).total, 0);
      await t.throwsAsync(changeAutogenic(ground, MANAGER, 'none', true), {
        code: 'MANAGER_NOT_FOUND',
      });
    },
  },
];
