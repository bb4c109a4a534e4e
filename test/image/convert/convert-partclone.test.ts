import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { crc32, gzipSync } from 'node:zlib';
import test from 'ava';
import { PartcloneReader } from '../../../src/codec/partclone.ts';
import { isNacreError } from '../../../src/errors.ts';
import { missingNtfsBootCopy } from '../../../src/image/convert/convert-partclone.ts';
import { makeRawFile, type RawResult } from '../../../src/image/convert/convert-raw.ts';
import { detectImageFile } from '../../../src/image/convert/image-file.ts';
import { partcloneImage, resealHeader } from '../../helpers/partclone-image.ts';
import { makeExt4, makeFat32, makeNtfs, makeXfs, run } from '../../helpers/volumes.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'convert-partclone-'));
const inFolder = (name: string): string => path.join(folder, name);
test.after.always(() => rmSync(folder, { recursive: true }));

interface Kind {
  readonly name: string;
  readonly tool: string;
  readonly make: (file: string, sizeMib: number) => string;
  readonly sizeMib: number;
  /** Judges a volume; throws when it finds something to say. */
  readonly judge: (file: string) => string;
}

const KINDS: readonly Kind[] = [
  {
    name: 'ext4',
    tool: 'partclone.ext4',
    make: makeExt4,
    sizeMib: 40,
    judge: (file) => run('e2fsck', ['-fn', file]),
  },
  {
    name: 'NTFS',
    tool: 'partclone.ntfs',
    make: makeNtfs,
    sizeMib: 33,
    judge: (file) => run('ntfsfix', ['-n', file]),
  },
  {
    name: 'FAT32',
    tool: 'partclone.fat',
    make: makeFat32,
    sizeMib: 48,
    judge: (file) => run('fsck.fat', ['-n', file]),
  },
  {
    name: 'XFS',
    tool: 'partclone.xfs',
    make: makeXfs,
    sizeMib: 320,
    judge: (file) => run('xfs_repair', ['-n', '-f', file]),
  },
];

const clone = (kind: Kind, source: string, name: string, args: readonly string[]): string => {
  const image = inFolder(name);
  run(kind.tool, ['-c', '-C', '-q', '-L', inFolder('log'), ...args, '-s', source, '-O', image]);
  return image;
};

const convert = async (image: string, name: string): Promise<RawResult> => {
  const format = await detectImageFile(image);
  if (format === 'package') throw new TypeError('a package');
  const options = { verify: true, flush: false, mode: 0o600 } as const;
  return makeRawFile(image, format, inFolder(name), options);
};

/** True where every block that the image holds is in `volume` what it is in `source`. */
const usedBlocksAreEqual = (image: string, source: string, volume: string): boolean => {
  const [from, to] = [readFileSync(source), readFileSync(volume)];
  const reader = new PartcloneReader((bytes, previous) => crc32(bytes, previous));
  return reader.push(readFileSync(image)).every(({ offset, bytes }) => {
    const end = offset + bytes.length;
    return from.subarray(offset, end).equals(bytes) && to.subarray(offset, end).equals(bytes);
  });
};

const VARIANTS = [
  ['default', []],
  ['none', ['-a0']],
  ['each', ['-k1']],
  ['continued', ['-K', '-k7']],
] as const;

/** Compares with partclone's own restore, which leaves out the last sector of NTFS. */
const isAsRestored = (image: string, volume: string, isNtfs: boolean): boolean => {
  const restored = `${volume}.restored`;
  const ours = readFileSync(volume);
  run('truncate', ['-s', String(ours.length), restored]);
  run('partclone.restore', ['-C', '-q', '-L', inFolder('log'), '-s', image, '-O', restored]);
  const theirs = readFileSync(restored);
  rmSync(restored);
  const length = ours.length - (isNtfs ? 512 : 0);
  return ours.subarray(0, length).equals(theirs.subarray(0, length));
};

for (const kind of KINDS) {
  test.serial(`a volume of ${kind.name} comes back from its partclone image clean`, async (t) => {
    const source = kind.make(inFolder(`${kind.name}.raw`), kind.sizeMib);
    // Every run of partclone waits for a sync of the whole machine: one file system shows the variants.
    for (const [title, args] of kind.name === 'ext4' ? VARIANTS : VARIANTS.slice(0, 1)) {
      const image = clone(kind, source, `${kind.name}.${title}`, args);
      const name = `${kind.name}.${title}.out`;
      const { sizeBytes } = await convert(image, name);
      t.is(sizeBytes, statSync(source).size);
      t.true(usedBlocksAreEqual(image, source, inFolder(name)));
      if (title === 'default') t.true(isAsRestored(image, inFolder(name), kind.name === 'NTFS'));
      t.notThrows(() => kind.judge(inFolder(name)));
      rmSync(inFolder(name));
    }
  });
}

