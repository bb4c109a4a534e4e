/** Write caches of real kernels: read by our own code, dropped and kept by our rules, and cut while they are written. */
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { mergeWriteCache } from '../../src/image/write-cache/merge-write-cache.ts';
import { readWriteCache, setWriteCacheMode } from '../../src/image/write-cache/read-write-cache.ts';
import { makeNoiseDisk } from '../helpers/disk-file.ts';
import { argumentsFor, type BootReport, bootGuest } from '../helpers/qemu.ts';
import { Random } from '../helpers/random.ts';
import { requires } from '../helpers/requires.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import {
  baseBytesOf,
  composedOf,
  makeWriteCacheDisk,
  putBytes,
  type WriteCacheDisk,
  type WriteCacheDiskOptions,
} from '../helpers/write-cache-disk.ts';
import {
  makeWriteCacheGuest,
  WRITE_CACHE_GUEST_NEEDS,
  type WriteCacheGuest,
  workInGuest,
  workOptions,
} from '../helpers/write-cache-guest.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const KILLS = Number(process.env['NACRE_KILLS'] ?? 30);

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

interface Lab {
  readonly guest: WriteCacheGuest;
  readonly disk: WriteCacheDisk;
}

const makeLab = async (t: ExecutionContext, options: WriteCacheDiskOptions): Promise<Lab> => {
  const folder = await temporaryFolder(t);
  const disk = makeWriteCacheDisk(path.join(folder, 'disk.img'), options);
  return { guest: makeWriteCacheGuest(folder), disk };
};

interface Debian {
  readonly disk: WriteCacheDisk;
  /** Folder with what QEMU starts. */
  readonly files: string;
}

/** A disk in restore mode, whose OS partition is a Debian. */
const makeDebian = async (t: ExecutionContext): Promise<Debian> => {
  const program = 'test/fixtures/write-cache-guest/make-debian';
  const files = execFileSync(program, { cwd: ROOT, encoding: 'utf8' }).trim();
  const root = readFileSync(path.join(ROOT, files, 'root.img'));
  const file = path.join(await temporaryFolder(t), 'disk.img');
  const baseSectors = root.length / 512;
  const disk = makeWriteCacheDisk(file, { baseSectors, cacheMib: 65, mode: 'restore' });
  putBytes(file, disk.base.start, root);
  return { disk, files: path.join(ROOT, files) };
};

const bootDebian = (files: string, { file }: WriteCacheDisk): Promise<BootReport> =>
  bootGuest({
    ...{ disk: file, discardWrites: false, memoryMiB: 512, timeoutMs: 400_000 },
    arguments: [
      ...['-kernel', path.join(files, 'vmlinuz'), '-initrd', path.join(files, 'initrd.img')],
      ...['-append', 'root=LABEL=debian-root ro console=ttyS0,115200 panic=-1'],
    ],
  });

/** An empty ext4 as the OS partition. */
const makeExtLab = async (t: ExecutionContext, options: WriteCacheDiskOptions): Promise<Lab> => {
  const lab = await makeLab(t, options);
  const { file, base } = lab.disk;
  const words = ['-q', '-t', 'ext4', '-E', `offset=${base.start}`, file, `${base.bytes / 1024}k`];
  execFileSync('mke2fs', words);
  return lab;
};

