/** Volumes that may not be captured by their map, made by the programs that leave them so. */
import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { NativeFileSystem } from '../../src/disk/native.ts';
import { runTool } from '../../src/disk/tool.ts';
import { withMounted } from '../helpers/aged-volume.ts';
import { attachLoop } from '../helpers/loop-device.ts';
import { requires } from '../helpers/requires.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { BLOCK, formatted, MIB, patch, probe, readAt } from '../helpers/volume.ts';
import { emptyFile, run } from '../helpers/volumes.ts';

type State = NativeFileSystem['state'];

const expectState = async (
  t: ExecutionContext,
  image: string,
  state: State,
  reason: RegExp,
): Promise<void> => {
  const found = await probe(image);
  t.is(found.state, state);
  t.regex(found.reason, reason);
};

/** A copy of an image that is mounted at that moment, with a file written and synced. */
const copyWhileMounted = async (
  t: ExecutionContext,
  image: string,
  mount: readonly string[],
): Promise<string> => {
  const copy = `${image}.copy`;
  await withMounted(t, image, mount, (folder, node) => {
    writeFileSync(path.join(folder, 'file'), Buffer.alloc(MIB, 1));
    run('sync', ['-f', folder]);
    run('dd', [`if=${node}`, `of=${copy}`, 'bs=1M', 'conv=sparse']);
  });
  return copy;
};

const MOUNTED: readonly (readonly [
  title: string,
  mkfs: readonly string[],
  mount: string,
  state: State,
  reason: RegExp,
])[] = [
  ['ext4', ['mkfs.ext4', '-q'], 'mount', 'journal', /^journal needs recovery$/],
  ['ext3', ['mkfs.ext3', '-q'], 'mount', 'journal', /^journal needs recovery$/],
  ['ext2', ['mkfs.ext2', '-q'], 'mount', 'dirty', /^not cleanly unmounted$/],
  ['XFS', ['mkfs.xfs', '-q'], 'mount', 'journal', /unmount record/],
  ['exFAT', ['mkfs.exfat'], 'mount.exfat-fuse', 'dirty', /^VolumeDirty flag$/],
];

for (const [title, mkfs, mount, state, reason] of MOUNTED) {
  test.serial(
    `${title} copied while mounted is ${state}, and clean after unmounting`,
    async (t) => {
      if (!requires(t, 'root', mount)) return;
      const image = await formatted(t, 320 * MIB, mkfs);
      await expectState(t, await copyWhileMounted(t, image, [mount]), state, reason);
      await expectState(t, image, 'clean', /^$/);
    },
  );
}

const ext4 = (t: ExecutionContext, ...options: readonly string[]): Promise<string> =>
  formatted(t, 32 * MIB, ['mkfs.ext4', '-q', ...options]);

test('ext4 with recorded errors is dirty', async (t) => {
  const image = await ext4(t);
  await runTool('debugfs', ['-w', '-R', 'set_super_value state 3', image]);
  await expectState(t, image, 'dirty', /ERROR_FS/);
});

test('ext4 with entries in its orphan file needs its journal', async (t) => {
  const image = await ext4(t, '-O', 'orphan_file');
  await runTool('debugfs', ['-w', '-R', 'feature orphan_present', image]);
  await expectState(t, image, 'journal', /orphan file/);
});

test('ext4 whose MMP block shows another host is dirty', async (t) => {
  const image = await ext4(t, '-O', 'mmp');
  const superblock = readAt(image, 1024, 1024);
  const blockBytes = 1024 << superblock.readUInt32LE(24);
  const block = Number(superblock.readBigUInt64LE(360));
  patch(image, block * blockBytes + 4, Uint8Array.of(1, 0, 0, 0));
  await expectState(t, image, 'dirty', /another host/);
});

