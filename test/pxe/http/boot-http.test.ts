import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import test from 'ava';
import { memoryContent } from '../../../src/job/serving/http-content.ts';
import { exchange, INITRD, testService } from '../../helpers/boot-http.ts';
import { requires } from '../../helpers/requires.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const run = promisify(execFile);

test('a file comes whole, with its length and type in headers of title case', async (t) => {
  const service = await testService(t);
  const answer = await exchange(service, 'GET /vmlinuz HTTP/1.1\r\nConnection: close\r\n\r\n');
  const [head = '', body] = answer.split('\r\n\r\n');
  t.is(body, 'kernel');
  t.deepEqual(head.split('\r\n').slice(0, 5), [
    'HTTP/1.1 200 OK',
    'Content-Length: 6',
    'Content-Type: application/octet-stream',
    'Accept-Ranges: bytes',
    'ETag: "tag-vmlinuz"',
  ]);
  for (const line of head.split('\r\n').slice(1))
    t.regex(line, /^([A-Z][a-z]*|ETag)(-[A-Z][a-z]*)*: /);
  t.false(/chunked/i.test(head));
});

test('HEAD says what GET would, without the content, for every kind of answer', async (t) => {
  const service = await testService(t);
  const headOf = async (method: string, path: string): Promise<string> => {
    const answer = await exchange(
      service,
      `${method} ${path} HTTP/1.1\r\nConnection: close\r\n\r\n`,
    );
    const [head = '', body] = answer.split('\r\n\r\n');
    if (method === 'HEAD') t.is(body, '');
    return head.replace(/Date: .*\r\n/, '');
  };
  for (const path of ['/vmlinuz', '/local-disk.efi', '/empty', '/missing'])
    t.is(await headOf('HEAD', path), await headOf('GET', path), path);
});

test('what UEFI starts has the type that its firmware looks for', async (t) => {
  const { url } = await testService(t);
  t.is((await fetch(`${url}/local-disk.efi`)).headers.get('content-type'), 'application/efi');
});

test('a range of bytes comes with its place, and one behind the end is refused with the length', async (t) => {
  const { url } = await testService(t);
  const ask = (range: string, more: Record<string, string> = {}) =>
    fetch(`${url}/initrd.pxe`, { headers: { Range: range, ...more } });
  for (const [range, start, end] of [
    ['bytes=0-0', 0, 1],
    ['bytes=3-7', 3, 8],
    [`bytes=${2 ** 20}-${2 ** 20 + 9}`, 2 ** 20, 2 ** 20 + 10],
    ['bytes=-17', INITRD.length - 17, INITRD.length],
    ['bytes=1-', 1, INITRD.length],
  ] as const) {
    const answer = await ask(range);
    t.is(answer.status, 206);
    t.is(answer.headers.get('content-range'), `bytes ${start}-${end - 1}/${INITRD.length}`);
    t.is(answer.headers.get('content-length'), String(end - start));
    t.true(Buffer.from(await answer.arrayBuffer()).equals(INITRD.subarray(start, end)), range);
  }
  const behind = await ask(`bytes=${INITRD.length}-`);
  t.is(behind.status, 416);
  t.is(behind.headers.get('content-range'), `bytes */${INITRD.length}`);
  const several = await ask('bytes=0-1,4-5');
  t.is(several.status, 200);
  t.true(Buffer.from(await several.arrayBuffer()).equals(INITRD));
});

test('a range of a file that is another one by now is the whole file', async (t) => {
  const { url } = await testService(t);
  const statusOf = async (condition: string): Promise<number> => {
    const headers = { Range: 'bytes=1-2', 'If-Range': condition };
    const answer = await fetch(`${url}/vmlinuz`, { headers });
    await answer.arrayBuffer();
    return answer.status;
  };
  t.is(await statusOf('"tag-vmlinuz"'), 206);
  t.is(await statusOf('"tag-older"'), 200);
  t.is(await statusOf('Wed, 21 Oct 2026 07:28:00 GMT'), 200);
});

