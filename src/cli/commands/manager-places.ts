/** Where the commands of `nacre manager` find the data base, and how they open it beside a manager that runs. */
import os from 'node:os';
import type { Actor, Ground } from '../../manager/ground.ts';
import type { StorePlace } from '../../manager/store/open-store.ts';
import type { Call } from '../command.ts';
import { dataFolderOf } from './pxe-places.ts';

/** `DATABASE_URL`, as other programs have it, or the setting. */
export const databaseUrlOf = ({ session }: Call): string | undefined =>
  session.edge.environment['DATABASE_URL'] || session.setting('database-url');

/** The data base of this call. */
export const storePlaceOf = async (call: Call): Promise<StorePlace> => {
  const url = databaseUrlOf(call);
  if (url !== undefined) return { kind: 'postgres', url };
  const { managerFiles } = await import('../../manager/service/data-folder.ts');
  return { kind: 'sqlite', file: managerFiles(dataFolderOf(call)).dataBase };
};

/** Whoever may read the files of the manager is its administrator. */
export const machineActor = (): Actor => ({
  kind: 'machine',
  name: os.userInfo().username,
  address: '',
});

/** Works on the data base itself. @throws NacreError MANAGER_DATABASE_… */
export const withGround = async <Result>(
  call: Call,
  work: (ground: Ground) => Promise<Result>,
): Promise<Result> => {
  const { openStore } = await import('../../manager/store/open-store.ts');
  const place = await storePlaceOf(call);
  const now = () => new Date();
  const quiet = { info: () => undefined, warn: () => undefined };
  await using store = await openStore({ place, now, log: quiet, isExisting: true });
  // Awaited here: the data base closes when this function is left.
  return await work({ store, now });
};
