import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import test from 'ava';
import { portError } from '../../../src/job/serving/port-error.ts';
import { findPortOwner, socketsOnPort } from '../../../src/job/serving/port-owner.ts';
import { closeSocket, openSocket } from '../../../src/pxe/bound-socket.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const row = (local: string, state: string, inode: number): string =>
  `  123: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 2 0000000000000000 0`;

const TABLE = [
  HEAD,
  row('00000000:0043', '07', 1001),
  row('0100000A:0045', '07', 1002),
  row('0100000A:0043', '07', 1003),
  row('00000000:0050', '0A', 1004),
  row('0100000A:0050', '01', 1005),
  '',
].join('\n');

for (const [title, port, isTcp, sockets] of [
  ['every UDP socket of the port', 67, false, ['1001', '1003']],
  ['TCP sockets that listen', 80, true, ['1004']],
  ['none on another port', 68, false, []],
] as const) {
  test(`found are ${title}`, (t) => t.deepEqual(socketsOnPort(TABLE, port, isTcp), sockets));
}

test('a program is found by its sockets, and its name is made printable', async (t) => {
  const proc = await temporaryFolder(t);
  await mkdir(path.join(proc, 'self/net'), { recursive: true });
  await writeFile(path.join(proc, 'self/net/udp'), TABLE);
  for (const [pid, comm, links] of [
    ['700', 'other\n', ['socket:[9]', '/dev/null']],
    ['812', 'dns\u001bmasq\n', ['/dev/null', 'socket:[1003]']],
  ] as const) {
    await mkdir(path.join(proc, pid, 'fd'), { recursive: true });
    await writeFile(path.join(proc, pid, 'comm'), comm);
    for (const [fd, link] of links.entries()) await symlink(link, path.join(proc, pid, `fd/${fd}`));
  }
  t.deepEqual(await findPortOwner('udp', 67, proc), { pid: 812, program: 'dns\\x1bmasq' });
  t.is(await findPortOwner('udp', 68, proc), undefined);
  t.is(await findPortOwner('udp', 69, proc), undefined);
});

test('where there is no process file system nobody is found', async (t) => {
  t.is(await findPortOwner('udp', 67, path.join(await temporaryFolder(t), 'none')), undefined);
});

test('a port that another program has is refused with its name and number', async (t) => {
  const child = spawn(process.execPath, [
    '-e',
    "const s = require('node:dgram').createSocket('udp4'); s.bind(0, '127.0.0.1', () => console.log(s.address().port));",
  ]);
  t.teardown(() => child.kill());
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  await t.throwsAsync(openSocket({ port: Number(line), address: '127.0.0.1' }), {
    code: 'PXE_PORT_TAKEN',
    message: new RegExp(`udp port ${line} .*: (node|MainThread) \\(pid ${child.pid}\\)$`),
  });
});

test('a port that this program has itself is refused, without an owner', async (t) => {
  const taken = createSocket('udp4');
  t.teardown(() => closeSocket(taken));
  taken.bind(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address();
  await t.throwsAsync(openSocket({ port, address: '127.0.0.1' }), {
    code: 'PXE_PORT_TAKEN',
    message: /: \?$/,
  });
});

test('sockets that wish to share a port can', async (t) => {
  const wish = { address: '127.0.0.1', isShared: true };
  const first = await openSocket({ ...wish, port: 0 });
  t.teardown(() => closeSocket(first));
  const second = await openSocket({ ...wish, port: first.address().port });
  t.is(second.address().port, first.address().port);
  await closeSocket(second);
  await closeSocket(second);
});

test('an address that is not ours is an error of the system as it is', async (t) => {
  await t.throwsAsync(openSocket({ port: 0, address: '192.0.2.1' }), { code: 'EADDRNOTAVAIL' });
});

test('a port that needs a right is refused with the hint that names it', async (t) => {
  const cause = Object.assign(new Error('bind EACCES 0.0.0.0:67'), { code: 'EACCES' });
  t.like(await portError(cause, 'udp', 67), {
    code: 'PXE_PORT_DENIED',
    message: 'udp port 67 may not be opened by this user',
    cause,
  });
});
