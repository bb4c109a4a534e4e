import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { isNacreError } from '../../../src/errors.ts';
import { makeRawFile, type RawOptions } from '../../../src/image/convert/convert-raw.ts';
import { detectImageFile, type ImageFormat } from '../../../src/image/convert/image-file.ts';
import { patch } from '../../helpers/disk-lab.ts';
import { Noise } from '../../helpers/noise.ts';
import { emptyFile, run } from '../../helpers/volumes.ts';

const OPTIONS: RawOptions = { verify: true, flush: false, mode: 0o600 };
const folder = mkdtempSync(path.join(tmpdir(), 'convert-raw-'));
const disk = path.join(folder, 'disk.raw');
const inFolder = (name: string): string => path.join(folder, name);
let serial = 0;
const fresh = (): string => {
  serial += 1;
  return inFolder(`out-${serial}.raw`);
};
const isSame = (left: string, right: string): boolean =>
  readFileSync(left).equals(readFileSync(right));

/** Small, since it is made into and read from each format: a table, noise, bytes that pack well, and holes. */
const makeSmallDisk = (): void => {
  emptyFile(disk, 16);
  execFileSync('/usr/sbin/sfdisk', ['-q', disk], { input: 'label: dos\nstart=2048, type=83\n' });
  patch(disk, 1 << 20, new Noise('disk').bytes(700_000));
  patch(disk, 5 << 20, Buffer.alloc(900_000, 'a line that packs well\n'));
};

test.before(makeSmallDisk);
test.after.always(() => rmSync(folder, { recursive: true }));

const failure = async (source: string, options = OPTIONS): Promise<string> => {
  const target = fresh();
  try {
    const format = await detectImageFile(source);
    if (format === 'package') return 'package';
    await makeRawFile(source, format, target, options);
    return 'none';
  } catch (error) {
    if (!isNacreError(error)) throw error;
    return error.code;
  } finally {
    rmSync(target, { force: true });
  }
};

const qemu = (format: string, name: string, ...options: string[]): string => {
  run('qemu-img', ['convert', '-f', 'raw', '-O', format, ...options, disk, inFolder(name)]);
  return inFolder(name);
};

const packed = (program: string, args: readonly string[], name: string): string => {
  run('sh', ['-c', `${program} ${args.join(' ')} -c "$0" > "$1"`, disk, inFolder(name)]);
  return inFolder(name);
};

const FORMATS: readonly (readonly [string, ImageFormat, () => string])[] = [
  ['raw', 'raw', () => disk],
  ['gzip', 'gzip', () => packed('gzip', ['-1'], 'disk.gz')],
  ['xz', 'xz', () => packed('xz', ['-0'], 'disk.xz')],
  ['zstd', 'zstd', () => packed('zstd', ['-q', '-1'], 'disk.zst')],
  ['zstd with a long window', 'zstd', () => packed('zstd', ['-q', '--long=30'], 'long.zst')],
  ['qcow2', 'qcow2', () => qemu('qcow2', 'disk.qcow2')],
  ['compressed qcow2', 'qcow2', () => qemu('qcow2', 'c.qcow2', '-c')],
  ['qcow2 version 2', 'qcow2', () => qemu('qcow2', 'v2.qcow2', '-o', 'compat=0.10')],
  ['dynamic VHD', 'vhd', () => qemu('vpc', 'disk.vhd', '-o', 'force_size=on')],
  ['fixed VHD', 'vhd', () => qemu('vpc', 'f.vhd', '-o', 'subformat=fixed,force_size=on')],
  ['VHDX', 'vhdx', () => qemu('vhdx', 'disk.vhdx')],
  ['sparse VMDK', 'vmdk', () => qemu('vmdk', 'disk.vmdk')],
  ['stream VMDK', 'vmdk', () => qemu('vmdk', 's.vmdk', '-o', 'subformat=streamOptimized')],
  ['flat VMDK', 'vmdk', () => qemu('vmdk', 'f.vmdk', '-o', 'subformat=monolithicFlat')],
  ['split VMDK', 'vmdk', () => qemu('vmdk', 'split.vmdk', '-o', 'subformat=twoGbMaxExtentSparse')],
];

