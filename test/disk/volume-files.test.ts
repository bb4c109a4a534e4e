import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import {
  changeFiles,
  listVolumeFolder,
  readVolumeFile,
  replayChanges,
  statVolumePath,
  type VolumeChange,
} from '../../src/disk/volume-files.ts';
import { NacreError } from '../../src/errors.ts';
import { ageMounted } from '../helpers/aged-volume.ts';
import { Noise } from '../helpers/noise.ts';
import { Random } from '../helpers/random.ts';
import { requires } from '../helpers/requires.ts';
import { MIB } from '../helpers/volume.ts';
import {
  change,
  checkVolume,
  code,
  EXT4,
  ext,
  type Kind,
  NTFS,
  NTFS_4KN,
  ntfs,
  text,
} from '../helpers/volume-kinds.ts';
import { run } from '../helpers/volumes.ts';
import { EXT_READER, NTFS_READER, windowDisk } from '../helpers/window-disk.ts';

/** Each feature of ext that is kept, and what came before it. */
const KINDS: readonly Kind[] = [
  NTFS,
  ntfs('NTFS with clusters of 512 bytes', '-c', '512'),
  ntfs('NTFS with clusters of 64 KiB', '-c', '65536'),
  NTFS_4KN,
  EXT4,
  ext('ext4 with blocks of 1 KiB', '-t', 'ext4', '-b', '1024'),
  ext('ext4 without checksums and 64 bits', '-t', 'ext4', '-O', '^metadata_csum,^64bit'),
  ext('ext4 with group checksums', '-t', 'ext4', '-O', '^metadata_csum,uninit_bg'),
  ext('ext4 with meta_bg', '-t', 'ext4', '-O', 'meta_bg,^resize_inode'),
  ext('ext4 with bigalloc', '-t', 'ext4', '-O', 'bigalloc', '-C', '16384'),
  ext('ext4 with inline data', '-t', 'ext4', '-O', 'inline_data', '-I', '256'),
  ext('ext4 with sparse_super2', '-t', 'ext4', '-O', 'sparse_super2,^resize_inode'),
  ext(
    'ext4 with orphan_file, csum_seed and fast_commit',
    '-t',
    'ext4',
    '-O',
    'orphan_file,metadata_csum_seed,fast_commit',
  ),
  ext('ext4 with many groups', '-t', 'ext4', '-b', '1024', '-g', '1024', '-O', '^resize_inode'),
  ext('ext3', '-t', 'ext3'),
  ext('ext2', '-t', 'ext2'),
];

const expectContents = (
  t: ExecutionContext,
  { reader }: Kind,
  volume: string,
  contents: ReadonlyMap<string, Buffer>,
): void => {
  const found = reader.read(volume, [...contents.keys()]);
  for (const [index, [name, bytes]] of [...contents].entries())
    t.true(found[index]?.equals(bytes), name);
};

for (const kind of KINDS) {
  test(`${kind.title}: other tools find nothing to say after changes and read every file`, async (t) => {
    if (!requires(t, 'mkntfs', 'e2fsck', 'debugfs')) return;
    const made = await windowDisk(t, kind.mkfs, kind.sizeMib, undefined, kind.sectorSize);
    const noise = new Noise(kind.title);
    const large = noise.bytes(3 * MIB + 777);
    writeFileSync(path.join(made.folder, 'large'), Buffer.concat([text('before'), large]));
    const contents = new Map<string, Buffer>([
      ['Program Data/フォルダー/日本語 Ωmega.txt', noise.bytes(5000)],
      ['Program Data/empty', Buffer.alloc(0)],
      ['replaced by more', noise.bytes(200_000)],
      ['replaced by less', noise.bytes(30)],
      ['large', large],
    ]);
    for (let index = 0; index < 60; index++)
      contents.set(`many/a longer name of a small file ${index}`, noise.bytes(index * 50));
    await change(made, [
      { kind: 'make-folder', path: 'Program Data/フォルダー' },
      { kind: 'make-folder', path: '/many' },
      { kind: 'make-folder', path: 'many/folder that goes' },
      { kind: 'write-file', path: 'replaced by more', content: noise.bytes(100) },
      { kind: 'write-file', path: 'replaced by less', content: noise.bytes(300_000) },
      { kind: 'write-file', path: 'file that goes', content: noise.bytes(100_000) },
    ]);
    const { changedBlocks } = await change(made, [
      ...[...contents].map(
        ([name, bytes]): VolumeChange => ({
          kind: 'write-file',
          path: name,
          content:
            name === 'large'
              ? { path: path.join(made.folder, 'large'), offset: 6, length: large.length }
              : bytes,
        }),
      ),
      { kind: 'remove', path: 'file that goes' },
      { kind: 'remove', path: 'many/folder that goes' },
      { kind: 'remove', path: 'what was never there' },
    ]);
    t.true(changedBlocks > 0);
    const volume = await checkVolume(t, made, kind);
    expectContents(t, kind, volume, contents);
    const { disk, window } = made;
    t.true((await readVolumeFile(disk, window, 'large')).equals(large));
    t.deepEqual(
      await readVolumeFile(disk, window, '/large', { offset: 1_000_000, length: 5 }),
      large.subarray(1_000_000, 1_000_005),
    );
    t.is((await statVolumePath(disk, window, 'large')).sizeBytes, large.length);
    const names = await listVolumeFolder(disk, window, 'many');
    t.is(names.length, 60);
    t.deepEqual(
      (await listVolumeFolder(disk, window, '')).map(({ name }) => name).sort(),
      ['Program Data', 'large', 'many', 'replaced by less', 'replaced by more']
        .concat(kind.reader === EXT_READER ? ['lost+found'] : [])
        .sort(),
    );
    t.is(await code(t, statVolumePath(disk, window, 'file that goes')), 'VOLUME_NOT_FOUND');
  });
}

