import { sql } from 'kysely';
import { addAudit, listAudit } from '../../../src/manager/store/audit-rows.ts';
import { MIGRATIONS, migrate } from '../../../src/manager/store/migrate.ts';
import { openStore } from '../../../src/manager/store/open-store.ts';
import { readPage } from '../../../src/manager/store/page.ts';
import { collectingLog } from '../../helpers/service-log.ts';
import type { Case } from './suite.ts';

const entry = (subject: string) => ({
  ...{ at: '2026-01-01T00:00:00.000Z', actorKind: 'user', actor: 'kim', address: '' },
  ...{
    action: 'test',
    subjectKind: 'thing',
    subject,
    facts: { size: 2 ** 40, text: '日本語 "x"' },
  },
});

const ONLY_ADDED = /the audit is only added to/;

export const STORE_CASES: readonly Case[] = [
  {
    title: 'a page ends where the next begins, whatever is added meanwhile',
    check: async (t, { ground: { store } }) => {
      const order = { by: sql.ref('subject'), id: sql.ref('number') };
      const add = (subject: string) => store.change((db) => addAudit(db, entry(subject)));
      for (const subject of ['b', 'd', 'b', 'e', 'c']) await add(subject);
      const seen: string[] = [];
      let after: string | undefined;
      do {
        const wish = { limit: 2, after };
        const page = await store.read((db) =>
          readPage(db.selectFrom('audit').select('subject'), order, wish),
        );
        seen.push(...page.items.map(({ subject }) => subject));
        after = page.next ?? undefined;
        await add('a');
      } while (after !== undefined);
      t.deepEqual(seen, ['b', 'b', 'c', 'd', 'e']);
    },
  },
  {
    title: 'a question that was asked before a table changed is answered with its new column',
    check: async (t, { ground: { store } }) => {
      const change = (text: string) =>
        store.change(async (db) => {
          await sql.raw(text).execute(db);
        });
      const ask = () =>
        store.read(async (db) => (await sql.raw('select * from changing').execute(db)).rows);
      await change('create table changing (a integer)');
      await change('insert into changing (a) values (1)');
      t.deepEqual(await ask(), [{ a: 1 }]);
      await change('alter table changing add column b integer default 2');
      t.deepEqual(await ask(), [{ a: 1, b: 2 }]);
    },
  },
  {
    title: 'a cursor that is none is refused',
    check: async (t, { ground: { store } }) => {
      for (const after of ['x', '', 'W10', Buffer.from('[null,1]').toString('base64url')]) {
        const asking = store.read((db) => listAudit(db, {}, { limit: 1, after }));
        await t.throwsAsync(asking, { code: 'MANAGER_INPUT_INVALID' }, after);
      }
    },
  },
  {
    title: 'rows of the audit can neither be changed nor removed',
    check: async (t, { ground: { store } }) => {
      await store.change((db) => addAudit(db, entry('kept')));
      const changing = store.change((db) => db.updateTable('audit').set({ actor: 'x' }).execute());
      t.regex(String(await t.throwsAsync(changing, { any: true })), ONLY_ADDED);
      const removing = store.change((db) => db.deleteFrom('audit').execute());
      t.regex(String(await t.throwsAsync(removing, { any: true })), ONLY_ADDED);
      t.is((await store.read((db) => listAudit(db, {}, { limit: 1 }))).items[0]?.subject, 'kept');
    },
  },
  {
    title: 'integers beyond 2^31 come back as they were, beyond 2^53 they are refused',
    check: async (t, { ground: { store } }) => {
      const read = (text: string) =>
        store.read((db) =>
          sql<{ n: number }>`select cast(${sql.raw(text)} as bigint) as n`.execute(db),
        );
      t.is((await read('9007199254740991')).rows[0]?.n, 2 ** 53 - 1);
      await t.throwsAsync(read('9007199254740993'), { code: 'MANAGER_NUMBER_TOO_LARGE' });
    },
  },
  {
    title: 'a change that fails halfway changes nothing',
    check: async (t, { ground: { store } }) => {
      const failing = store.change(async (db) => {
        await addAudit(db, entry('half'));
        throw new TypeError('stop');
      });
      await t.throwsAsync(failing, { instanceOf: TypeError });
      t.is((await store.read((db) => listAudit(db, {}, { limit: 1 }))).total, 0);
    },
  },
  {
    title: 'changes at the same time all happen',
    check: async (t, { ground: { store } }) => {
      const names = Array.from({ length: 20 }, (_, index) => `n${index}`);
      await Promise.all(names.map((name) => store.change((db) => addAudit(db, entry(name)))));
      t.is((await store.read((db) => listAudit(db, {}, { limit: 1 }))).total, 20);
    },
  },
  {
    title: 'a data base of an older release is brought forward with all that is in it',
    check: async (t, { place, ground }) => {
      await ground.store.change((db) => addAudit(db, entry('old')));
      const next = {
        number: MIGRATIONS.length + 1,
        name: 'next',
        statements: ['create table next (size {int} not null) {strict}'],
      };
      const { log, lines } = collectingLog();
      const now = () => new Date();
      await using newer = await openStore({ place, now, log, migrations: [...MIGRATIONS, next] });
      t.is((await newer.read((db) => listAudit(db, {}, { limit: 1 }))).items[0]?.subject, 'old');
      t.like(lines[0], {
        message: 'data base brought forward',
        fields: { from: MIGRATIONS.length, to: MIGRATIONS.length + 1 },
      });
      await newer.read((db) => sql`select size from next`.execute(db));
    },
  },
  {
    title: 'a data base of a newer release is refused and left as it is',
    check: async (t, { place }) => {
      const next = { number: MIGRATIONS.length + 1, name: 'next', statements: [] };
      const { log } = collectingLog();
      const now = () => new Date();
      await (await openStore({ place, now, log, migrations: [...MIGRATIONS, next] })).close();
      const error = await t.throwsAsync(openStore({ place, now, log }), {
        code: 'MANAGER_DATABASE_NEWER',
      });
      t.like(error, { facts: { found: MIGRATIONS.length + 1, known: MIGRATIONS.length } });
      await (await openStore({ place, now, log, migrations: [...MIGRATIONS, next] })).close();
    },
  },
  {
    title: 'a migration that fails is not there by half',
    check: async (t, { place, ground: { store } }) => {
      const broken = {
        number: MIGRATIONS.length + 1,
        name: 'broken',
        statements: ['create table half (x text) {strict}', 'no sql'],
      };
      const { log } = collectingLog();
      const options = { place, now: () => new Date(), log, migrations: [...MIGRATIONS, broken] };
      await t.throwsAsync(openStore(options), { any: true });
      await t.throwsAsync(
        store.read((db) => sql`select x from half`.execute(db)),
        { any: true },
      );
      const report = await store.read((db) =>
        migrate(db, { dialect: store.dialect, place: '', now: () => new Date() }),
      );
      t.deepEqual(report, { from: MIGRATIONS.length, to: MIGRATIONS.length });
    },
  },
];