for (const [title, format, make] of FORMATS) {
  test.serial(`a disk in ${title} comes out bit for bit, sparse, whatever its name`, async (t) => {
    const source = make();
    // A VMDK with extents is found by what it names; everything else may have any name.
    const name = format === 'vmdk' ? source : inFolder(`named-${format}`);
    if (name !== source) copyFileSync(source, name);
    t.is(await detectImageFile(name), format);
    const target = fresh();
    const result = await makeRawFile(name, format as 'raw', target, OPTIONS);
    t.is(result.sizeBytes, statSync(disk).size);
    t.true(isSame(target, disk));
    t.true(statSync(target).blocks * 512 < 3 << 20);
    rmSync(target);
  });
}

test.serial('a VMDK counts the extents beside it among its files', async (t) => {
  const source = qemu('vmdk', 'count.vmdk', '-o', 'subformat=monolithicFlat');
  const { sourceFiles } = await makeRawFile(source, 'vmdk', fresh(), OPTIONS);
  t.deepEqual(sourceFiles, [source, inFolder('count-flat.vmdk')]);
});

test.serial('a disk whose last block is a short one comes out with its length', async (t) => {
  const source = inFolder('short.raw');
  writeFileSync(source, Buffer.alloc(4096 * 3 + 512, 7));
  const target = fresh();
  await makeRawFile(source, 'raw', target, OPTIONS);
  t.true(isSame(target, source));
});

test.serial('an .i2d is read as raw or gzip raw disk and refused as anything else', async (t) => {
  copyFileSync(disk, inFolder('plain.i2d'));
  t.is(await detectImageFile(inFolder('plain.i2d')), 'raw');
  writeFileSync(inFolder('packed.i2d'), gzipSync(readFileSync(disk), { level: 1 }));
  t.is(await failure(inFolder('packed.i2d')), 'none');
  writeFileSync(inFolder('other.I2D'), Buffer.alloc(65536, 'vendor'));
  t.is(await failure(inFolder('other.I2D')), 'CONVERT_I2D');
  writeFileSync(inFolder('odd.i2d'), gzipSync(Buffer.alloc(65536, 'vendor')));
  t.is(await failure(inFolder('odd.i2d')), 'CONVERT_I2D');
  copyFileSync(qemu('qcow2', 'i.qcow2'), inFolder('qcow2.i2d'));
  t.is(await failure(inFolder('qcow2.i2d')), 'CONVERT_I2D');
});

const UNKNOWN: readonly (readonly [string, Buffer])[] = [
  ['nothing', Buffer.alloc(0)],
  ['half a sector', Buffer.alloc(700)],
  ['a ZIP archive', Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(508)])],
  [
    'a VDI disk',
    Buffer.concat([Buffer.alloc(64), Buffer.from('7f10dabe', 'hex'), Buffer.alloc(956)]),
  ],
  ['gzip in gzip', gzipSync(gzipSync(Buffer.alloc(512)))],
  ['gzip of half a sector', gzipSync(Buffer.alloc(700))],
  ['gzip of nothing', gzipSync(Buffer.alloc(0))],
];

for (const [title, bytes] of UNKNOWN) {
  test.serial(`a file of ${title} is refused as no disk`, async (t) => {
    writeFileSync(inFolder('unknown'), bytes);
    t.is(await failure(inFolder('unknown')), 'CONVERT_UNKNOWN_FORMAT');
  });
}

for (const [title, , make] of FORMATS.slice(1, 4)) {
  test.serial(`${title} that is cut short or flipped is refused with an offset`, async (t) => {
    const whole = readFileSync(make());
    const source = inFolder('damaged');
    for (const length of [30, 1000, whole.length >> 1, whole.length - 9, whole.length - 1]) {
      writeFileSync(source, whole.subarray(0, length));
      t.is(await failure(source), 'CONVERT_SOURCE_DAMAGED', `length ${length}`);
    }
    const flipped = Buffer.from(whole);
    flipped[whole.length >> 1] = (flipped[whole.length >> 1] ?? 0) ^ 0xff;
    writeFileSync(source, flipped);
    t.is(await failure(source), 'CONVERT_SOURCE_DAMAGED');
    writeFileSync(source, Buffer.concat([whole, Buffer.from('more bytes behind the end')]));
    t.is(await failure(source), 'CONVERT_SOURCE_DAMAGED');
  });
}

