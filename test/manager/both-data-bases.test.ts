/** The suites on SQLite and on PostgreSQL; one server for all of them. */
import path from 'node:path';
import test from 'ava';
import type { StorePlace } from '../../src/manager/store/open-store.ts';
import { openGround } from '../helpers/manager-lab.ts';
import { type PostgresServer, startPostgres } from '../helpers/postgres.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { DEVICE_CASES } from './suites/devices.ts';
import { PACKAGE_CASES } from './suites/packages.ts';
import { STORE_CASES } from './suites/store.ts';
import type { Case } from './suites/suite.ts';
import { USER_CASES } from './suites/users.ts';

const CASES: readonly Case[] = [
  ...STORE_CASES,
  ...USER_CASES,
  ...DEVICE_CASES,
  ...PACKAGE_CASES
];

let server: PostgresServer | undefined;
test.before(async () => {
  server = await startPostgres();
});
test.after.always(() => server?.stop());

for (const { title, check } of CASES) {
  test(`SQLite: ${title}`, async (t) => {
    const file = path.join(await temporaryFolder(t), 'test.sqlite');
    const place: StorePlace = { kind: 'sqlite', file };
    await check(t, { ground: await openGround(t, place), place });
  });

  test(`PostgreSQL: ${title}`, async (t) => {
    if (server === undefined) return t.fail();
    const place: StorePlace = { kind: 'postgres', url: await server.makeDataBase() };
    return check(t, { ground: await openGround(t, place), place });
  });
}
