/** A wire with 1 % of loss, doubled and overtaking datagrams and 50 ms of delay in each direction. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { runTool } from '../../../src/disk/tool.ts';
import { openBadWire } from '../../helpers/bad-wire.ts';
import { requires } from '../../helpers/requires.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { readByTftp } from '../../helpers/tftp-client.ts';
import { contentOf, startTftpLab } from '../../helpers/tftp-lab.ts';

const BAD = { loss: 0.01, duplication: 0.01, reordering: 0.01, delayMs: 50 } as const;

for (const [windowBlocks, blocks] of [
  [1, 40],
  [4, 200],
  [16, 800],
  [64, 2000],
] as const) {
  for (const seed of [1, 2]) {
    test(`windows of ${windowBlocks} arrive whole through a bad wire, seed ${seed}`, async (t) => {
      const lab = await startTftpLab(t);
      const port = await openBadWire(t, lab.port, { ...BAD, seed });
      const name = `file-${1468 * blocks + 7}`;
      const read = { port, name, blockBytes: 1468, windowBlocks, timeoutMs: 1000 };
      const { content } = await readByTftp(read);
      t.true(content.equals(contentOf(name)));
    });
  }
}

test('a wire that loses a tenth is only slow', async (t) => {
  const lab = await startTftpLab(t);
  const port = await openBadWire(t, lab.port, { ...BAD, loss: 0.1, delayMs: 2, seed: 3 });
  const name = 'file-300000';
  const { content } = await readByTftp({
    port,
    name,
    blockBytes: 1468,
    windowBlocks: 4,
    timeoutMs: 1000,
  });
  t.true(content.equals(contentOf(name)));
});

for (const windowBlocks of [1, 4, 16, 64]) {
  test(`atftp reads through a bad wire in windows of ${windowBlocks}`, async (t) => {
    if (!requires(t, 'atftp')) return;
    const lab = await startTftpLab(t);
    const port = await openBadWire(t, lab.port, { ...BAD, seed: 4, isKindToOacks: true });
    const name = `file-${1428 * Math.min(40 * windowBlocks, 600)}`;
    const local = path.join(await temporaryFolder(t), 'local');
    const options = ['blksize 1428', `windowsize ${windowBlocks}`].flatMap((o) => ['--option', o]);
    await runTool('atftp', [...options, '-g', '-r', name, '-l', local, '127.0.0.1', `${port}`]);
    t.true((await readFile(local)).equals(contentOf(name)));
  });
}

test('curl reads through a bad wire', async (t) => {
  if (!requires(t, 'curl')) return;
  const lab = await startTftpLab(t);
  const port = await openBadWire(t, lab.port, { ...BAD, seed: 5 });
  const name = 'file-50000';
  const local = path.join(await temporaryFolder(t), 'local');
  const url = `tftp://127.0.0.1:${port}/${name}`;
  await runTool('curl', ['--silent', '--show-error', '--tftp-blksize', '1428', '-o', local, url]);
  t.true((await readFile(local)).equals(contentOf(name)));
});
