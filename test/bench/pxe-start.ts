/** `npm run bench -- pxe start`: seconds from power-on to Merlin's first line, from the network and from a disk. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Column, formatTable } from '../../src/cli/format.ts';
import { makeBootDisk } from '../helpers/boot-disk.ts';
import { bootEnvironment } from '../helpers/boot-environment.ts';
import type { GuestFirmware } from '../helpers/network-guest.ts';
import { MERLIN_SAYS, startFromNetwork } from '../helpers/network-start.ts';
import { bootGuest } from '../helpers/qemu.ts';
import { type Owner, temporaryFolder } from '../helpers/temporary-folder.ts';
import { median } from './measure.ts';
import { withOwner } from './owner.ts';
import { commandLine, machineLine, markdown, writeSection } from './report.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '1' } } });
const rounds = Number(values.rounds);
const say = (text: string): boolean => process.stderr.write(`bench: ${text}\n`);
const LIMIT_MS = 300_000;

type Start = (owner: Owner) => Promise<number>;

/** A machine whose disk has Merlin, and says that it is to start. */
const fromDisk =
  (firmware: 'seabios' | 'ovmf'): Start =>
  async (owner) => {
    const disk = path.join(await temporaryFolder(owner), 'disk.img');
    const block = { mode: 'merlin', cmdid: 'job-7' } as const;
    await makeBootDisk(disk, { boot: bootEnvironment(), firmware, block });
    const marker = 'Merlin, the imaging environment';
    const options = { disk, firmware, marker, untilMarker: true, timeoutMs: LIMIT_MS };
    return (await bootGuest(options)).seconds;
  };

const fromNetwork =
  (firmware: GuestFirmware, more = ''): Start =>
  async (owner) => {
    const { seconds } = await startFromNetwork(
      { ...owner, log: () => undefined },
      {
        row: `action = "merlin"\n${more}`,
        addresses: 'ours',
        guest: {
          firmware,
          card: 'virtio-net-pci',
          memoryMiB: firmware === 'ovmf-http' ? 1024 : 512,
        },
        until: MERLIN_SAYS,
      },
    );
    return seconds;
  };

/** What is switched on, what Merlin comes by, and the start. */
const STARTS: readonly (readonly [machine: string, way: string, start: Start])[] = [
  ['SeaBIOS', 'disk', fromDisk('seabios')],
  ['SeaBIOS, iPXE of the card', 'HTTP', fromNetwork('seabios')],
  ['OVMF', 'disk', fromDisk('ovmf')],
  ['OVMF, PXE, then iPXE', 'iPXE by TFTP, then HTTP', fromNetwork('ovmf')],
  ['OVMF, HTTP boot', 'HTTP, one file', fromNetwork('ovmf-http')],
  ['OVMF, Secure Boot', 'TFTP alone', fromNetwork('ovmf-secure', 'secure-boot = true')],
];

const COLUMNS: readonly Column[] = [
  { title: 'machine' },
  { title: 'Merlin by' },
  { title: 'seconds to Merlin', isNumber: true },
];

const seconds = new Map<Start, number[]>();
for (let round = 0; round < rounds; round++)
  for (const [machine, way, start] of STARTS) {
    const one = await withOwner(start);
    say(`${machine}, ${way}: ${one.toFixed(1)} s`);
    seconds.set(start, [...(seconds.get(start) ?? []), one]);
  }
const rows = STARTS.map(([machine, way, start]) => [
  ...[machine, way],
  median(seconds.get(start) ?? []).toFixed(0),
]);
process.stdout.write(formatTable(COLUMNS, rows));
const notes = [commandLine('npm run bench -- pxe start', rounds), machineLine()].map(
  (line) => `* ${line}`,
);
await writeSection(
  'npm run bench -- pxe start',
  `${notes.join('\n')}\n\n${markdown(COLUMNS, rows)}`,
);
