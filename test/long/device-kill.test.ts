/** A device whose power goes at random moments of its start, of Merlin's work and of the OS's start: QEMU is killed. */
import { randomBytes } from 'node:crypto';
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { openForWrite } from '../../src/disk/device.ts';
import { FatVolume } from '../../src/disk/fat.ts';
import { type BootDisk, blockOf, makeBootDisk, OS_SAYS, setBlock } from '../helpers/boot-disk.ts';
import { BOOT_NEEDS, bootEnvironment } from '../helpers/boot-environment.ts';
import { DEVICE_PROGRAM } from '../helpers/device-cuts.ts';
import { MIB, patch, peek } from '../helpers/disk-lab.ts';
import { bootGuest, GuestError } from '../helpers/qemu.ts';
import { Random } from '../helpers/random.ts';
import { requires } from '../helpers/requires.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { recordWrites, replayCuts } from '../helpers/write-record.ts';

const KILLS = Number(process.env['NACRE_KILLS'] ?? 100);
const BOOTS = Number(process.env['NACRE_BOOTS'] ?? 50);
/** In a row: three starts of Merlin that come to nothing end at a screen, as they shall. */
const KILLS_IN_A_ROW = 2;
/** The boot file of NTFS: all of it is used. */
const BOOT_FILE_BYTES = 8192;

const options = {
  discardWrites: false,
  memoryMiB: 192,
  reboots: true,
  marker: OS_SAYS,
  untilMarker: true,
} as const;

/** Starts the device and lets it go on until its OS speaks; resolves to the seconds that took. */
const finish = async (disk: string): Promise<number> =>
  (await bootGuest({ ...options, disk, timeoutMs: 600_000 })).seconds;

/** True when the OS had spoken before the time was over. */
const runFor = async (disk: string, timeoutMs: number): Promise<boolean> => {
  try {
    await bootGuest({ ...options, disk, timeoutMs });
    return true;
  } catch (reason) {
    if (reason instanceof GuestError) return false;
    throw reason;
  }
};

const destroyOs = async (disk: BootDisk, random: Random): Promise<void> => {
  const { startBytes } = disk.os;
  patch(disk.file, startBytes, randomBytes(4 * MIB));
  for (let place = 0; place < 20; place++)
    patch(disk.file, startBytes + random.below(11 * MIB), randomBytes(4096));
  await setBlock(disk, { mode: 'merlin', isDirty: true, merlinTries: 3, status: '' });
};

/** A device of its own for each part: what went wrong is seen within minutes. */
const KILLS_OF_A_PART = 20;
const parts = Array.from({ length: Math.ceil(KILLS / KILLS_OF_A_PART) }, (_, part) => ({
  part,
  kills: Math.min(KILLS_OF_A_PART, KILLS - part * KILLS_OF_A_PART),
}));

for (const { part, kills } of parts)
  test.serial(
    `part ${part + 1}: power that goes ${kills} times leaves a device that repairs itself`,
    async (t) => {
      if (!requires(t, ...BOOT_NEEDS)) return;
      const file = `${await temporaryFolder(t)}/disk.img`;
      const boot = bootEnvironment();
      const disk = await makeBootDisk(file, { boot, firmware: 'seabios', restarts: true });
      const whole = peek(file, disk.os.startBytes, BOOT_FILE_BYTES);
      const random = new Random(20261122 + part);
      await destroyOs(disk, random);
      const seconds = await finish(file);
      let early = 0;
      for (let killed = 0; killed < kills; killed += KILLS_IN_A_ROW) {
        await destroyOs(disk, random);
        for (let kill = 0; kill < KILLS_IN_A_ROW; kill++)
          if (await runFor(file, 1000 + random.below(seconds * 1000))) early++;
        await finish(file);
        t.true(
          peek(file, disk.os.startBytes, BOOT_FILE_BYTES).equals(whole),
          `after kill ${killed}`,
        );
        t.like(await blockOf(disk), { mode: 'os', isDirty: false });
      }
      t.log(`${early} of ${kills} came after the OS had started`);
    },
  );

test.serial(`${BOOTS} states that a cut may leave, started for real`, async (t) => {
  if (!requires(t, ...BOOT_NEEDS, 'cc')) return;
  const folder = await temporaryFolder(t);
  const boot = bootEnvironment();
  const target = `${folder}/disk.img`;
  const made = await makeBootDisk(target, { boot, firmware: 'seabios', restarts: true });
  const store = path.join(folder, 'store');
  let started = 0;
  const bootSome = async (verb: string, change: () => Promise<void>, count: number) => {
    await change();
    const replay = `${folder}/replay.img`;
    copyFileSync(target, replay);
    const words = [DEVICE_PROGRAM, verb, target, store, boot, 'os'];
    const epochs = await recordWrites(folder, target, words);
    const spare = `${folder}/spare.img`;
    copyFileSync(replay, spare);
    const states = await replayCuts(spare, epochs, () => Promise.resolve());
    const chosen = new Set(
      Array.from({ length: count }, (_, index) => Math.floor((index * states) / count)),
    );
    await replayCuts(replay, epochs, async (state) => {
      if (!chosen.has(state)) return;
      copyFileSync(replay, spare);
      await t.notThrowsAsync(finish(spare), `${verb}, state ${state}`);
      started++;
    });
  };
  const noise = async (): Promise<void> => {
    patch(target, made.os.startBytes, randomBytes(6 * MIB));
    await setBlock(made, { mode: 'merlin', isDirty: true, merlinTries: 3 });
  };
  const half = Math.ceil(BOOTS / 2);
  await bootSome('repair', noise, half);
  await bootSome('arm', () => Promise.resolve(), Math.ceil(half / 2));
  // What makes a start of Merlin necessary again.
  await finish(target);
  await bootSome('apply', removeKernel(made), BOOTS - started);
  t.is(started, BOOTS);
  t.log(`${started} states started their OS`);
});

/** Another Merlin's kernel: the layout that is made again has something to replace. */
const removeKernel = (disk: BootDisk) => async (): Promise<void> => {
  using open = await openForWrite(disk.file);
  using volume = await FatVolume.open(open, disk.agent);
  await volume.remove('vmlinuz');
  await volume.finish();
};
