/**
 * A device that images and repairs itself without a network: made from an image, started by its firmware, filled by its own OS,
 * imaged by Merlin, destroyed, repaired. `device.ts`; works in .cache/demo, where the serial logs and the screen stay.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { open, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fs from 'fs-extra';
import { formatBytes } from '../../src/cli/format.ts';
import { bootEnvironment } from '../helpers/boot-environment.ts';
import { type BootReport, bootGuest } from '../helpers/qemu.ts';
import { deviceHardware, makeOs, makeStoreDisk } from '../helpers/story.ts';
import { emptyFile } from '../helpers/volumes.ts';
import { nacreDocument, numberOf, Story } from './story.ts';

const MIB = 2 ** 20;
const DEVICE_MIB = 1536;
const NOISE_MIB = 64;
/** Merlin's first line with a bar: something to see. */
const AT_WORK = 'restore  [';

const folder = path.resolve(import.meta.dirname, '../../.cache/demo');
const store = 'store';
const device = 'device.img';
const story = new Story((text) => process.stdout.write(text));

const valuesOf = ({ serial }: BootReport, key: string): readonly string[] =>
  [...serial.matchAll(new RegExp(`^NACRE-GUEST ${key} (.*?) *\\r?$`, 'gm'))].map(
    ([, value = '']) => value,
  );

/** Starts the device at its firmware and waits until its OS has powered it off; the log stays. */
const start = async (log: string, screen?: string): Promise<BootReport> => {
  const report = await bootGuest({
    disk: device,
    discardWrites: false,
    memoryMiB: 512,
    timeoutMs: 600_000,
    reboots: true,
    arguments: deviceHardware('store.img'),
    screenshot: screen === undefined ? undefined : { after: AT_WORK, file: screen },
  });
  await writeFile(log, report.serial);
  return report;
};

const capture = async (version: 'v1' | 'v2'): Promise<{ used: number; stored: number }> => {
  makeOs('bios', version, 'os.img');
  const captured = await nacreDocument(store, 'image', 'capture', 'os.img', 'os');
  return { used: numberOf(captured, 'usedBytes'), stored: numberOf(captured, 'storedBytes') };
};

await fs.emptyDir(folder);
process.chdir(folder);
const boot = bootEnvironment();

await story.step('Capture the OS of a PC', async () => {
  const { used, stored } = await capture('v1');
  return { bytes: used, outcome: `${formatBytes(used)} used, ${formatBytes(stored)} stored` };
});

await story.step('Make a disk that repairs itself', async () => {
  emptyFile(device, DEVICE_MIB);
  const words = ['disk', 'apply', 'os', device, '--layout', 'wes7', '--unsigned'];
  const made = await nacreDocument(store, ...words, '--boot', boot, '--yes', device);
  const roles = (made['partitions'] as readonly { role: string }[]).map(({ role }) => role);
  const written = numberOf(made, 'writtenBytes');
  return { bytes: written, outcome: `${roles.join(', ')}: written and read back` };
});

await story.step('Give it a host name to keep', async () => {
  await writeFile('host', 'till-7\n');
  await writeFile('keep.json', JSON.stringify([{ path: 'etc/hostname', from: 'host' }]));
  const words = ['backup', 'keep', device, '--from', 'keep.json', '--yes', device];
  await nacreDocument(store, ...words);
  return { outcome: 'till-7, in whatever OS is made on it' };
});

await story.step('Capture a newer version of the OS', async () => {
  const { used, stored } = await capture('v2');
  makeStoreDisk(folder);
  return { bytes: used, outcome: `only what is new is stored: ${formatBytes(stored)}` };
});

await story.step('Start it: its OS fetches the newer version, Merlin images it', async () => {
  const report = await start('first-start.log', 'merlin.png');
  assert.deepEqual(valuesOf(report, 'version'), ['v1', 'v2']);
  assert.deepEqual(valuesOf(report, 'host'), ['guest', 'till-7']);
  const [, result] = valuesOf(report, 'result');
  assert.deepEqual(JSON.parse(result ?? ''), { cmdid: 'job-7', status: '0' });
  return { outcome: 'v1 ran, filled, handed over; v2 runs as till-7, and job-7 ended with 0' };
});

await story.step('Destroy its OS', async () => {
  const shown = (await nacreDocument(store, 'disk', 'show', device))['disks'] as readonly {
    readonly partitions: readonly { readonly number: number; readonly startBytes: number }[];
  }[];
  const os = shown[0]?.partitions.find(({ number }) => number === 2);
  await using disk = await open(device, 'r+');
  for (let at = 0; at < NOISE_MIB; at++)
    await disk.write(randomBytes(MIB), 0, MIB, (os?.startBytes ?? 0) + at * MIB);
  return { outcome: `${NOISE_MIB} MiB of noise over the start of its file system` };
});

await story.step('Start it: it repairs itself', async () => {
  const report = await start('second-start.log');
  assert.match(report.serial, /Merlin from .*\(os-missing\)/);
  assert.deepEqual(valuesOf(report, 'version'), ['v2']);
  const [result] = valuesOf(report, 'result');
  assert.deepEqual(JSON.parse(result ?? ''), { cmdid: '', status: 'repaired' });
  return { outcome: 'GRUB found no OS, Merlin made it whole, v2 runs as till-7' };
});

await rm('os.img');
const { size } = await stat('merlin.png');
assert.ok(size > 0);
process.stdout.write(`\n${story.table()}\nThe device repaired itself. No network was there.\n`);
process.stdout.write('Serial logs and a screen of Merlin at work: .cache/demo\n');
