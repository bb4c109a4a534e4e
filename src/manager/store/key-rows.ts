/** The manager's own keys. */
import type { Queries } from './store.ts';
import type { ManagerKeyTable } from './tables.ts';

export const findKey = (db: Queries, name: string): Promise<ManagerKeyTable | undefined> =>
  db.selectFrom('manager_key').selectAll().where('name', '=', name).executeTakeFirst();

export const addKey = async (db: Queries, row: ManagerKeyTable): Promise<void> => {
  await db.insertInto('manager_key').values(row).execute();
};

export const changeCertificate = async (
  db: Queries,
  name: string,
  certificate: string,
): Promise<void> => {
  const change = { certificate_pem: certificate };
  await db.updateTable('manager_key').set(change).where('name', '=', name).execute();
};