test('NTFS: streams and security descriptors are kept when content is replaced, and case does not matter', async (t) => {
  if (!requires(t, 'mkntfs', 'ntfssecaudit')) return;
  const made = await windowDisk(t, NTFS.mkfs, NTFS.sizeMib);
  // Owner and group Administrators; everybody may read.
  const descriptor = Buffer.from(
    '010004801400000024000000000000003400000001020000000000052000000020020000' +
      '010200000000000520000000200200000200' +
      '1c000100000000031400a900120001010000000000010000' +
      '0000',
    'hex',
  );
  await change(made, [
    { kind: 'make-folder', path: 'Users' },
    { kind: 'write-file', path: 'Users/Name.txt', content: text('first') },
    { kind: 'write-file', path: 'users/NAME.TXT', stream: 'Zone.Identifier', content: text('3') },
    { kind: 'set-security', path: 'USERS/name.txt', descriptor },
  ]);
  await change(made, [{ kind: 'write-file', path: 'users/name.TXT', content: text('second') }]);
  const { disk, window } = made;
  const volume = await checkVolume(t, made, NTFS);
  t.is((await listVolumeFolder(disk, window, 'users'))[0]?.name, 'Name.txt');
  t.is(NTFS_READER.read(volume, ['Users/Name.txt']).toString(), 'second');
  const stream = await readVolumeFile(disk, window, 'Users/Name.txt', {
    stream: 'zone.identifier',
  });
  t.is(stream.toString(), '3');
  const audit = run('ntfssecaudit', ['-v', volume, '/Users/Name.txt']);
  t.regex(audit, /S-1-5-32-544/);
  const invalid = change(made, [
    { kind: 'set-security', path: 'Users', descriptor: descriptor.subarray(0, 40) },
  ]);
  t.is(await code(t, invalid), 'VOLUME_PATH_REFUSED');
});

test('ext4: owner, mode and links are set, hard links keep their file', async (t) => {
  if (!requires(t, 'mke2fs', 'debugfs')) return;
  const made = await windowDisk(t, EXT4.mkfs, EXT4.sizeMib, (volume) => {
    run('debugfs', ['-w', '-R', `write /etc/hostname hard`, volume]);
    run('debugfs', ['-w', '-R', 'ln hard hard2', volume]);
    run('debugfs', ['-w', '-R', 'sif hard links_count 2', volume]);
  });
  await change(made, [
    { kind: 'write-file', path: 'key', content: text('secret') },
    { kind: 'set-owner', path: 'key', owner: 100_000, group: 200_000, mode: 0o4640 },
    { kind: 'make-link', path: 'short', target: 'key' },
    { kind: 'make-link', path: 'long', target: 'x'.repeat(300) },
    { kind: 'make-link', path: 'key2', target: 'key' },
    { kind: 'make-link', path: 'key2', target: '/absolute' },
    { kind: 'remove', path: 'hard' },
  ]);
  const { disk, window } = made;
  const volume = await checkVolume(t, made, EXT4);
  const { owner, group, mode, kind } = await statVolumePath(disk, window, 'key');
  t.deepEqual([owner, group, mode, kind], [100_000, 200_000, 0o4640, 'file']);
  t.regex(run('debugfs', ['-R', 'stat key', volume]), /User: 100000\s+Group: 200000/);
  t.regex(run('debugfs', ['-R', 'stat short', volume]), /Fast link dest: "key"/);
  t.is((await readVolumeFile(disk, window, 'long')).toString(), 'x'.repeat(300));
  t.is((await readVolumeFile(disk, window, 'key2')).toString(), '/absolute');
  t.true((await readVolumeFile(disk, window, 'hard2')).length > 0);
  await change(made, [
    { kind: 'remove', path: 'hard2' },
    { kind: 'remove', path: 'long' },
    { kind: 'remove', path: 'short' },
  ]);
  await checkVolume(t, made, EXT4);
});

