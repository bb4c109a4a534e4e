import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openForWrite } from '../../src/disk/device.ts';
import { checkFat, type FatFormatOptions, FatVolume, formatFat } from '../../src/disk/fat.ts';
import { makeNoiseDisk } from '../helpers/disk-file.ts';
import { Noise } from '../helpers/noise.ts';
import { requires } from '../helpers/requires.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { readAt } from '../helpers/volume.ts';
import { run } from '../helpers/volumes.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

const MIB = 2 ** 20;

interface Kind extends FatFormatOptions {
  readonly sizeMib: number;
  readonly sectorSize?: 512 | 4096;
}

/** Sizes at both sides of every limit, and the volumes that layouts have. */
const KINDS: readonly Kind[] = [
  { type: 'fat12', sizeMib: 1 },
  { type: 'fat12', sizeMib: 8 },
  { type: 'fat16', sizeMib: 16, label: 'NACRE' },
  { type: 'fat16', sizeMib: 64, sectorSize: 4096 },
  { type: 'fat16', sizeMib: 511 },
  { type: 'fat32', sizeMib: 33 },
  { type: 'fat32', sizeMib: 64, label: 'ESP' },
  { type: 'fat32', sizeMib: 260, sectorSize: 4096 },
  { type: 'fat32', sizeMib: 700, label: 'BACKUP', serial: 0xcafe0001 },
  { type: 'fat16', sizeMib: 16, reservedSectors: 600 },
];

const FILES = [
  'KERNEL',
  'grub.cfg',
  'a name with blanks and.dots.txt',
  'バックアップ.img',
  'Ωmega',
];

/** More than what any of the volumes has before its clusters. */
const NOISE_MIB = 24;

/** A volume that starts 1 MiB into a file that begins with noise. */
const makeVolume = async (t: ExecutionContext, { sizeMib, sectorSize = 512, ...options }: Kind) => {
  const file = `${await temporaryFolder(t)}/disk.img`;
  await makeNoiseDisk(file, (sizeMib + 2) * MIB, Math.min(sizeMib + 2, NOISE_MIB) * MIB);
  const disk = await openForWrite(file, { sectorSize });
  t.teardown(() => disk.close());
  const window = { startBytes: MIB, sizeBytes: sizeMib * MIB };
  const geometry = await formatFat(disk, window, options);
  /** The volume as a file of its own, for tools that cannot look into a disk. */
  const volumeFile = (): string => {
    const copy = `${file}.volume`;
    execFileSync('dd', [
      `if=${file}`,
      `of=${copy}`,
      'bs=1M',
      'skip=1',
      `count=${sizeMib}`,
      'conv=sparse',
      'status=none',
    ]);
    return copy;
  };
  return { file, disk, window, geometry, volumeFile };
};

const once = (make: () => string): (() => string) => {
  let made: string | undefined;
  return () => {
    made ??= make();
    return made;
  };
};

/** GRUB's own drivers, as a program that reads volumes; looked up once. */
const grubReader = once((): string => {
  const fetch = path.join(ROOT, 'scripts/fetch-package');
  const folder = execFileSync(fetch, ['grub-common'], { cwd: ROOT, encoding: 'utf8' }).trim();
  return path.resolve(ROOT, folder, 'usr/bin/grub-fstest');
});

for (const kind of KINDS) {
  const title = `${kind.type} of ${kind.sizeMib} MiB, sectors of ${kind.sectorSize ?? 512}, ${kind.reservedSectors ?? 'few'} reserved`;
  test(`${title}: other tools find nothing to say and read every file`, async (t) => {
    if (!requires(t, 'fsck.fat', 'mtools')) return;
    const { disk, window, geometry, volumeFile } = await makeVolume(t, kind);
    t.is<string | undefined, string | undefined>(geometry.type, kind.type);
    const noise = new Noise(title);
    const contents = new Map(FILES.map((name, index) => [name, noise.bytes(index * 7001)]));
    using volume = await FatVolume.open(disk, window);
    await volume.makeFolder('Grub');
    for (const [name, bytes] of contents) {
      await volume.write(name, bytes);
      await volume.write(`Grub/${name}`, bytes);
    }
    await volume.remove('KERNEL');
    await volume.finish();
    t.deepEqual((await checkFat(disk, window)).problems, []);
    const file = volumeFile();
    t.notThrows(() => run('fsck.fat', ['-n', file]));
    t.is(readAt(file, 28, 4).readUInt32LE(), MIB / (kind.sectorSize ?? 512));
    const grub = grubReader();
    const out = `${file}.out`;
    const folder = `${file}.files`;
    mkdirSync(folder);
    run('mcopy', ['-i', file, ...FILES.map((name) => `::/Grub/${name}`), folder]);
    for (const [name, bytes] of contents) {
      t.true(readFileSync(path.join(folder, name)).equals(bytes), name);
      run(grub, [file, 'cp', `(loop0)/Grub/${name}`, out]);
      t.true(readFileSync(out).equals(bytes), `GRUB: ${name}`);
    }
  });
}

test('what other tools wrote is read, and stays when files beside it change', async (t) => {
  if (!requires(t, 'fsck.fat', 'mtools')) return;
  for (const kind of KINDS.slice(1, 3).concat(KINDS.slice(6, 7))) {
    const { disk, window, file } = await makeVolume(t, kind);
    const inside = `${file}@@${MIB}`;
    const noise = new Noise('mtools');
    const bytes = noise.bytes(100_000);
    writeFileSync(`${file}.in`, bytes);
    run('mmd', ['-i', inside, '::/Folder']);
    run('mcopy', ['-i', inside, `${file}.in`, '::/Folder/A long name.bin']);
    using volume = await FatVolume.open(disk, window);
    t.true(bytes.equals(await volume.read('folder/a LONG name.BIN')));
    await volume.write('Folder/beside', noise.bytes(50_000));
    await volume.finish();
    run('mcopy', ['-n', '-i', inside, '::/Folder/A long name.bin', `${file}.out`]);
    t.true(readFileSync(`${file}.out`).equals(bytes));
  }
});

test('a size that no geometry of the type fits is refused before anything is written', async (t) => {
  const file = `${await temporaryFolder(t)}/disk.img`;
  await makeNoiseDisk(file, 40 * MIB, 40 * MIB);
  const before = readFileSync(file);
  using disk = await openForWrite(file);
  const tooSmall = { startBytes: MIB, sizeBytes: 16 * MIB };
  await t.throwsAsync(formatFat(disk, tooSmall, { type: 'fat32' }), { code: 'FAT_SIZE_UNFIT' });
  await t.throwsAsync(formatFat(disk, tooSmall, { label: 'much too long a label' }), {
    code: 'FAT_NAME_INVALID',
  });
  t.true(readFileSync(file).equals(before));
  t.is((await formatFat(disk, tooSmall, { type: 'fat32', allowFewClusters: true })).type, 'fat32');
});