test('ext4 with a feature bit that nobody knows is unsupported', async (t) => {
  const image = await ext4(t, '-O', '^metadata_csum,^uninit_bg');
  patch(image, 1024 + 99, Uint8Array.of(0x80));
  await expectState(t, image, 'unsupported', /incompat 0x80000000/);
  t.is((await probe(image)).usedBytes, 0);
});

test('ext4 with a wrong byte in its superblock is damaged', async (t) => {
  const image = await ext4(t);
  patch(image, 1024 + 600, Uint8Array.of(1));
  await expectState(t, image, 'damaged', /checksum/);
});

test('ext4 with a wrong bit in a block bitmap is damaged', async (t) => {
  const image = await ext4(t, '-b', '4096');
  const [, bitmap] = /Block bitmap at (\d+)/.exec(run('dumpe2fs', [image])) ?? [];
  const offset = Number(bitmap) * BLOCK + 100;
  patch(image, offset, Uint8Array.of((readAt(image, offset, 1)[0] ?? 0) ^ 1));
  await expectState(t, image, 'damaged', /block bitmap: checksum of group 0/);
});

test('ext4 with an external journal is clean, and the journal device raw', async (t) => {
  if (!requires(t, 'root')) return;
  const folder = await temporaryFolder(t);
  const journal = emptyFile(path.join(folder, 'journal.img'), 16);
  const image = emptyFile(path.join(folder, 'volume.img'), 32);
  const node = await attachLoop(t, journal);
  await runTool('mke2fs', ['-q', '-F', '-O', 'journal_dev', '-b', '4096', node]);
  await runTool('mke2fs', ['-q', '-F', '-t', 'ext4', '-b', '4096', '-J', `device=${node}`, image]);
  t.like(await probe(image), { type: 'ext4', state: 'clean' });
  await runTool('sync', [node]);
  t.like(await probe(node), { type: 'raw', state: 'clean', reason: 'ext journal device' });
});

test('XFS with its log on another device is unsupported', async (t) => {
  if (!requires(t, 'root')) return;
  const folder = await temporaryFolder(t);
  const log = await attachLoop(t, emptyFile(path.join(folder, 'log.img'), 80));
  const image = emptyFile(path.join(folder, 'volume.img'), 320);
  await runTool('mkfs.xfs', ['-q', '-l', `logdev=${log},size=64m`, image]);
  await expectState(t, image, 'unsupported', /log on another device/);
});

test('XFS with a wrong byte in an AGF is damaged', async (t) => {
  const image = await formatted(t, 320 * MIB, ['mkfs.xfs', '-q']);
  patch(image, 512 + 100, Uint8Array.of(1));
  await expectState(t, image, 'damaged', /XFS AGF: checksum/);
});

test('XFS that asks for xfs_repair is dirty', async (t) => {
  const image = await formatted(t, 300 * MIB, ['mkfs.xfs', '-q']);
  const [, features = ''] =
    /(0x\w+)/.exec(run('xfs_db', ['-r', '-c', 'sb 0', '-c', 'p features_incompat', image])) ?? [];
  const marked = `0x${(Number(features) | 0x10).toString(16)}`;
  run('xfs_db', ['-x', '-c', 'sb 0', '-c', `write -d features_incompat ${marked}`, image]);
  t.regex(run('xfs_db', ['-r', '-c', 'version', image]), /NEEDSREPAIR/);
  await expectState(t, image, 'dirty', /^needs xfs_repair$/);
});

test('XFS with a feature bit that nobody knows is unsupported', async (t) => {
  const image = await formatted(t, 300 * MIB, ['mkfs.xfs', '-q']);
  patch(image, 216, Uint8Array.of(0x80));
  await expectState(t, image, 'unsupported', /incompat 0x80000000/);
  t.is((await probe(image)).usedBytes, 0);
});

const ntfs = (t: ExecutionContext): Promise<string> =>
  formatted(t, 32 * MIB, ['mkntfs', '-F', '-Q', '-p', '2048', '-H', '255', '-S', '63']);

