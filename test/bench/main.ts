/** `npm run bench`: see scripts/bench --help. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import fs from 'fs-extra';
import { goalRows, Medians } from './goals.ts';
import { benchImages } from './images.ts';
import { measureLargeDisk } from './large-disk.ts';
import { terminalReport, writeDocument } from './report.ts';
import { type Bench, type Measurement, runRound } from './rounds.ts';
import { lengthOf, usedRanges } from './used-ranges.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    rounds: { type: 'string' },
    mib: { type: 'string' },
  },
});
const say = (text: string): boolean => process.stderr.write(`bench: ${text}\n`);

const rounds = Number(values.rounds ?? (values.quick ? 2 : 5));
const mib = Number(values.mib ?? (values.quick ? 1024 : 4096));
const folder = path.resolve(import.meta.dirname, '../../.cache/bench/work');

say(`volumes of ${mib} MiB`);
const images = await benchImages(mib);
await fs.emptyDir(folder);
const measurements: Measurement[] = [];
let round = 0;
const bench: Bench = {
  folder,
  images,
  used: { v1: await usedRanges(images.v1), v2: await usedRanges(images.v2) },
  isQuick: values.quick,
  only: new RegExp(values.only ?? ''),
  record: (row) => {
    measurements.push({ ...row, round });
    say(`${row.work}, ${row.tool}: ${row.wallSeconds} s, ${row.cpuSeconds.toFixed(2)} CPU s`);
  },
};
for (; round < rounds; round++) {
  say(`round ${round + 1} of ${rounds}`);
  await runRound(bench, round);
}
const isWhole = !values.quick && values.only === undefined;
if (isWhole) say('disk of 1 TiB');
const large = isWhole ? await measureLargeDisk(folder) : undefined;
await fs.remove(folder);

const medians = new Medians(measurements);
const usedBytes = lengthOf(bench.used.v1);
const goals = goalRows(medians, usedBytes, large);
process.stdout.write(terminalReport(medians, goals));
if (isWhole) {
  const command = ['npm run bench --', ...process.argv.slice(2)].join(' ').replace(/ --$/, '');
  const diskBytes = (await fs.stat(images.v1)).size;
  await writeDocument(medians, goals, { command, rounds, diskBytes, usedBytes });
}