test.serial('raw bytes under the name of another format are refused', async (t) => {
  for (const name of ['x.vhd', 'x.qcow2', 'x.vmdk', 'x.GZ']) {
    copyFileSync(disk, inFolder(name));
    t.is(await failure(inFolder(name)), 'CONVERT_UNKNOWN_FORMAT');
  }
});

test.serial('gzip in several members is read to the end', async (t) => {
  const bytes = readFileSync(disk);
  const source = inFolder('members.gz');
  const half = bytes.length >> 1;
  const members = [bytes.subarray(0, half), bytes.subarray(half)];
  writeFileSync(source, Buffer.concat(members.map((part) => gzipSync(part, { level: 1 }))));
  const target = fresh();
  await makeRawFile(source, 'gzip', target, OPTIONS);
  t.true(isSame(target, disk));
});

test.serial(
  'a file that unpacks beyond the limit is refused without filling the disk',
  async (t) => {
    const limited = { ...OPTIONS, maximumBytes: 1 << 20 };
    const bomb = inFolder('bomb');
    writeFileSync(bomb, gzipSync(Buffer.alloc(8 << 20)));
    t.is(await failure(bomb, limited), 'CONVERT_TOO_LARGE');
    t.is(await failure(qemu('qcow2', 'large.qcow2'), limited), 'CONVERT_TOO_LARGE');
    t.is(await failure(disk, limited), 'CONVERT_TOO_LARGE');
  },
);

test.serial('a disk that needs more than is free is refused before it is unpacked', async (t) => {
  const options = { ...OPTIONS, reserveBytes: 2 ** 50 };
  t.is(await failure(qemu('qcow2', 'space.qcow2'), options), 'CONVERT_NO_SPACE');
  t.is(await failure(disk, options), 'CONVERT_NO_SPACE');
});

test.serial('an image that names other files is refused before qemu-img opens it', async (t) => {
  const secret = emptyFile(inFolder('secret.raw'), 1);
  const backed = inFolder('backed.qcow2');
  run('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', secret, '-F', 'raw', backed]);
  t.is(await failure(backed), 'CONVERT_REFERS_ELSEWHERE');

  const external = inFolder('external.qcow2');
  const data = `data_file=${inFolder('data.raw')},data_file_raw=on`;
  run('qemu-img', ['create', '-q', '-f', 'qcow2', '-o', data, external, '1M']);
  t.is(await failure(external), 'CONVERT_REFERS_ELSEWHERE');

  const child = inFolder('child.vmdk');
  const parent = qemu('vmdk', 'parent.vmdk');
  run('qemu-img', ['create', '-q', '-f', 'vmdk', '-b', parent, '-F', 'vmdk', child]);
  t.is(await failure(child), 'CONVERT_REFERS_ELSEWHERE');
});

const descriptor = (extent: string): string =>
  `# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\ncreateType="monolithicFlat"\n${extent}\n`;

const EXTENTS: readonly (readonly [string, string])[] = [
  ['an absolute path', 'RW 8 FLAT "/etc/shadow" 0'],
  ['a path upwards', 'RW 8 FLAT "../secret.raw" 0'],
  ['a protocol', 'RW 8 FLAT "nbd:localhost:10809" 0'],
  ['a JSON description', 'RW 8 FLAT "json:{}" 0'],
  ['the folder itself', 'RW 8 FLAT ".." 0'],
  ['a symbolic link', 'RW 8 FLAT "link.raw" 0'],
  ['no name', 'RW 8 FLAT'],
];

