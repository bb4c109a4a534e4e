/** `npm run bench -- network-capture`: memory and work of a device that captures its disk over HTTPS. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import fs from 'fs-extra';
import { runTool } from '../../src/disk/tool.ts';
import { compiledProgram } from '../helpers/compiled-program.ts';
import { TEST_MAC } from '../helpers/dhcp-clients.ts';
import { openMerlinLab } from '../helpers/merlin-lab.ts';
import { measure } from './measure.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const MIB = 2 ** 20;
const DISK_BYTES = 4096 * MIB;
const FILES = 32;
/** Of each file one that zstd makes no smaller, and two that it does. */
const FILE_BYTES = 21 * MIB;
const ROUNDS = 3;

const folder = path.join(ROOT, '.cache/bench/network-capture');
const ends: (() => unknown)[] = [];
const owner = { teardown: (end: () => unknown): number => ends.push(end) };

/** An ext4 of 4 GiB with 2 GiB of files. */
const makeDisk = async (): Promise<string> => {
  const tree = path.join(folder, 'tree');
  await fs.ensureDir(tree);
  for (let file = 0; file < FILES; file++) {
    const bytes = randomBytes(FILE_BYTES);
    await fs.writeFile(path.join(tree, `${file}.random`), bytes);
    await fs.writeFile(path.join(tree, `${file}.text`), bytes.toString('hex'));
  }
  const disk = path.join(folder, 'disk.img');
  await runTool('mke2fs', ['-q', '-t', 'ext4', '-d', tree, disk, `${DISK_BYTES / MIB}M`]);
  await fs.remove(tree);
  return disk;
};

await fs.emptyDir(folder);
const compile = "await (await import('./scripts/compile-tests.js')).compileTests()";
execFileSync(process.execPath, ['--input-type=module', '-e', compile], { cwd: ROOT });
const disk = await makeDisk();
const order = (round: number): string =>
  `[[device]]\nmac = "${TEST_MAC}"\naction = "capture"\nname = "bench-${round}"\n`;
for (let round = 0; round < ROUNDS; round++) {
  const storeFolder = path.join(folder, `store-${round}`);
  const server = await openMerlinLab(owner, order(round), { storeFolder });
  const words = [`https://127.0.0.1:${server.port}`, server.pin, disk];
  const command = [process.execPath, compiledProgram('capture-program.ts'), ...words].join(' ');
  for (const what of ['all of it', 'nothing new']) {
    const sample = await measure(command, folder);
    const { usedBytes, sentBytes } = JSON.parse(sample.stdout);
    const [used, sent] = [usedBytes, sentBytes].map((bytes) => (Number(bytes) / MIB).toFixed(0));
    process.stdout.write(
      `${what}: peak ${(sample.peakBytes / MIB).toFixed(1)} MiB, ${sample.cpuSeconds.toFixed(1)} CPU s, ${sample.wallSeconds.toFixed(1)} s, ${used} MiB used, ${sent} MiB sent\n`,
    );
    server.setPolicy(`${order(round)}order = 2\n`);
  }
  await server.stop();
  await fs.remove(storeFolder);
}
for (const end of ends.toReversed()) await end();
await fs.remove(folder);