const FAT_BITS: readonly (readonly [title: string, bits: 16 | 32, by: string, reason: RegExp])[] = [
  ['the state byte that Linux sets', 16, 'state', /dirty bit in the boot sector/],
  ['the state byte that Linux sets', 32, 'state', /dirty bit in the boot sector/],
  ['the clean bit that Windows clears', 16, 'clean', /clean bit/],
  ['the clean bit that Windows clears', 32, 'clean', /clean bit/],
  ['the error bit that Windows clears', 16, 'error', /error bit/],
  ['the error bit that Windows clears', 32, 'error', /error bit/],
];

for (const [title, bits, by, reason] of FAT_BITS) {
  test(`FAT${bits} is dirty by ${title}`, async (t) => {
    const image = await formatted(
      t,
      40 * MIB,
      ['mkfs.fat', '-F', String(bits), '-s', '1'].slice(0, bits === 16 ? 3 : 5),
    );
    const fat = readAt(image, 0, 512).readUInt16LE(14) * 512;
    if (by === 'state') patch(image, bits === 16 ? 37 : 65, Uint8Array.of(1));
    else {
      // The topmost byte of FAT[1], as much as is in use.
      const offset = fat + (bits === 16 ? 3 : 7);
      const mask = (bits === 16 ? 0x80 : 0x08) >> (by === 'clean' ? 0 : 1);
      patch(image, offset, Uint8Array.of((readAt(image, offset, 1)[0] ?? 0) & ~mask));
    }
    await expectState(t, image, 'dirty', reason);
  });
}

/** Writes the checksum of the main boot region after a change to it. */
const sealExfat = (image: string): void => {
  const region = readAt(image, 0, 11 * 512);
  let sum = 0;
  region.forEach((byte, index) => {
    if (index === 106 || index === 107 || index === 112) return;
    sum = (((sum << 31) | (sum >>> 1)) + byte) >>> 0;
  });
  const sector = Buffer.alloc(512);
  for (let at = 0; at < 512; at += 4) sector.writeUInt32LE(sum, at);
  patch(image, 11 * 512, sector);
};

test('exFAT with two FATs is unsupported', async (t) => {
  const image = await formatted(t, 32 * MIB, ['mkfs.exfat']);
  patch(image, 110, Uint8Array.of(2));
  sealExfat(image);
  await expectState(t, image, 'unsupported', /^TexFAT/);
});

test('exFAT with the MediaFailure flag is dirty', async (t) => {
  const image = await formatted(t, 32 * MIB, ['mkfs.exfat']);
  patch(image, 106, Uint8Array.of(4));
  await expectState(t, image, 'dirty', /MediaFailure/);
});

test('exFAT with a wrong byte in its boot region is damaged', async (t) => {
  const image = await formatted(t, 32 * MIB, ['mkfs.exfat']);
  patch(image, 3 * 512, Uint8Array.of(1));
  await expectState(t, image, 'damaged', /checksum/);
});

test('a swap area that a hibernated Linux sleeps in is hibernated', async (t) => {
  const image = await formatted(t, 16 * MIB, ['mkswap', '-q']);
  patch(image, 4086, Buffer.from('S1SUSPEND\0'));
  await expectState(t, image, 'hibernated', /Linux/);
});

const SHORTENED: readonly (readonly [title: string, mib: number, mkfs: readonly string[]])[] = [
  ['NTFS', 32, ['mkntfs', '-F', '-Q']],
  ['FAT32', 40, ['mkfs.fat', '-F', '32', '-s', '1']],
  ['exFAT', 32, ['mkfs.exfat']],
  ['ext4', 32, ['mkfs.ext4', '-q']],
  ['XFS', 320, ['mkfs.xfs', '-q']],
  ['swap', 16, ['mkswap', '-q']],
];

