/**
 * Other people's clients read from our server, and every byte is compared. One at a time: some of them take an answer that
 * comes twice, because their own request timed out on a busy machine, for an error.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { createClient } from 'tftp';
import { runTool } from '../../../src/disk/tool.ts';
import { requires } from '../../helpers/requires.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { contentOf, PATIENT, startTftpLab } from '../../helpers/tftp-lab.ts';

const HOST = '127.0.0.1';

interface PeerRead {
  readonly port: number;
  readonly name: string;
  /** The file to write. */
  readonly local: string;
  /** Block size to ask for, where the peer can. */
  readonly blockBytes: number;
  readonly windowBlocks: number;
}

interface Peer {
  readonly name: string;
  /** What has to be installed. */
  readonly program: string | undefined;
  /** Smallest block that it asks for. */
  readonly leastBlockBytes: number;
  readonly windows: readonly number[];
  read(read: PeerRead): Promise<unknown>;
}

const PEERS: readonly Peer[] = [
  {
    name: 'tftp-hpa',
    program: 'tftp',
    leastBlockBytes: 512,
    windows: [1],
    read: ({ port, name, local }) =>
      runTool('tftp', ['-m', 'binary', HOST, `${port}`, '-c', 'get', name, local]),
  },
  {
    name: 'atftp',
    program: 'atftp',
    leastBlockBytes: 8,
    windows: [1, 4, 64],
    read: ({ port, name, local, blockBytes, windowBlocks }) =>
      runTool('atftp', [
        ...['--option', `blksize ${blockBytes}`, '--option', `windowsize ${windowBlocks}`],
        ...['-g', '-r', name, '-l', local, HOST, `${port}`],
      ]),
  },
  {
    name: 'curl',
    program: 'curl',
    leastBlockBytes: 8,
    windows: [1],
    read: ({ port, name, local, blockBytes }) =>
      runTool('curl', [
        ...['--silent', '--show-error', '--tftp-blksize', `${blockBytes}`],
        ...['-o', local, `tftp://${HOST}:${port}/${name}`],
      ]),
  },
  {
    name: 'busybox',
    program: 'busybox',
    leastBlockBytes: 64,
    windows: [1],
    read: ({ port, name, local, blockBytes }) =>
      runTool('busybox', [
        ...['tftp', '-g', '-b', `${blockBytes}`, '-r', name, '-l', local, HOST, `${port}`],
      ]),
  },
  {
    name: 'npm tftp',
    program: undefined,
    leastBlockBytes: 8,
    windows: [1, 4, 64],
    read: ({ port, name, local, blockBytes, windowBlocks }) =>
      new Promise<void>((resolve, reject) => {
        const client = createClient({
          host: HOST,
          port,
          blockSize: blockBytes,
          windowSize: windowBlocks,
        });
        client.get(name, local, (error) => (error ? reject(error) : resolve()));
      }),
  },
];

const SIZES = [0, 1, 511, 512, 513, 3 * 2 ** 20] as const;
/** More than 65536. */
const ROLL_OVER_BLOCKS = 66_000;

for (const peer of PEERS) {
  const isThere = (t: Parameters<typeof requires>[0]): boolean =>
    peer.program === undefined || requires(t, peer.program);

  test.serial(`${peer.name} reads files of every length`, async (t) => {
    if (!isThere(t)) return;
    const { port } = await startTftpLab(t, { limits: PATIENT });
    const folder = await temporaryFolder(t);
    for (const size of SIZES) {
      for (const windowBlocks of peer.windows) {
        const name = `file-${size}`;
        const local = path.join(folder, `${name}-${windowBlocks}`);
        const blockBytes = size > 600 ? 1428 : 512;
        await peer.read({ port, name, local, blockBytes, windowBlocks });
        t.true((await readFile(local)).equals(contentOf(name)), `${size} bytes, ${windowBlocks}`);
      }
    }
  });

  test.serial(`${peer.name} reads on when block numbers roll over`, async (t) => {
    if (!isThere(t)) return;
    const { port } = await startTftpLab(t, { limits: PATIENT });
    const blockBytes = peer.leastBlockBytes;
    const name = `file-${blockBytes * ROLL_OVER_BLOCKS}`;
    const local = path.join(await temporaryFolder(t), name);
    const windowBlocks = peer.windows.at(-1) ?? 1;
    await peer.read({ port, name, local, blockBytes, windowBlocks });
    t.true((await readFile(local)).equals(contentOf(name)));
  });
}

test.serial('tftp-hpa reads text in netascii, and several files from one port', async (t) => {
  if (!requires(t, 'tftp')) return;
  const text = Buffer.from('a\nb\r\n\r\rlong\n'.repeat(300));
  const { port } = await startTftpLab(t, { limits: PATIENT }, { text });
  const folder = await temporaryFolder(t);
  const local = (name: string): string => path.join(folder, name);
  const input = [
    'ascii',
    `get text ${local('text')}`,
    'binary',
    `get file-1024 ${local('one')}`,
    `get file-1025 ${local('two')}`,
    `get text ${local('binary')}`,
  ].join('\n');
  await runTool('tftp', [HOST, `${port}`], { input: `${input}\n` });
  t.true((await readFile(local('text'))).equals(text));
  t.true((await readFile(local('one'))).equals(contentOf('file-1024')));
  t.true((await readFile(local('two'))).equals(contentOf('file-1025')));
  t.true((await readFile(local('binary'))).equals(text));
});

test.serial('a peer is told that a file is missing', async (t) => {
  if (!requires(t, 'curl')) return;
  const { port } = await startTftpLab(t, { limits: PATIENT });
  // Its exit code for "TFTP file not found".
  await runTool('curl', ['--silent', `tftp://${HOST}:${port}/missing`], { accept: [68] });
  t.pass();
});
