/** `npm run bench -- pxe tftp`: TFTP servers compared. */
import { parseArgs } from 'node:util';
import { formatTable } from '../../src/cli/format.ts';
import { withOwner } from './owner.ts';
import {
  commandLine,
  GOAL_COLUMNS,
  goalCells,
  machineLine,
  markdown,
  writeSection,
} from './report.ts';
import { CELLS, type Cell, cellName, isAsked } from './tftp-cells.ts';
import { tftpGoals } from './tftp-goals.ts';
import { openTftpBenchLab, type Read, type TftpBenchLab } from './tftp-lab.ts';
import { type BenchedServer, benchedServers } from './tftp-servers.ts';
import { Reads, TFTP_COLUMNS, tftpCells } from './tftp-table.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, only: { type: 'string' } },
});
const rounds = Number(values.rounds);
const only = new RegExp(values.only ?? '');
const say = (text: string): boolean => process.stderr.write(`bench: ${text}\n`);
/** Wakes a server up, and tells when it answers. */
const FIRST: Cell = {
  ...{ wire: 'direct', clients: 1, blockBytes: 1468, windowBlocks: 1, file: 'undionly.kpxe' },
};

const shown = ({ bytes, seconds, cpuSeconds, blocks, duplicates }: Read): string =>
  `${(bytes / 1e6 / seconds).toFixed(2)} MB/s, ${((cpuSeconds * 1e9) / bytes).toFixed(2)} CPU s/GB, ${duplicates} of ${blocks} twice`;

/** One server, started for this, at all cells. */
const measureServer = async (
  lab: TftpBenchLab,
  server: BenchedServer,
  record: (cell: Cell, read: Read) => void,
): Promise<void> => {
  const running = await server.start();
  await lab.watch(running);
  await lab.read(FIRST);
  for (const cell of CELLS) {
    if (!isAsked(cell, server.knowsWindows) || !only.test(`${server.name} ${cellName(cell)}`))
      continue;
    const read = await lab.read(cell);
    say(`${server.name}, ${cellName(cell)}: ${shown(read)}`);
    record(cell, read);
  }
  await running.stop();
};

await withOwner(async (owner) => {
  const lab = await openTftpBenchLab(owner);
  const servers = benchedServers(lab.net, lab.folder);
  const reads = new Reads();
  for (let round = 0; round < rounds; round++) {
    say(`round ${round + 1} of ${rounds}`);
    const turn = round % servers.length;
    for (const server of [...servers.slice(turn), ...servers.slice(0, turn)])
      await measureServer(lab, server, (cell, read) => reads.add(server.name, cell, read));
  }
  const goals = tftpGoals(reads);
  const versions = await Promise.all(servers.slice(1).map((server) => server.version()));
  const columns = TFTP_COLUMNS(servers.map(({ name }) => name));
  const rows = tftpCells(reads, servers);
  process.stdout.write(
    `${formatTable(columns, rows)}\n${formatTable(GOAL_COLUMNS, goalCells(goals))}`,
  );
  if (values.only !== undefined) return;
  const notes = [
    commandLine('npm run bench -- pxe tftp', rounds),
    machineLine(),
    `Others: ${versions.join(', ')}.`,
  ].map((line) => `* ${line}`);
  const tables = [markdown(GOAL_COLUMNS, goalCells(goals)), markdown(columns, rows)];
  await writeSection('npm run bench -- pxe tftp', [notes.join('\n'), ...tables].join('\n\n'));
});
