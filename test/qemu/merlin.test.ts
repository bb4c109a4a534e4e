/** Devices that image and repair themselves, started by the firmware from a disk file; nothing else is handed to QEMU. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { BACKUP_FILES, BOOT_AGENT_FILES } from '../../src/disk/boot-places.ts';
import { type BootDisk, blockOf, damageFile, makeBootDisk, OS_SAYS } from '../helpers/boot-disk.ts';
import { BOOT_NEEDS, bootEnvironment } from '../helpers/boot-environment.ts';
import { patch, peek } from '../helpers/disk-lab.ts';
import { documentOf, nacre } from '../helpers/nacre.ts';
import { type BootOptions, type BootReport, bootGuest } from '../helpers/qemu.ts';
import { requires } from '../helpers/requires.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const MB = 1e6;

/** The boot file of NTFS. */
const BOOT_FILE_BYTES = 8192;

const boot = (disk: BootDisk, options: Partial<BootOptions>): Promise<BootReport> =>
  bootGuest({
    disk: disk.file,
    discardWrites: false,
    memoryMiB: 192,
    timeoutMs: 400_000,
    marker: 'Merlin, the imaging environment',
    // A device whose battery is empty: its clock says 1970.
    arguments: ['-device', 'i6300esb', '-rtc', 'base=1970-01-01'],
    ...options,
  });

const has = (t: ExecutionContext, { serial }: BootReport, ...lines: readonly RegExp[]): void => {
  for (const line of lines) t.regex(serial, line);
};

test('nacre boot build gives what pxe/build gave, and it is small enough', async (t) => {
  if (!requires(t, ...BOOT_NEEDS)) return;
  const folder = bootEnvironment();
  const first = JSON.parse(readFileSync(`${folder}/boot.json`, 'utf8'));
  const environment = { HOME: process.env['HOME'] ?? '/' };
  // Nothing has changed since: test/long/boot.test.ts builds it from nothing, in another folder.
  const run = await nacre(['boot', 'build', '--out', folder, '--json'], { environment });
  t.is(run.exitCode, 0, run.stdout);
  const { kernel, node, files, memoryBytes, seconds } = documentOf(run);
  t.true(Number(memoryBytes) < 128 * 2 ** 20);
  t.true(Number(seconds) > 0);
  t.deepEqual({ format: 1, kernel, node, files }, first);
  const sizes = new Map<string, number>(
    first.files.map((file: { name: string; sizeBytes: number }) => [file.name, file.sizeBytes]),
  );
  t.true(Number(sizes.get('base.img')) <= 3 * MB);
  t.true(Number(sizes.get('initrd.pxe')) <= 37 * MB);
});

test('a BIOS device of 192 MiB with a destroyed OS, garbage for blocks and a damaged Node part repairs itself and starts its OS', async (t) => {
  if (!requires(t, ...BOOT_NEEDS)) return;
  const file = `${await temporaryFolder(t)}/disk.img`;
  const options = { boot: bootEnvironment(), firmware: 'seabios', restarts: true } as const;
  const disk = await makeBootDisk(file, options);
  const whole = peek(file, disk.os.startBytes, BOOT_FILE_BYTES);
  patch(file, disk.os.startBytes, randomBytes(8 * 2 ** 20));
  await damageFile(disk, disk.agent, BOOT_AGENT_FILES.conf, 0);
  await damageFile(disk, disk.agent, BOOT_AGENT_FILES.alt, 0);
  await damageFile(disk, disk.backup, BACKUP_FILES.nodeParts[0], 2 ** 20);
  const report = await boot(disk, { marker: OS_SAYS, untilMarker: true, reboots: true });
  has(t, report, /Merlin from \(hd0,msdos1\) \(unreadable\)/, /hardware watchdog armed/);
  has(t, report, /decision block: cannot be read; written anew/, /copy 1: BLAKE3 is/);
  has(t, report, /Node part: copy 2/, /started because: unreadable/);
  has(t, report, /boot decision: mode=merlin dirty=1 mt=2/, /repaired from os@[0-9a-f]{8}: /);
  t.true(peek(file, disk.os.startBytes, BOOT_FILE_BYTES).equals(whole));
  t.like(await blockOf(disk), { mode: 'os', isDirty: false, merlinTries: 3, status: 'repaired' });
});

test('a UEFI device with a job images itself, counts the start and says what came of it', async (t) => {
  if (!requires(t, ...BOOT_NEEDS)) return;
  const file = `${await temporaryFolder(t)}/disk.img`;
  const block = { mode: 'merlin', cmdid: 'job-7', osTries: 3 } as const;
  const disk = await makeBootDisk(file, { boot: bootEnvironment(), firmware: 'ovmf', block });
  const report = await boot(disk, { firmware: 'ovmf', memoryMiB: 512 });
  has(t, report, /Node part: copy 1/, /started because: job/, /cmdid=job-7/, /Merlin: power off/);
  has(t, report, /boot agent partition: \/dev\/vda1/, /backup partition: \/dev\/vda4/);
  has(t, report, /boot decision: mode=merlin dirty=0 mt=2/, /repaired from os@[0-9a-f]{8}: /);
  const end = { mode: 'os', isDirty: false, merlinTries: 3, osTries: 3, status: '0' } as const;
  t.like(await blockOf(disk), { ...end, cmdid: 'job-7' });
});
