import { chmod, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { MANAGER } from '../../../src/manager/ground.ts';
import { readAudit } from '../../../src/manager/identity/audit.ts';
import { addUser, readUsers, removeUser } from '../../../src/manager/identity/users.ts';
import { openManagerKeys } from '../../../src/manager/service/manager-keys.ts';
import { backUp, restoreBackup } from '../../../src/manager/store/backup.ts';
import { openStore } from '../../../src/manager/store/open-store.ts';
import { collectingLog } from '../../helpers/service-log.ts';
import type { Case } from './suite.ts';

const now = () => new Date();
const { log } = collectingLog();

const folderOf = async (t: ExecutionContext): Promise<string> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'nacre-test-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

const user = (name: string) =>
  ({ name, role: 'administrator', password: 'correct horse battery' }) as const;

export const BACKUP_CASES: readonly Case[] = [
  {
    title:
      'a backup of a data base in use comes back as a file with the same keys, users and audit',
    check: async (t, { ground, place }) => {
      const folder = await folderOf(t);
      const file = path.join(folder, 'backup.sqlite');
      const { pin } = await openManagerKeys(ground, folder);
      await addUser(ground, MANAGER, user('kim'));
      await backUp(place, file);
      await addUser(ground, MANAGER, user('late'));
      t.is((await stat(file)).mode & 0o777, 0o600);
      await t.throwsAsync(backUp(place, file), { code: 'CLI_FILE_EXISTS' });

      const target = { kind: 'sqlite', file: path.join(folder, 'manager.sqlite') } as const;
      const options = { isReplaced: false, scratch: folder };
      t.is((await restoreBackup(file, target, options)).kept, undefined);
      await t.throwsAsync(restoreBackup(file, target, options), {
        code: 'MANAGER_DATABASE_EXISTS',
      });
      await using store = await openStore({ place: target, now, log });
      const restored = { ...ground, store };
      t.is((await openManagerKeys(restored, folder)).pin, pin);
      t.deepEqual(
        (await readUsers(restored, { limit: 9 })).items.map(({ name }) => name),
        ['kim'],
      );
      const before = await readAudit(restored, {}, { limit: 9 });
      await t.throwsAsync(removeUser(restored, MANAGER, 'kim'), {
        code: 'MANAGER_LAST_ADMINISTRATOR',
      });
      await addUser(restored, MANAGER, user('new'));
      const after = await readAudit(restored, {}, { limit: 9 });
      t.is(after.items[0]?.number, (before.items[0]?.number ?? 0) + 1);
    },
  },
  {
    title:
      'a data base that holds a manager is not replaced unless that is said, and then kept where it can be',
    check: async (t, { ground, place }) => {
      const folder = await folderOf(t);
      const file = path.join(folder, 'backup.sqlite');
      await openManagerKeys(ground, folder);
      await backUp(place, file);
      await addUser(ground, MANAGER, user('kim'));
      const refused = { code: 'MANAGER_DATABASE_EXISTS' };
      await t.throwsAsync(
        restoreBackup(file, place, { isReplaced: false, scratch: folder }),
        refused,
      );
      await ground.store.close();
      const replacing = restoreBackup(file, place, { isReplaced: true, scratch: folder });
      if (place.kind === 'postgres') {
        await t.throwsAsync(replacing, refused);
        return;
      }
      const { kept = '' } = await replacing;
      const names = async (where: string) => {
        await using store = await openStore({ place: { kind: 'sqlite', file: where }, now, log });
        return (await readUsers({ ...ground, store }, { limit: 9 })).items.map(({ name }) => name);
      };
      t.deepEqual(await names(place.file), []);
      t.deepEqual(await names(kept), ['kim']);
    },
  },
  {
    title: 'a file that is no backup, or a damaged one, changes nothing',
    check: async (t, { ground, place }) => {
      const folder = await folderOf(t);
      const file = path.join(folder, 'backup.sqlite');
      await openManagerKeys(ground, folder);
      await addUser(ground, MANAGER, user('kim'));
      await backUp(place, file);
      const { writeFile, readFile } = await import('node:fs/promises');
      const bytes = await readFile(file);
      await chmod(file, 0o600);
      const target = { kind: 'sqlite', file: path.join(folder, 'manager.sqlite') } as const;
      const options = { isReplaced: true, scratch: folder };
      for (const bad of [
        Buffer.from('rubbish'.repeat(500)),
        Buffer.concat([bytes.subarray(0, 4096), Buffer.alloc(bytes.length - 4096, 0xa5)]),
      ]) {
        await writeFile(file, bad);
        await t.throwsAsync(restoreBackup(file, target, options), {
          code: 'MANAGER_BACKUP_INVALID',
        });
      }
      await t.throwsAsync(stat(target.file), { code: 'ENOENT' });
    },
  },
];
