/** Starting and ending a manager, and what stops it from starting. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import tls from 'node:tls';
import test from 'ava';
import Sqlite from 'better-sqlite3';
import { BUILD_FOLDER } from '../../../src/disk/build-folder.ts';
import { backUp, restoreBackup } from '../../../src/manager/store/backup.ts';
import { bytesOf, openManagerLab } from '../../helpers/manager-lab.ts';
import { requires } from '../../helpers/requires.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const fileOf = (folder: string): string => path.join(folder, 'manager', 'manager.sqlite');
const nativeBinding = path.join(BUILD_FOLDER, 'sqlite/better_sqlite3');

/** The certificates that a server shows, as a client that trusts nobody sees them. */
const chainOf = async (port: number): Promise<tls.DetailedPeerCertificate> => {
  const socket = tls.connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const chain = socket.getPeerCertificate(true);
  socket.destroy();
  return chain;
};

test('keys and the first user are made once: a later start has the same pin and tells no password', async (t) => {
  const folder = await temporaryFolder(t);
  const { service } = await openManagerLab(t, { dataFolder: folder });
  t.regex(service.firstPassword ?? '', /^[a-z2-9]{4}(-[a-z2-9]{4}){4}$/);
  await service.close();
  const again = await openManagerLab(t, { dataFolder: folder });
  t.is(again.service.pin, service.pin);
  t.is(again.service.firstPassword, undefined);
});

test('the certificate is of our CA, for the names of this machine, and its key is the pin', async (t) => {
  const { service } = await openManagerLab(t);
  const chain = await chainOf(service.port);
  t.regex(chain.subjectaltname ?? '', /DNS:localhost/);
  t.regex(chain.subjectaltname ?? '', /IP Address:127\.0\.0\.1/);
  const ca = chain.issuerCertificate;
  t.is(ca.subject.CN, 'Nacre manager CA');
  const pem = `-----BEGIN CERTIFICATE-----\n${ca.raw.toString('base64')}\n-----END CERTIFICATE-----\n`;
  const socket = tls.connect({ host: '127.0.0.1', port: service.port, ca: [pem], servername: '' });
  await once(socket, 'secureConnect');
  t.true(socket.authorized);
  socket.destroy();
});

test('what is stored is for its owner alone, and holds no password', async (t) => {
  const { service, folder } = await openManagerLab(t);
  await service.close();
  t.is((await stat(path.join(folder, 'manager'))).mode & 0o777, 0o700);
  t.is((await stat(fileOf(folder))).mode & 0o777, 0o600);
  t.false(bytesOf(fileOf(folder)).includes(service.firstPassword ?? ''));
});

test('a second manager on the same folder is refused and told who has it; the first one goes on', async (t) => {
  const { folder, admin } = await openManagerLab(t);
  const error = await t.throwsAsync(openManagerLab(t, { dataFolder: folder }), {
    code: 'MANAGER_RUNS',
  });
  t.like(error, { facts: { pid: String(process.pid) } });
  t.is((await admin('GET', '/api/v1/manager')).status, 200);
});

test('a port that is taken is refused with the program that has it, and nothing stays open', async (t) => {
  const script =
    "require('net').createServer().listen(0,'127.0.0.1',function(){console.log(this.address().port)})";
  const other = spawn(process.execPath, ['-e', script]);
  t.teardown(() => other.kill());
  const [line] = await once(other.stdout, 'data');
  const folder = await temporaryFolder(t);
  const listen = { address: '127.0.0.1', port: Number(line) };
  const error = await t.throwsAsync(openManagerLab(t, { dataFolder: folder, listen }), {
    code: 'MANAGER_PORT_TAKEN',
  });
  t.like(error, { facts: { owner: `node (pid ${other.pid})` } });
  await openManagerLab(t, { dataFolder: folder });
});

