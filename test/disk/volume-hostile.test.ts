import test from 'ava';
import { changeFiles, listVolumeFolder, type VolumeChange } from '../../src/disk/volume-files.ts';
import { NacreError } from '../../src/errors.ts';
import { Random } from '../helpers/random.ts';
import { requires } from '../helpers/requires.ts';
import { MIB, patch, readAt } from '../helpers/volume.ts';
import { run } from '../helpers/volumes.ts';
import { windowDisk } from '../helpers/window-disk.ts';

const SIZE_MIB = 4;
const ROUNDS = 24;

const CHANGES: readonly VolumeChange[] = [
  { kind: 'make-folder', path: 'folder/in/folder' },
  { kind: 'write-file', path: 'folder/file', content: new Uint8Array(100_000) },
  { kind: 'write-file', path: 'passwd', content: new Uint8Array(10) },
  { kind: 'remove', path: 'folder/in/folder' },
];

/** Places of 4 KiB that hold something. */
const usedBlocks = (bytes: Buffer): readonly number[] =>
  Array.from({ length: bytes.length / 4096 }, (_, block) => block * 4096).filter((offset) =>
    bytes.subarray(offset, offset + 4096).some((byte) => byte !== 0 && byte !== 255),
  );

for (const [title, mkfs, fill] of [
  ['NTFS', ['mkntfs', '-Q', '-F', '-q'], ['ntfscp', 'VOLUME', '/etc/passwd', 'passwd']],
  [
    'ext4 without checksums',
    ['mkfs.ext4', '-q', '-F', '-O', '^metadata_csum'],
    ['debugfs', '-w', '-R', 'write /etc/passwd passwd', 'VOLUME'],
  ],
] as const) {
  test(`${title}: a volume with wrong bytes is changed or refused, and nothing beside it is touched`, async (t) => {
    if (!requires(t, 'mkntfs', 'mke2fs')) return;
    const made = await windowDisk(t, mkfs, SIZE_MIB, (volume) => {
      const [program, ...args] = fill;
      run(
        program,
        args.map((word) => word.replace('VOLUME', volume)),
      );
    });
    const { disk, window, file } = made;
    const volume = readAt(file, MIB, SIZE_MIB * MIB);
    const blocks = usedBlocks(volume);
    const random = new Random(77);
    const codes = new Map<string, number>();
    const note = (code: string): unknown => codes.set(code, (codes.get(code) ?? 0) + 1);
    for (let round = 0; round < ROUNDS; round++) {
      const damaged = Buffer.from(volume);
      for (let count = 1 + random.below(30); count > 0; count--) {
        const block = blocks[random.below(blocks.length)] ?? 0;
        damaged[block + random.below(4096)] = random.below(256);
      }
      patch(file, MIB, damaged);
      try {
        await listVolumeFolder(disk, window, '', { timeoutMs: 20_000 });
        await changeFiles(disk, window, CHANGES, { unprotected: true, timeoutMs: 20_000 });
        note('changed');
      } catch (reason) {
        if (!(reason instanceof NacreError)) throw reason;
        note(reason.code);
      }
    }
    t.log(Object.fromEntries(codes));
    t.true(codes.size > 1);
    t.true(made.isNoiseWhole());
  });
}
