/** What `npm test` has no time for: the recipe from nothing, every broken copy, every bus, the signed chain. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cp, mkdir, readFile, symlink } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { makeBootPassword } from '../../src/disk/boot-password.ts';
import { BACKUP_FILES, BOOT_AGENT_FILES } from '../../src/disk/boot-places.ts';
import {
  type BootDisk,
  type BootDiskOptions,
  blockOf,
  damageFile,
  makeBootDisk,
} from '../helpers/boot-disk.ts';
import { bootEnvironment } from '../helpers/boot-environment.ts';
import { patch } from '../helpers/disk-lab.ts';
import { nacre } from '../helpers/nacre.ts';
import { type BootOptions, bootGuest } from '../helpers/qemu.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const MIB = 2 ** 20;
const JOB = { mode: 'merlin', cmdid: 'job-7' } as const;
const MERLIN = 'Merlin, the imaging environment';

const makeDisk = async (
  t: ExecutionContext,
  options: Partial<BootDiskOptions> = {},
): Promise<BootDisk> => {
  const file = `${await temporaryFolder(t)}/disk.img`;
  const boot = bootEnvironment();
  return makeBootDisk(file, { boot, firmware: 'seabios', block: JOB, ...options });
};

const start = (disk: BootDisk, marker: string, options: Partial<BootOptions> = {}) =>
  bootGuest({
    disk: disk.file,
    discardWrites: false,
    memoryMiB: 192,
    timeoutMs: 600_000,
    marker,
    ...options,
  });

test.serial('the recipe gives the same bytes from nothing, in another folder', async (t) => {
  const first = await readFile(`${bootEnvironment()}/boot.json`, 'utf8');
  const copy = `${await temporaryFolder(t)}/a checkout elsewhere`;
  execFileSync('scripts/copy-checkout', [copy], { cwd: ROOT });
  await cp(`${ROOT}/dist`, `${copy}/dist`, { recursive: true });
  await cp(`${ROOT}/build/Release`, `${copy}/build/Release`, { recursive: true });
  await mkdir(`${copy}/.cache`);
  await symlink(`${ROOT}/.cache/packages`, `${copy}/.cache/packages`);
  execFileSync(`${copy}/pxe/build`, [`${copy}/out`], { cwd: copy });
  t.is(await readFile(`${copy}/out/boot.json`, 'utf8'), first);
});

test.serial(
  'without a whole Node part the rescue is stored, and the next start is iPXE',
  async (t) => {
    const disk = await makeDisk(t);
    for (const file of BACKUP_FILES.nodeParts) await damageFile(disk, disk.backup, file, 3 * MIB);
    const first = await start(disk, 'Nacre: Merlin from');
    t.regex(first.serial, /PROBLEM: Merlin's Node part cannot be read/);
    t.regex(first.serial, /stored mode=rescue/);
    t.like(await blockOf(disk), { mode: 'rescue', merlinTries: 2, cmdid: 'job-7' });
    const second = await start(disk, 'Nacre: looking for help on the network', {
      untilMarker: true,
    });
    t.notRegex(second.serial, /Merlin from/);
    t.like(await blockOf(disk), { mode: 'rescue', merlinTries: 1 });
  },
);

test.serial(
  'a machine with too little memory says how much it needs, and asks nobody else',
  async (t) => {
    const disk = await makeDisk(t);
    const marker = 'Nacre: Merlin from';
    const { serial } = await start(disk, marker, { memoryMiB: 112 });
    t.regex(serial, /PROBLEM: this machine has too little memory for Merlin/);
    t.regex(serial, /why: {2}it needs \d+ MiB of free memory, there are \d+/);
    const { status, mode, merlinTries } = (await blockOf(disk)) ?? {};
    t.deepEqual([status, mode, merlinTries], ['failed:MERLIN_MEMORY', 'merlin', 2]);
  },
);

for (const file of [BOOT_AGENT_FILES.kernel, BOOT_AGENT_FILES.base])
  test.serial(`a damaged ${file} is passed over for the backup partition's`, async (t) => {
    const disk = await makeDisk(t);
    await damageFile(disk, disk.agent, file, MIB);
    const { serial } = await start(disk, MERLIN);
    t.regex(serial, /Nacre: Merlin from \(hd0,msdos3\)\/merlin \(job\)/);
  });

test.serial('an OS that cannot be loaded is a job for Merlin, stored', async (t) => {
  const disk = await makeDisk(t, { block: { osTries: 2 } });
  patch(disk.file, disk.os.startBytes, Buffer.alloc(512));
  const { serial } = await start(disk, MERLIN);
  t.regex(serial, /started because: os-missing/);
  t.regex(serial, /boot decision: mode=merlin dirty=0 mt=2/);
  t.like(await blockOf(disk), { mode: 'os', osTries: 3, merlinTries: 3, status: 'repaired' });
});

test.serial(
  'when Merlin has failed and the OS is half written, a screen says what to do',
  async (t) => {
    const disk = await makeDisk(t, { block: { ...JOB, isDirty: true, merlinTries: 0 } });
    const { serial } = await start(disk, 'What to do:', { untilMarker: true });
    t.regex(serial, /nothing more to start \(merlin-failed\)/);
    t.like(await blockOf(disk), { merlinTries: 0, isDirty: true });
  },
);

const BUSES: Readonly<Record<string, readonly string[]>> = {
  ahci: ['-device', 'ahci,id=ahci', '-device', 'ide-hd,drive=disk,bus=ahci.0'],
  nvme: ['-device', 'nvme,drive=disk,serial=nacre'],
  usb: ['-device', 'qemu-xhci', '-device', 'usb-storage,drive=disk'],
  sd: ['-device', 'sdhci-pci', '-device', 'sd-card,drive=disk'],
};

for (const [name, device] of Object.entries(BUSES))
  test.serial(`a disk on ${name} is found by its content`, async (t) => {
    const { serial } = await start(await makeDisk(t), MERLIN, { device });
    t.regex(serial, /boot agent partition: \/dev\/\w*1, backup partition: \/dev\/\w*3/);
  });

test.serial("the watchdog of Intel's chipsets is found and armed", async (t) => {
  const { serial } = await start(await makeDisk(t), MERLIN, {
    // A board with that watchdog, whose firmware lets it start the machine again.
    arguments: ['-machine', 'q35', '-global', 'ICH9-LPC.noreboot=off'],
  });
  t.regex(serial, /hardware watchdog armed, 60 s/);
});

/** Esc, then one entry down, to "Merlin". */
const OPEN_MENU = [
  ['Nacre: Esc for the menu', '\u001b'],
  ['Operating system', '\u000e\r'],
] as const;