test('calls for one disk run one after the other', async (t) => {
  if (!requires(t, 'mke2fs')) return;
  const made = await windowDisk(t, EXT4.mkfs, EXT4.sizeMib);
  const names = Array.from({ length: 6 }, (_, index) => `folder ${index}`);
  const refused = change(made, [{ kind: 'make-folder', path: '..' }]);
  const calls = names.map((name) => change(made, [{ kind: 'make-folder', path: name }]));
  await t.throwsAsync(refused, { code: 'VOLUME_NAME_INVALID' });
  await Promise.all(calls);
  await checkVolume(t, made, EXT4);
  const left = await listVolumeFolder(made.disk, made.window, '');
  t.deepEqual(left.map(({ name }) => name).sort(), [...names, 'lost+found']);
});

for (const [kind, mount, names] of [
  [{ ...NTFS, sizeMib: 32 }, ['ntfs-3g'], 5],
  // So many that files come to the last block of the volume.
  [{ ...EXT4, sizeMib: 32 }, ['mount'], 12],
] as const) {
  test(`${kind.title}: an aged volume that is 90 % full takes changes until it is full, and is whole after each`, async (t) => {
    if (!requires(t, 'root', 'mkntfs', 'mke2fs')) return;
    const made = await windowDisk(t, kind.mkfs, kind.sizeMib, (volume) =>
      ageMounted(t, volume, mount, 7),
    );
    const noise = new Noise(kind.title);
    const contents = new Map<string, Buffer>();
    let refused = 0;
    for (let round = 0; round < 40; round++) {
      const name = `round ${round % names}`;
      const bytes = noise.bytes(200_000 + round * 10_000);
      try {
        await change(made, [
          { kind: 'write-file', path: name, content: bytes },
          { kind: 'write-file', path: `${name} small`, content: bytes.subarray(0, 900) },
        ]);
        contents.set(name, bytes);
      } catch (reason) {
        t.is(reason instanceof NacreError ? reason.code : reason, 'VOLUME_FULL');
        refused++;
      }
    }
    const volume = await checkVolume(t, made, kind);
    t.log(`${refused} of 40 refused`);
    t.true(refused > 0);
    expectContents(t, kind, volume, contents);
  });
}

for (const kind of [NTFS, EXT4]) {
  test(`${kind.title}: killed at random moments, a batch is there whole or not at all`, async (t) => {
    if (!requires(t, 'mkntfs', 'mke2fs')) return;
    const made = await windowDisk(t, kind.mkfs, kind.sizeMib);
    const { disk, window, journal } = made;
    const random = new Random(42);
    const noise = new Noise('kill');
    let last = noise.bytes(1000);
    await change(made, [{ kind: 'write-file', path: 'a', content: last }]);
    let killed = 0;
    let wholeMs = 60_000;
    for (let round = 0; round < 12; round++) {
      const next = noise.bytes(150_000);
      const started = performance.now();
      const kill = AbortSignal.timeout(round === 0 ? wholeMs : random.below(wholeMs * 1.2));
      const names = Array.from({ length: 20 }, (_, index) => `${round}-${index}`);
      const changes: VolumeChange[] = [
        ...names.map((name) => ({ kind: 'write-file', path: name, content: next }) as const),
        { kind: 'write-file', path: 'a', content: next },
        ...names.map((name) => ({ kind: 'remove', path: name }) as const),
      ];
      try {
        await changeFiles(disk, window, changes, { journal, signal: kill });
        last = next;
        wholeMs = performance.now() - started;
      } catch (reason) {
        t.is(reason instanceof NacreError ? reason.code : reason, 'CANCELLED');
        killed++;
      }
      await replayChanges(disk, window, journal);
      const found = await readVolumeFile(disk, window, 'a');
      t.true(found.equals(last) || found.equals(next));
      last = found;
      const left = await listVolumeFolder(disk, window, '');
      t.deepEqual(
        left.filter(({ name }) => name.includes('-')),
        [],
      );
    }
    t.log(`${killed} of 12 killed`);
    await checkVolume(t, made, kind);
  });
}