for (const [title, mib, mkfs] of SHORTENED) {
  test(`${title} in a partition too small for it is damaged`, async (t) => {
    const image = await formatted(t, mib * MIB, mkfs);
    truncateSync(image, (mib - 1) * MIB);
    await expectState(t, image, 'damaged', /larger than partition/);
  });

  test(`${title} in a larger partition keeps its own size`, async (t) => {
    const image = await formatted(t, mib * MIB, mkfs);
    truncateSync(image, (mib + 8) * MIB);
    t.like(await probe(image), { state: 'clean', minimumBytes: mib * MIB });
  });
}

const offsets = async (image: string): Promise<readonly string[]> =>
  (await probe(image)).positionalFields.map(
    ({ offset, kind, length }) => `${offset} ${kind} ${length}`,
  );

const fieldsAt = (sector: number): readonly string[] => [
  `${sector + 0x18} sectors-per-track 2`,
  `${sector + 0x1a} heads 2`,
  `${sector + 0x1c} hidden-sectors 4`,
];

test('the positional fields of NTFS are in its first sector and in the last of the partition', async (t) => {
  const image = await ntfs(t);
  t.deepEqual(await offsets(image), [...fieldsAt(0), ...fieldsAt(32 * MIB - 512)]);
  t.is(readAt(image, 32 * MIB - 512 + 0x1c, 4).readUInt32LE(0), 2048);
});

test('the positional fields of FAT32 are in its first sector and in the backup boot sector', async (t) => {
  const image = await formatted(t, 40 * MIB, ['mkfs.fat', '-F', '32', '-s', '1', '-h', '2048']);
  t.deepEqual(await offsets(image), [...fieldsAt(0), ...fieldsAt(6 * 512)]);
  t.is(readAt(image, 6 * 512 + 0x1c, 4).readUInt32LE(0), 2048);
});

test('FAT16 has positional fields in its only boot sector, exFAT has none', async (t) => {
  t.deepEqual(await offsets(await formatted(t, 16 * MIB, ['mkfs.fat', '-F', '16'])), fieldsAt(0));
  t.deepEqual(await offsets(await formatted(t, 16 * MIB, ['mkfs.exfat'])), []);
});

const OWNERS: readonly (readonly [name: string, offset: number, magic: string])[] = [
  ['BitLocker', 3, '-FVE-FS-'],
  ['LUKS', 0, 'LUKS\xba\xbe'],
  ['LVM physical volume', 512, 'LABELONE'],
  ['RAID member', 4096, '\xfc\x4e\x2b\xa9'],
  ['RAID member', 32 * MIB - 8192, '\xfc\x4e\x2b\xa9'],
];

for (const [name, offset, magic] of OWNERS) {
  test(`${name} at ${offset} makes the whole partition raw, whatever else is in it`, async (t) => {
    const image = await ext4(t);
    patch(image, offset, Buffer.from(magic, 'latin1'));
    t.like(await probe(image), {
      type: 'raw',
      state: 'clean',
      reason: name,
      usedBytes: 32 * MIB,
      minimumBytes: 32 * MIB,
    });
  });
}

test('btrfs is raw and named', async (t) => {
  const image = emptyFile(path.join(await temporaryFolder(t), 'volume.img'), 4);
  patch(image, 65600, Buffer.from('_BHRfS_M'));
  t.like(await probe(image), { type: 'raw', reason: 'btrfs' });
});

test('a partition that two file systems claim is raw', async (t) => {
  const image = await ntfs(t);
  patch(image, 1024, readAt(await ext4(t), 1024, 1024));
  t.like(await probe(image), {
    type: 'raw',
    state: 'clean',
    reason: 'signatures of ntfs and ext4',
    usedBytes: 32 * MIB,
  });
});

test('a copy of a clean volume is clean', async (t) => {
  const image = await ntfs(t);
  copyFileSync(image, `${image}.copy`);
  t.deepEqual(await probe(`${image}.copy`), await probe(image));
  t.true(readFileSync(image).equals(readFileSync(`${image}.copy`)));
});
