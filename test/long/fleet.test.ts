/** Many machines at once: each gets the whole image, and the server knows of each. */
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { openFleet } from '../helpers/fleet.ts';
import { nacre } from '../helpers/nacre.ts';
import { Noise } from '../helpers/noise.ts';
import { requires } from '../helpers/requires.ts';

const CLIENTS = 32;
const MIB = 2 ** 20;
const CONTENT_MIB = 24;

test('32 machines pull one image at once through one link of 250 Mbit/s', async (t) => {
  if (!requires(t, 'root', 'ip', 'tc', 'mkfs.ext4', 'sfdisk')) return;
  const fleet = await openFleet(t, {
    clients: CLIENTS,
    megabits: 250,
    diskMib: 64,
    fill: (folder) =>
      writeFile(path.join(folder, 'content'), new Noise('fleet').bytes(CONTENT_MIB * MIB)),
  });
  const { each, seconds, sentBytes, serverCpuSeconds, serverPeakBytes } = await fleet.image();
  t.is(each.length, CLIENTS);
  const share = (sentBytes * 8) / (250e6 * seconds);
  t.log(`${seconds.toFixed(1)} s, ${(100 * share).toFixed(0)} % of the link`);
  t.log(`fastest ${each[0]?.toFixed(1)} s, slowest ${each.at(-1)?.toFixed(1)} s`);
  t.log(`server ${serverCpuSeconds.toFixed(1)} CPU s, ${(serverPeakBytes / MIB).toFixed(0)} MiB`);
  const [first = '', ...others] = fleet.disks;
  const verified = await nacre(['image', 'verify', 'os', first, '--store', 'store'], {
    cwd: fleet.net.folder,
  });
  t.is(verified.exitCode, 0, verified.stdout + verified.stderr);
  for (const disk of others) t.notThrows(() => execFileSync('cmp', [first, disk]));
});
