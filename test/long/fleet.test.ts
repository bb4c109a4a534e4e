/** Many machines at once: each gets the whole image, and the server knows of each. */
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { openFleet, type SentSample } from '../helpers/fleet.ts';
import { nacre } from '../helpers/nacre.ts';
import { Noise } from '../helpers/noise.ts';
import { requires } from '../helpers/requires.ts';

const { NACRE_CLIENTS = '32', NACRE_MEGABITS = '250', NACRE_CONGESTION } = process.env;
const CLIENTS = Number(NACRE_CLIENTS);
const MIB = 2 ** 20;
const CONTENT_MIB = 24;
const MEGABITS = Number(NACRE_MEGABITS);
const LINK_BYTES = (MEGABITS * 1e6) / 8;

/** What left in each second, of what the link carries. */
const bySecond = (sent: readonly SentSample[]): readonly string[] => {
  const until = (second: number): number =>
    sent.findLast(({ seconds }) => seconds <= second)?.bytes ?? 0;
  const length = Math.floor(sent.at(-1)?.seconds ?? 0);
  return Array.from({ length }, (_, second) =>
    ((until(second + 1) - until(second)) / (LINK_BYTES / 100)).toFixed(0),
  );
};

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

test(`${CLIENTS} machines pull one image at once through one link of ${MEGABITS} Mbit/s`, async (t) => {
  if (!requires(t, 'root', 'ip', 'tc', 'mkfs.ext4', 'sfdisk')) return;
  const fleet = await openFleet(t, {
    clients: CLIENTS,
    megabits: MEGABITS,
    congestion: NACRE_CONGESTION,
    diskMib: 64,
    fill: (folder) =>
      writeFile(path.join(folder, 'content'), new Noise('fleet').bytes(CONTENT_MIB * MIB)),
  });
  const report = await fleet.image();
  const { each, seconds, sentBytes, serverCpuSeconds, serverPeakBytes } = report;
  t.is(each.length, CLIENTS);
  const share = sentBytes / (LINK_BYTES * seconds);
  t.log(`${seconds.toFixed(1)} s, ${(100 * share).toFixed(0)} % of the link`);
  t.log(`fastest ${each[0]?.toFixed(1)} s, slowest ${each.at(-1)?.toFixed(1)} s`);
  t.log(`each ${each.map((one) => one.toFixed(1)).join(' ')}`);
  const lastAnswer = Math.max(...report.answered);
  t.log(`orders after ${Math.min(...report.answered).toFixed(1)} to ${lastAnswer.toFixed(1)} s`);
  t.log(`of the link, second by second, in %: ${bySecond(report.sent).join(' ')}`);
  t.log(
    `of packets ${percent(report.droppedShare)} dropped, of segments ${percent(report.resentShare)} sent again`,
  );
  t.log(`machines ${report.clientCpuSeconds.toFixed(1)} CPU s, idle ${percent(report.idleShare)}`);
  t.log(`server ${serverCpuSeconds.toFixed(1)} CPU s, ${(serverPeakBytes / MIB).toFixed(0)} MiB`);
  const [first = '', ...others] = fleet.disks;
  const verified = await nacre(['image', 'verify', 'os', first, '--store', 'store'], {
    cwd: fleet.net.folder,
  });
  t.is(verified.exitCode, 0, verified.stdout + verified.stderr);
  for (const disk of others) t.notThrows(() => execFileSync('cmp', [first, disk]));
});
