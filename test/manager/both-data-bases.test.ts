/** The suites on SQLite and on PostgreSQL; one server for all of them. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import test from 'ava';
import pg from 'pg';
import { type Ground, MANAGER } from '../../src/manager/ground.ts';
import { audit } from '../../src/manager/identity/audit.ts';
import { LEADER_LOCK, tickOf } from '../../src/manager/jobs/dispatcher.ts';
import { readJob } from '../../src/manager/jobs/read-jobs.ts';
import { openManagerKeys } from '../../src/manager/service/manager-keys.ts';
import { backUp, restoreBackup } from '../../src/manager/store/backup.ts';
import type { StorePlace } from '../../src/manager/store/open-store.ts';
import { openJobLab } from '../helpers/job-lab.ts';
import { openGround } from '../helpers/manager-lab.ts';
import { type PostgresServer, startPostgres } from '../helpers/postgres.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { takeTurns } from '../helpers/turns.ts';
import { AGENT_CASES } from './suites/agents.ts';
import { BACKUP_CASES } from './suites/backup.ts';
import { CHANGE_CASES } from './suites/changes.ts';
import { DEVICE_CASES } from './suites/devices.ts';
import { JOB_CASES } from './suites/jobs.ts';
import { NETWORK_BOOT_CASES } from './suites/network-boot.ts';
import { PACKAGE_CASES } from './suites/packages.ts';
import { REPOSITORY_CASES } from './suites/repositories.ts';
import { ROLLOUT_CASES } from './suites/rollouts.ts';
import { STORE_CASES } from './suites/store.ts';
import type { Case } from './suites/suite.ts';
import { UPDATE_CASES } from './suites/updates.ts';
import { USER_CASES } from './suites/users.ts';
import { WAKE_CASES } from './suites/wake.ts';

const CASES: readonly Case[] = [
  ...STORE_CASES,
  ...USER_CASES,
  ...DEVICE_CASES,
  ...PACKAGE_CASES,
  ...JOB_CASES,
  ...REPOSITORY_CASES,
  ...ROLLOUT_CASES,
  ...WAKE_CASES,
  ...UPDATE_CASES,
  ...NETWORK_BOOT_CASES,
  ...AGENT_CASES,
  ...BACKUP_CASES,
  ...CHANGE_CASES,
];

/** Somebody else's reader of SQLite: rows of every table but the times of migrations. */
const DUMP = `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
for (name,) in db.execute("select name from sqlite_master where type = 'table' and name not like 'sqlite_%' and name <> 'schema_migration' order by name").fetchall():
    for row in sorted(map(repr, db.execute(f'select * from "{name}"'))):
        print(name, row)
`;

/** Each opens a data base, and some a pool of connections. */
const inTurn = takeTurns(6);

let server: PostgresServer | undefined;
test.before(async () => {
  server = await startPostgres();
});
test.after.always(() => server?.stop());

for (const { title, check } of CASES) {
  test(`SQLite: ${title}`, async (t) => {
    const file = path.join(await temporaryFolder(t), 'test.sqlite');
    const place: StorePlace = { kind: 'sqlite', file };
    await inTurn(async () => check(t, { ground: await openGround(t, place), place }));
  });

  test(`PostgreSQL: ${title}`, async (t) => {
    await inTurn(async () => {
      const url = (await server?.borrowDataBase()) ?? '';
      t.teardown(() => server?.giveBack(url));
      const place: StorePlace = { kind: 'postgres', url };
      await check(t, { ground: await openGround(t, place), place });
    });
  });
}

/** Ends the connection by which a manager leads: what is left of one that was killed. */
const killLeader = async (url: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  // The second half of the lock is the schema (pg_locks shows it as an unsigned number).
  const { rowCount } = await client.query(
    `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and classid <> 0
      and objid::bigint = hashtext(current_schema())::bigint & 4294967295`,
  );
  await client.end();
  if (rowCount !== 1) throw new Error(`${rowCount} managers led`);
};

test('PostgreSQL: of two managers one leads, and the other one when that dies; no job is queued twice', async (t) => {
  if (server === undefined) return t.fail();
  const place: StorePlace = { kind: 'postgres', url: await server.makeDataBase() };
  const lab = await openJobLab(await openGround(t, place));
  const second: Ground = { ...(await openGround(t, place)), now: lab.ground.now };
  const pc = await lab.device('pc-1');
  await pc.checkIn();
  const { jobs } = await lab.make();
  const id = jobs[0]?.id ?? '';
  let finish = (): void => undefined;
  const working = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const begun = new Promise<void>((begin) => {
    void t.throwsAsync(
      lab.ground.store.lead(LEADER_LOCK, () => {
        begin();
        return working;
      }),
    );
  });
  await begun;
  await tickOf(second)();
  t.is(await lab.stateOf(id), 'planned', 'the other one leads');
  await killLeader(place.url);
  while ((await lab.stateOf(id)) === 'planned') await tickOf(second)();
  finish();
  await Promise.all([lab.tick(), tickOf(second)(), lab.tick()]);
  t.deepEqual(
    (await readJob(second, id)).events.map(({ to }) => to),
    ['planned', 'queued'],
  );
});

test('a backup goes from SQLite into PostgreSQL and back, and is the same', async (t) => {
  if (server === undefined) return t.fail();
  const folder = await temporaryFolder(t);
  const [first, second] = ['first', 'second'].map((name) => path.join(folder, name));
  const place: StorePlace = { kind: 'sqlite', file: path.join(folder, 'test.sqlite') };
  const ground = await openGround(t, place);
  await openManagerKeys(ground, folder);
  for (let count = 0; count < 1200; count += 1)
    await ground.store.change((db) =>
      audit(ground, db, MANAGER, { action: 'test', kind: 'test', subject: `日本 ${count}` }),
    );
  await backUp(place, first ?? '');
  const url = await server.makeDataBase();
  const options = { isReplaced: false, scratch: folder };
  await restoreBackup(first ?? '', { kind: 'postgres', url }, options);
  await backUp({ kind: 'postgres', url }, second ?? '');
  const dump = (file = '') => {
    const { stdout } = spawnSync('python3', ['-c', DUMP, file], { encoding: 'utf8' });
    return stdout;
  };
  t.true(dump(first).length > 100_000);
  t.is(dump(second), dump(first));
});