// Several areas each: 256 exceptions an area with 4 KiB, 4096 with 64 KiB.
for (const { chunkKib, pieces, baseMib, cacheMib } of [
  { chunkKib: 4, pieces: 60, baseMib: 9, cacheMib: 16 },
  { chunkKib: 64, pieces: 4300, baseMib: 280, cacheMib: 300 },
]) {
  test.serial(
    `a store of a kernel with chunks of ${chunkKib} KiB, read by our code, gives what the kernel shows`,
    async (t) => {
      if (!requires(t, ...WRITE_CACHE_GUEST_NEEDS)) return;
      t.timeout(900_000);
      const baseSectors = baseMib * 2048 + 3;
      const { guest, disk } = await makeLab(t, {
        baseSectors,
        cacheMib,
        chunkBytes: chunkKib * 1024,
      });
      const noise = `${disk.file}.noise`;
      await makeNoiseDisk(noise, disk.base.bytes, disk.base.bytes);
      putBytes(disk.file, disk.base.start, readFileSync(noise));
      const before = sha256(baseBytesOf(disk));
      const report = await workInGuest(guest, disk, 'noise', pieces);
      t.is(report.values.get('node'), '/dev/dm-2');
      const facts = await readWriteCache({ path: disk.file });
      const perArea = (chunkKib * 1024) / 16;
      t.true(Number(facts?.changedChunks) > perArea, `${facts?.changedChunks} chunks`);
      t.like(facts, { chunkBytes: chunkKib * 1024, overflowed: false, mode: 'non-restore' });
      const whole = composedOf(disk);
      t.is(report.values.get('view'), sha256(whole));
      t.is(sha256(baseBytesOf(disk)), before);
      t.is((await workInGuest(guest, disk, 'view')).values.get('view'), report.values.get('view'));
      await mergeWriteCache({ path: disk.file });
      t.true(baseBytesOf(disk).equals(whole));
      const after = await workInGuest(guest, disk, 'view');
      t.is(after.values.get('view'), report.values.get('view'));
      t.like(await readWriteCache({ path: disk.file }), { changedChunks: 0, overflowed: false });
      t.log(`${facts?.changedChunks} changed chunks, ${facts?.usedBytes} bytes used`);
    },
  );
}

test.serial(
  'restore mode leaves the base as it was over three starts, and non-restore mode keeps what was written',
  async (t) => {
    if (!requires(t, ...WRITE_CACHE_GUEST_NEEDS)) return;
    t.timeout(900_000);
    const { guest, disk } = await makeExtLab(t, {
      baseSectors: 64 * 2048,
      cacheMib: 33,
      mode: 'restore',
    });
    const before = sha256(baseBytesOf(disk));
    for (let start = 0; start < 3; start++) {
      t.is((await workInGuest(guest, disk, 'count')).values.get('count'), '1');
      t.true(Number((await readWriteCache({ path: disk.file }))?.changedChunks) > 40);
      t.is(sha256(baseBytesOf(disk)), before);
    }
    await setWriteCacheMode({ path: disk.file }, 'non-restore');
    // What the last start in restore mode wrote is kept from here on.
    for (const count of ['2', '3'])
      t.is((await workInGuest(guest, disk, 'count')).values.get('count'), count);
    t.is(sha256(baseBytesOf(disk)), before);
    await setWriteCacheMode({ path: disk.file }, 'restore');
    t.is((await workInGuest(guest, disk, 'count')).values.get('count'), '1');
    t.is(sha256(baseBytesOf(disk)), before);
  },
);

test.serial(
  'a write cache that is full is told from the disk, starts again, and is whole again in restore mode',
  async (t) => {
    if (!requires(t, ...WRITE_CACHE_GUEST_NEEDS)) return;
    t.timeout(900_000);
    const { guest, disk } = await makeExtLab(t, { baseSectors: 96 * 2048, cacheMib: 17 });
    const before = sha256(baseBytesOf(disk));
    const written = Number((await workInGuest(guest, disk, 'fill')).values.get('written'));
    t.true(written > 4 && written < 16, `${written} MiB were taken`);
    const full = { overflowed: true, problem: 'full', mode: 'non-restore' } as const;
    t.like(await readWriteCache({ path: disk.file }), full);
    await t.throwsAsync(mergeWriteCache({ path: disk.file }), { code: 'WRITE_CACHE_NOT_WHOLE' });
    const again = await workInGuest(guest, disk, 'count');
    t.log(
      again.serial
        .split('\n')
        .filter((line) => /NACRE|ext4|EXT4|writecache/i.test(line))
        .join('\n'),
    );
    t.is(again.values.get('node'), '/dev/dm-2');
    t.like(await readWriteCache({ path: disk.file }), full);
    await setWriteCacheMode({ path: disk.file }, 'restore');
    t.is((await workInGuest(guest, disk, 'count')).values.get('count'), '1');
    t.like(await readWriteCache({ path: disk.file }), { overflowed: false, problem: undefined });
    t.is(sha256(baseBytesOf(disk)), before);
  },
);