test('a file that is no data base, one of another program and one that is damaged are refused and left as they are', async (t) => {
  const noise = path.join(await temporaryFolder(t));
  const { service } = await openManagerLab(t, { dataFolder: noise });
  await service.close();
  await writeFile(
    fileOf(noise),
    'this is no data base, and was never one; it is only a text of some length'.repeat(20),
  );
  await t.throwsAsync(openManagerLab(t, { dataFolder: noise }), {
    code: 'MANAGER_DATABASE_CORRUPT',
  });
  t.true((await readFile(fileOf(noise), 'utf8')).startsWith('this is no data base'));

  const foreign = await temporaryFolder(t);
  await (await openManagerLab(t, { dataFolder: foreign })).service.close();
  await writeFile(fileOf(foreign), '');
  const other = new Sqlite(fileOf(foreign), { nativeBinding });
  other.exec('create table shopping (item text)');
  other.close();
  await t.throwsAsync(openManagerLab(t, { dataFolder: foreign }), {
    code: 'MANAGER_DATABASE_FOREIGN',
  });
});

test('a damaged page is found at the start', async (t) => {
  const { service, folder } = await openManagerLab(t);
  await service.close();
  const { size } = await stat(fileOf(folder));
  await using file = await open(fileOf(folder), 'r+');
  // The header stays whole, so that only a look at the pages finds it.
  await file.write(Buffer.alloc(size - 4096, 0xa5), 0, undefined, 4096);
  await t.throwsAsync(openManagerLab(t, { dataFolder: folder }), {
    code: 'MANAGER_DATABASE_CORRUPT',
  });
});

test('keys that are damaged are not replaced by others', async (t) => {
  const { service, folder } = await openManagerLab(t);
  await service.close();
  const file = new Sqlite(fileOf(folder), { nativeBinding });
  file.prepare("update manager_key set private_pem = 'rubbish' where name = 'server'").run();
  file.close();
  await t.throwsAsync(openManagerLab(t, { dataFolder: folder }), { code: 'MANAGER_KEYS_UNUSABLE' });
});

test('a full disk refuses changes with the reason, goes on reading, and takes changes again', async (t) => {
  if (!requires(t, 'root', 'mount')) return;
  const folder = await temporaryFolder(t);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]);
  t.teardown(() => execFileSync('umount', [folder]));
  const { admin, ask, service } = await openManagerLab(t, { dataFolder: folder });
  const add = (name: string) => {
    const body = { name, role: 'viewer', password: 'correct horse battery' };
    return admin('POST', '/api/v1/users', { body });
  };
  await t.throwsAsync(writeFile(path.join(folder, 'filler'), Buffer.alloc(2 ** 20)), {
    code: 'ENOSPC',
  });
  const full = await add('late');
  t.like(full, { status: 507, json: { code: 'MANAGER_DATABASE_FULL' } });
  t.like((await admin('GET', '/api/v1/users')).json, { total: 1 });
  t.is((await ask('GET', '/health/ready')).status, 200);
  await rm(path.join(folder, 'filler'));
  t.is((await add('late')).status, 201);
  await service.close();
});

test('an end breaks off connections and can be asked for twice', async (t) => {
  const { service } = await openManagerLab(t);
  const socket = tls.connect({ host: '127.0.0.1', port: service.port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const gone = once(socket, 'close');
  await Promise.all([service.close(), service.close()]);
  await gone;
  t.pass();
});

test('a damaged data base is put right by a backup, and the manager is the same as before', async (t) => {
  const { service, folder } = await openManagerLab(t);
  const place = { kind: 'sqlite', file: fileOf(folder) } as const;
  const backup = path.join(folder, 'backup');
  await backUp(place, backup);
  await service.close();
  await writeFile(place.file, Buffer.alloc(50_000, 0xa5));
  await t.throwsAsync(backUp(place, `${backup}2`), { code: 'MANAGER_DATABASE_CORRUPT' });
  await t.throwsAsync(stat(`${backup}2`), { code: 'ENOENT' });
  const { kept } = await restoreBackup(backup, place, { isReplaced: true, scratch: folder });
  t.is((await stat(kept ?? '')).size, 50_000);
  const again = await openManagerLab(t, { dataFolder: folder });
  t.is(again.service.pin, service.pin);
});