test.serial(
  'the copy of the NTFS boot sector that partclone leaves out is made again',
  async (t) => {
    const source = makeNtfs(inFolder('tail.raw'), 24);
    const image = clone(KINDS[1] as Kind, source, 'tail.image', []);
    const { warnings } = await convert(image, 'tail.out');
    t.is(warnings.length, 1);
    t.regex(warnings[0] ?? '', /boot sector at 25165312/);
    const volume = readFileSync(inFolder('tail.out'));
    t.deepEqual(volume.subarray(-512), volume.subarray(0, 512));
    t.deepEqual(volume.subarray(-512), readFileSync(source).subarray(-512));
  },
);

test('a boot sector without room for its copy, or with wild numbers, gets none', (t) => {
  const boot = Buffer.alloc(512);
  t.is(missingNtfsBootCopy(boot, 0, 1 << 20), undefined);
  boot.write('NTFS    ', 3);
  t.is(missingNtfsBootCopy(boot, 0, 1 << 20), undefined);
  boot.writeUInt16LE(512, 11);
  boot.writeBigUInt64LE(100n, 40);
  t.is(missingNtfsBootCopy(boot, 51200, 51200 + 512), 51200);
  t.is(missingNtfsBootCopy(boot, 51200, 51200 + 511), undefined);
  t.is(missingNtfsBootCopy(boot, 51201, 1 << 20), undefined);
  boot.fill(255, 40, 48);
  t.is(missingNtfsBootCopy(boot, 0, 1 << 20), undefined);
});

test.serial('a partclone image inside gzip, xz or zstd is read as well', async (t) => {
  const source = makeFat32(inFolder('packed.raw'), 36);
  const image = clone(KINDS[2] as Kind, source, 'packed.image', []);
  await convert(image, 'packed.plain');
  writeFileSync(`${image}.gz`, gzipSync(readFileSync(image), { level: 1 }));
  run('xz', ['-0', '-k', image]);
  run('zstd', ['-q', '-1', '-k', image]);
  for (const ending of ['gz', 'xz', 'zst']) {
    await convert(`${image}.${ending}`, `packed.${ending}`);
    const out = readFileSync(inFolder(`packed.${ending}`));
    t.true(out.equals(readFileSync(inFolder('packed.plain'))));
  }
});

const failure = async (bytes: Uint8Array): Promise<string> => {
  const image = inFolder('bad.image');
  writeFileSync(image, bytes);
  rmSync(inFolder('bad.out'), { force: true });
  try {
    await convert(image, 'bad.out');
    return 'none';
  } catch (error) {
    if (!isNacreError(error)) throw error;
    return error.code;
  }
};

test.serial('damage of a real image is refused wherever it is', async (t) => {
  const source = makeExt4(inFolder('damage.raw'), 16);
  const whole = readFileSync(clone(KINDS[0] as Kind, source, 'damage.image', []));
  const bitmapBytes = (16 * 1024 * 1024) / whole.readUInt32LE(84) / 8;
  const blocks = 110 + bitmapBytes + 4;
  for (const offset of [0, 40, 60, 100, 108, 112, blocks - 2, blocks + 5, whole.length - 2]) {
    const damaged = Buffer.from(whole);
    damaged[offset] = (damaged[offset] ?? 0) ^ 0x40;
    t.regex(await failure(damaged), /^(PARTCLONE_(DAMAGED|UNSUPPORTED)|CONVERT_UNKNOWN_FORMAT)$/);
  }
  for (const length of [109, 110, 111, blocks - 4, blocks - 1, blocks, whole.length - 1]) {
    t.is(await failure(whole.subarray(0, length)), 'PARTCLONE_TRUNCATED', `length ${length}`);
  }
  t.is(await failure(Buffer.concat([whole, Buffer.alloc(3)])), 'PARTCLONE_DAMAGED');
});

test.serial('an image of format 1 and one with XXH64 checksums are refused by name', async (t) => {
  const image = partcloneImage({ used: [0, 1], totalBlocks: 8, blockBytes: 512 });
  const old = Buffer.from(image);
  old.write('0001', 30);
  t.is(await failure(old), 'PARTCLONE_UNSUPPORTED');
  image.writeUInt16LE(0x30, 96);
  t.is(await failure(resealHeader(image)), 'PARTCLONE_UNSUPPORTED');
});

test.serial('a header that counts other used blocks than its bitmap is a warning', async (t) => {
  const image = partcloneImage({ used: [0, 1], totalBlocks: 8, blockBytes: 512 });
  image.writeBigUInt64LE(3n, 76);
  writeFileSync(inFolder('count.image'), resealHeader(image));
  const { warnings } = await convert(inFolder('count.image'), 'count.out');
  t.regex(warnings[0] ?? '', /counts 3 used blocks, the bitmap has 2/);
});