/** Starts the guest to write, and kills it some time after its first check. @returns its serial line */
const killWhileWriting = (lab: Lab, from: number, afterMs: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const words = argumentsFor(workOptions(lab.guest, lab.disk, 'write', from));
    const child = spawn('qemu-system-x86_64', words, { stdio: ['ignore', 'pipe', 'inherit'] });
    const kill = (): boolean => child.kill('SIGKILL');
    const tooLate = setTimeout(kill, 240_000);
    let serial = '';
    let isTimed = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      serial += text;
      if (isTimed || !serial.includes('NACRE-GUEST checked')) return;
      isTimed = true;
      setTimeout(kill, afterMs);
    });
    child.once('error', reject);
    child.once('close', () => {
      clearTimeout(tooLate);
      resolve(serial);
    });
  });

test.serial(
  `kill -9 of a guest at ${KILLS} random moments loses no acknowledged write`,
  async (t) => {
    if (!requires(t, ...WRITE_CACHE_GUEST_NEEDS)) return;
    t.timeout(3_600_000);
    const lab = await makeExtLab(t, { baseSectors: 128 * 2048, cacheMib: 129 });
    const before = sha256(baseBytesOf(lab.disk));
    const random = new Random(Number(process.env['NACRE_SEED'] ?? Date.now() % 2 ** 31));
    let acknowledged = 0;
    for (let kill = 0; kill <= KILLS; kill++) {
      const serial = await killWhileWriting(lab, acknowledged, 50 + random.below(4000));
      const checked = /NACRE-GUEST checked (\d+) wrong=(\w+)/.exec(serial);
      t.deepEqual(
        [checked?.[1], checked?.[2]],
        [`${acknowledged}`, 'none'],
        `kill ${kill}: ${serial.slice(-2000)}`,
      );
      const acks = [...serial.matchAll(/NACRE-GUEST ack (\d+)\r?\n/g)].map(([, number]) =>
        Number(number),
      );
      acknowledged = (acks.at(-1) ?? acknowledged - 1) + 1;
      t.like(await readWriteCache({ path: lab.disk.file }), { overflowed: false });
    }
    t.is(sha256(baseBytesOf(lab.disk)), before);
    t.true(acknowledged > KILLS, `${acknowledged} files`);
    t.log(`${acknowledged} files of 8 KiB were acknowledged and found`);
  },
);

test.serial(
  'a Debian whose own initramfs-tools took the package starts over its write cache, and without one as before',
  async (t) => {
    if (!requires(t, ...WRITE_CACHE_GUEST_NEEDS, 'root', 'debootstrap')) return;
    t.timeout(1_800_000);
    const { disk, files } = await makeDebian(t);
    const start = async () => (await bootDebian(files, disk)).values;
    const before = sha256(baseBytesOf(disk));
    for (let count = 0; count < 2; count++) {
      const values = await start();
      t.deepEqual([values.get('count'), values.get('root')], ['1', '/dev/dm-2']);
      t.deepEqual(
        ['dm-0', 'dm-1', 'dm-2'].map((name) => values.get(name)),
        ['nacre-mode', 'nacre-store', 'nacre-root'],
      );
      t.is(sha256(baseBytesOf(disk)), before);
    }
    await setWriteCacheMode({ path: disk.file }, 'non-restore');
    t.is((await start()).get('count'), '2');
    t.is(sha256(baseBytesOf(disk)), before);
    await mergeWriteCache({ path: disk.file });
    // Without a record there is no write cache: the count in the OS partition itself goes on.
    putBytes(disk.file, disk.cache.start + disk.record.storeBytes, Buffer.alloc(2 ** 20));
    const direct = await start();
    t.deepEqual([direct.get('count'), direct.get('root')], ['3', '/dev/vda1']);
    t.not(sha256(baseBytesOf(disk)), before);
  },
);