test('scripts are asked before files, and are told both ends of the connection', async (t) => {
  const asked: unknown[] = [];
  const service = await testService(t, {
    scripts: (name, ends) => {
      asked.push([name, ends.address, ends.localAddress, ends.localPort]);
      return name === 'boot/ipxe/52-54-00-12-34-56'
        ? memoryContent([Buffer.from('#!ipxe\n')], 'text/plain', undefined)
        : undefined;
    },
  });
  const answer = await fetch(`${service.url}/boot/ipxe/52-54-00-12-34-56`);
  t.is(await answer.text(), '#!ipxe\n');
  t.is(answer.headers.get('etag'), null);
  t.is(await (await fetch(`${service.url}/vmlinuz`)).text(), 'kernel');
  const ends = ['127.0.0.1', '127.0.0.1', service.service.port];
  t.deepEqual(asked, [
    ['boot/ipxe/52-54-00-12-34-56', ...ends],
    ['vmlinuz', ...ends],
  ]);
});

test('each answer is reported when it has ended', async (t) => {
  const service = await testService(t);
  await (await fetch(`${service.url}/vmlinuz`)).text();
  await (await fetch(`${service.url}/nothing`)).text();
  t.like(service.requests, [
    {
      method: 'GET',
      path: '/vmlinuz',
      status: 200,
      sentBytes: 6,
      isWhole: true,
      address: '127.0.0.1',
    },
    { method: 'GET', path: '/nothing', status: 404, sentBytes: 0, isWhole: true },
  ]);
});

test('curl reads a file, goes on with a half one, and keeps its connection', async (t) => {
  if (!requires(t, 'curl')) return;
  const { url } = await testService(t);
  const folder = await temporaryFolder(t);
  const file = `${folder}/initrd`;
  await run('curl', ['-sSf', '-o', file, `${url}/initrd.pxe`]);
  t.true((await readFile(file)).equals(INITRD));
  const half = `${folder}/half`;
  await run('curl', ['-sSf', '-r', '0-1000000', '-o', half, `${url}/initrd.pxe`]);
  await run('curl', ['-sSf', '-C', '-', '-o', half, `${url}/initrd.pxe`]);
  t.true((await readFile(half)).equals(INITRD));
  const words = ['-sSf', '-w', '%{num_connects} ', '-o', '/dev/null', '-o', '/dev/null'];
  const { stdout } = await run('curl', [...words, `${url}/vmlinuz`, `${url}/initrd.pxe`]);
  t.is(stdout, '1 0 ');
  const { stdout: head } = await run('curl', ['-sSf', '-I', `${url}/initrd.pxe`]);
  t.regex(head, new RegExp(`^Content-Length: ${INITRD.length}\r$`, 'm'));
});

test('wget reads a file and goes on with a half one', async (t) => {
  if (!requires(t, 'wget')) return;
  const { url } = await testService(t);
  const folder = await temporaryFolder(t);
  await run('wget', ['-q', '-O', `${folder}/initrd`, `${url}/initrd.pxe`]);
  t.true((await readFile(`${folder}/initrd`)).equals(INITRD));
  await run('curl', ['-sSf', '-r', '0-99', '-o', `${folder}/initrd.pxe`, `${url}/initrd.pxe`]);
  await run('wget', ['-q', '-c', `${url}/initrd.pxe`], { cwd: folder });
  t.true((await readFile(`${folder}/initrd.pxe`)).equals(INITRD));
});

test('a port that is taken is refused, and the first service goes on', async (t) => {
  const first = await testService(t);
  await t.throwsAsync(testService(t, { port: first.service.port }), { code: 'PXE_PORT_TAKEN' });
  t.is(await (await fetch(`${first.url}/vmlinuz`)).text(), 'kernel');
});

test('a service ends with its signal, once, and frees its port', async (t) => {
  const control = new AbortController();
  const { service, url } = await testService(t, { signal: control.signal });
  await (await fetch(`${url}/vmlinuz`)).text();
  control.abort();
  await service.close();
  await service.close();
  await t.throwsAsync(fetch(`${url}/vmlinuz`));
  await testService(t, { port: service.port });
});