for (const [title, extent] of EXTENTS) {
  test.serial(`a VMDK with ${title} as its extent is refused`, async (t) => {
    rmSync(inFolder('link.raw'), { force: true });
    symlinkSync('/etc/hostname', inFolder('link.raw'));
    writeFileSync(inFolder('hostile.vmdk'), descriptor(extent));
    t.is(await failure(inFolder('hostile.vmdk')), 'CONVERT_REFERS_ELSEWHERE');
  });
}

test.serial('a VMDK extent that is itself a shell of further extents is refused', async (t) => {
  const shell = Buffer.alloc(1024);
  shell.write('KDMV');
  shell.writeUInt32LE(1, 4);
  writeFileSync(inFolder('shell.vmdk'), shell);
  writeFileSync(inFolder('outer.vmdk'), descriptor('RW 8 SPARSE "shell.vmdk"'));
  t.is(await failure(inFolder('outer.vmdk')), 'CONVERT_REFERS_ELSEWHERE');
});

test.serial('a differencing VHD is refused', async (t) => {
  const source = qemu('vpc', 'difference.vhd', '-o', 'force_size=on');
  const bytes = readFileSync(source);
  const reseal = (at: number): void => {
    bytes.writeUInt32BE(4, at + 60);
    bytes.writeUInt32BE(0, at + 64);
    const sum = bytes.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
    bytes.writeUInt32BE(~sum >>> 0, at + 64);
  };
  reseal(0);
  reseal(bytes.length - 512);
  writeFileSync(source, bytes);
  t.is(await failure(source), 'CONVERT_REFERS_ELSEWHERE');
});

const damagedQcow2 = (title: string, change: (bytes: Buffer) => void, expected: string): void => {
  test.serial(`a qcow2 ${title} is refused`, async (t) => {
    const bytes = readFileSync(qemu('qcow2', 'header.qcow2'));
    change(bytes);
    writeFileSync(inFolder('header.qcow2'), bytes);
    t.is(await failure(inFolder('header.qcow2')), expected);
  });
};

damagedQcow2('of version 1', (bytes) => bytes.writeUInt32BE(1, 4), 'CONVERT_UNSUPPORTED');
damagedQcow2('with encryption', (bytes) => bytes.writeUInt32BE(2, 32), 'CONVERT_UNSUPPORTED');
damagedQcow2('marked corrupt', (bytes) => bytes.writeUInt8(2, 79), 'CONVERT_SOURCE_DAMAGED');
damagedQcow2('with a wild L1 table', (b) => b.writeUInt32BE(1 << 20, 43), 'CONVERT_SOURCE_DAMAGED');

for (const [title, , make] of FORMATS.slice(5).filter(([name]) => !name.includes('split'))) {
  test.serial(`a disk in ${title} that is cut short is refused, never read as zeros`, async (t) => {
    const source = make();
    const file = title === 'flat VMDK' ? source.replace('.vmdk', '-flat.vmdk') : source;
    const whole = readFileSync(file);
    const cuts = [4, 71, 79, 103, 511, 512, 4096, 65536, 200000, whole.length >> 1];
    for (const length of [...cuts, whole.length - 70000]) {
      writeFileSync(file, whole.subarray(0, length));
      t.not(await failure(source), 'none', `length ${length}`);
    }
  });
}

test.serial('a conversion that is cancelled stops', async (t) => {
  const signal = AbortSignal.abort();
  const source = packed('zstd', ['-q', '-1'], 'cancel.zst');
  await t.throwsAsync(makeRawFile(source, 'zstd', fresh(), { ...OPTIONS, signal }));
  await t.throwsAsync(makeRawFile(disk, 'raw', fresh(), { ...OPTIONS, signal }));
});

test.serial('progress tells bytes of the source', async (t) => {
  const seen: number[] = [];
  const onProgress = (progress: { doneBytes: number; totalBytes: number }): void => {
    seen.push(progress.doneBytes);
    t.true(progress.doneBytes <= progress.totalBytes);
  };
  await makeRawFile(disk, 'raw', fresh(), { ...OPTIONS, onProgress });
  t.true(seen.length > 0);
});
