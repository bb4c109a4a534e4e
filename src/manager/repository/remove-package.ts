/** Who uses a package, and the removal of one that nobody uses: its versions go into the bin of the store of images. */
import { NacreError } from '../../errors.ts';
import type { Actor, Ground } from '../ground.ts';
import { audit } from '../identity/audit.ts';
import { type PackageUser, usersOfPackage } from '../store/package-rows.ts';
import { readPackage } from './packages.ts';
import { type ImageSource, syncPackages } from './sync.ts';

const SHOWN = 5;
/** Of each kind. */
const LISTED = 100;

/** @throws NacreError MANAGER_NOT_FOUND */
export const readPackageUsers = async (
  ground: Ground,
  name: string,
): Promise<readonly PackageUser[]> => {
  await readPackage(ground, name);
  return ground.store.read((db) => usersOfPackage(db, name, LISTED));
};

/** @throws NacreError MANAGER_NOT_FOUND, MANAGER_IN_USE, and those of the store of images */
export const removePackage = async (
  ground: Ground,
  actor: Actor,
  name: string,
  images: ImageSource,
): Promise<void> => {
  const { versions } = await readPackage(ground, name);
  const users = await ground.store.read((db) => usersOfPackage(db, name, SHOWN));
  if (users.length > 0) {
    const shown = users.slice(0, SHOWN).map((user) => `${user.kind} ${user.name}`);
    throw new NacreError('MANAGER_IN_USE', { what: 'package', name, users: shown.join(', ') });
  }
  for (const { id } of versions) await images.remove(`${name}@${id}`);
  const facts = { versions: versions.length };
  await ground.store.change((db) =>
    audit(ground, db, actor, { action: 'package.remove', kind: 'package', subject: name, facts }),
  );
  await syncPackages(ground, actor, images);
};