test.serial('the menu without a password leads to Merlin, which is told so', async (t) => {
  const disk = await makeDisk(t);
  const { serial } = await start(disk, MERLIN, { keys: OPEN_MENU });
  t.regex(serial, /Nacre: Merlin from \(hd0,msdos1\) \(menu\)/);
  t.regex(serial, /started because: menu/);
  // A start by hand is not counted.
  t.like(await blockOf(disk), { ...JOB, merlinTries: 3 });
});

test.serial('Merlin speaks the language that the device was given', async (t) => {
  const disk = await makeDisk(t, { merlinArguments: 'nacre.lang=ja nacre.end=power-off' });
  const { serial } = await start(disk, 'Nacre の復元環境 Merlin');
  t.regex(serial, /起動理由: job/);
});

test.serial('the menu asks for the password that the administrator set', async (t) => {
  const disk = await makeDisk(t, { password: await makeBootPassword('right') });
  const keys = [
    ...OPEN_MENU,
    ['Enter username:', 'admin\r'],
    ['Enter password:', 'right\r'],
  ] as const;
  const started = 'Nacre: Merlin from (hd0,msdos1) (menu)';
  const allowed = await start(disk, started, { keys, untilMarker: true });
  t.regex(allowed.serial, /Enter password/);
  const wrong = [
    ...OPEN_MENU,
    ['Enter username:', 'admin\r'],
    ['Enter password:', 'wrong\r'],
  ] as const;
  const refused = await start(disk, 'error: access denied', { keys: wrong, untilMarker: true });
  t.notRegex(refused.serial, /Merlin from/);
});

test.serial("with Secure Boot Debian's signed chain starts Merlin", async (t) => {
  const disk = await makeDisk(t, { firmware: 'ovmf', chain: 'signed' });
  const { serial } = await start(disk, MERLIN, { firmware: 'ovmf-secure', memoryMiB: 512 });
  t.regex(serial, /started because: job/);
  t.regex(serial, /boot decision: mode=merlin dirty=0 mt=2/);
  t.like(await blockOf(disk), { mode: 'os', isDirty: false, status: '0', merlinTries: 3 });
});

for (const firmware of ['seabios', 'ovmf-secure'] as const) {
  test.serial(`a disc starts Merlin under ${firmware}`, async (t) => {
    const folder = await temporaryFolder(t);
    const environment = { NACRE_BOOT: bootEnvironment() };
    const run = await nacre(['boot', 'media', '--iso', 'disc.iso'], { cwd: folder, environment });
    t.is(run.exitCode, 0, run.stdout + run.stderr);
    const device = ['-device', 'ahci,id=ahci', '-device', 'ide-cd,drive=disk,bus=ahci.0'];
    const options = { disk: `${folder}/disc.iso`, device, firmware, timeoutMs: 600_000 };
    const { serial } = await bootGuest({ ...options, memoryMiB: 512, marker: MERLIN });
    t.regex(serial, /started because: medium/);
  });

  test.serial(`a USB medium starts Merlin under ${firmware}`, async (t) => {
    const folder = await temporaryFolder(t);
    const environment = { NACRE_BOOT: bootEnvironment() };
    const run = await nacre(['boot', 'media', '--usb', 'usb.img'], { cwd: folder, environment });
    t.is(run.exitCode, 0, run.stdout + run.stderr);
    const device = ['-device', 'qemu-xhci', '-device', 'usb-storage,drive=disk'];
    const options = { disk: `${folder}/usb.img`, device, firmware, timeoutMs: 600_000 };
    const { serial } = await bootGuest({ ...options, memoryMiB: 512, marker: MERLIN });
    t.regex(serial, /started because: medium/);
    t.regex(serial, /Node part: initrd/);
  });
}

test.serial(
  'a disk that fails in the middle of a repair is named, and the OS never starts',
  async (t) => {
    const disk = await makeDisk(t);
    patch(disk.file, disk.os.startBytes, randomBytes(2 * MIB));
    const failingSector = disk.os.startBytes / 512 + 8;
    const { serial } = await start(disk, MERLIN, { failingSector });
    const failure = /IMAGE_TARGET_IO\): cannot write (\d+) bytes .* disk offset (\d+) /;
    const [length = 0, offset = 0] = failure.exec(serial)?.slice(1).map(Number) ?? [];
    // Blocks that lie one behind the other are written together.
    t.true(offset <= failingSector * 512 && failingSector * 512 < offset + length, serial);
    t.like(await blockOf(disk), {
      mode: 'merlin',
      isDirty: true,
      status: 'failed:IMAGE_TARGET_IO',
    });
  },
);
