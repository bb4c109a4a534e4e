/** Merlin, started by the firmware from a disk file, up to JavaScript; nothing is handed to QEMU but the disk. */
import { readFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { BACKUP_FILES, BOOT_AGENT_FILES } from '../../src/disk/boot-places.ts';
import { FIRST_BLOCK } from '../../src/disk/boot-state.ts';
import { type BootDisk, blockOf, damageFile, makeBootDisk } from '../helpers/boot-disk.ts';
import { BOOT_NEEDS, bootEnvironment } from '../helpers/boot-environment.ts';
import { documentOf, nacre } from '../helpers/nacre.ts';
import { type BootReport, bootGuest } from '../helpers/qemu.ts';
import { requires } from '../helpers/requires.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const MB = 1e6;

const boot = (disk: BootDisk, firmware: 'seabios' | 'ovmf'): Promise<BootReport> =>
  bootGuest({
    disk: disk.file,
    firmware,
    discardWrites: false,
    memoryMiB: firmware === 'ovmf' ? 512 : 192,
    timeoutMs: 400_000,
    marker: 'Merlin, the imaging environment',
    arguments: ['-device', 'i6300esb'],
  });

const has = (t: ExecutionContext, { serial }: BootReport, ...lines: readonly RegExp[]): void => {
  for (const line of lines) t.regex(serial, line);
};

test('nacre boot build gives again what pxe/build gave, and it is small enough', async (t) => {
  if (!requires(t, ...BOOT_NEEDS)) return;
  const first = JSON.parse(readFileSync(`${bootEnvironment()}/boot.json`, 'utf8'));
  const out = `${await temporaryFolder(t)}/boot`;
  const environment = { HOME: process.env['HOME'] ?? '/' };
  const run = await nacre(['boot', 'build', '--out', out, '--json'], { environment });
  t.is(run.exitCode, 0, run.stdout);
  const { folder, kernel, node, files } = documentOf(run);
  t.is(folder, out);
  t.deepEqual({ format: 1, kernel, node, files }, first);
  const sizes = new Map<string, number>(
    first.files.map((file: { name: string; sizeBytes: number }) => [file.name, file.sizeBytes]),
  );
  t.true(Number(sizes.get('base.img')) <= 3 * MB);
  t.true(Number(sizes.get('initrd.pxe')) <= 37 * MB);
});

test('a BIOS device of 192 MiB whose blocks and first Node part are garbage reaches Merlin', async (t) => {
  if (!requires(t, ...BOOT_NEEDS)) return;
  const file = `${await temporaryFolder(t)}/disk.img`;
  const disk = await makeBootDisk(file, { boot: bootEnvironment(), firmware: 'seabios' });
  await damageFile(disk, disk.agent, BOOT_AGENT_FILES.conf, 0);
  await damageFile(disk, disk.agent, BOOT_AGENT_FILES.alt, 0);
  await damageFile(disk, disk.backup, BACKUP_FILES.nodeParts[0], 2 ** 20);
  const report = await boot(disk, 'seabios');
  has(t, report, /Merlin from \(hd0,msdos1\) \(unreadable\)/, /hardware watchdog armed/);
  has(t, report, /decision block: cannot be read; written anew/, /copy 1: SHA-256 is/);
  has(t, report, /Node part: copy 2/, /started because: unreadable/);
  has(t, report, /boot decision: mode=merlin dirty=1 mt=2/, /Merlin: power off/);
  const expected = { sequence: 1, mode: 'merlin', isDirty: true, merlinTries: 2 } as const;
  t.deepEqual(await blockOf(disk), { ...FIRST_BLOCK, ...expected });
});

test('a UEFI device with a job starts Merlin and counts it', async (t) => {
  if (!requires(t, ...BOOT_NEEDS)) return;
  const file = `${await temporaryFolder(t)}/disk.img`;
  const block = { ...FIRST_BLOCK, sequence: 7, mode: 'merlin', cmdid: 'job-7' } as const;
  const disk = await makeBootDisk(file, { boot: bootEnvironment(), firmware: 'ovmf', block });
  const report = await boot(disk, 'ovmf');
  has(t, report, /Node part: copy 1/, /started because: job/, /cmdid=job-7/, /Merlin: power off/);
  has(t, report, /boot agent partition: \/dev\/vda1/, /backup partition: \/dev\/vda3/);
  t.deepEqual(await blockOf(disk), { ...block, merlinTries: 2 });
});
