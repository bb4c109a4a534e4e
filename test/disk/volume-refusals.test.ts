import { execFileSync } from 'node:child_process';
import { truncateSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { openForRead, openForWrite } from '../../src/disk/device.ts';
import {
  changeFiles,
  listVolumeFolder,
  replayChanges,
  type VolumeChange,
} from '../../src/disk/volume-files.ts';
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
  text,
} from '../helpers/volume-kinds.ts';
import { run } from '../helpers/volumes.ts';
import { windowDisk } from '../helpers/window-disk.ts';

const writeFile = (path: string) => ({ kind: 'write-file', path, content: text('') }) as const;
const copyFile = (path: string, length: number): VolumeChange => ({
  kind: 'write-file',
  path: 'big',
  content: { path, length },
});

type Refusal = readonly [title: string, bad: VolumeChange, wanted: string];

const EVERYWHERE: readonly Refusal[] = [
  ['a missing folder', writeFile('a/b'), 'VOLUME_NOT_FOUND'],
  ['a file as folder', { kind: 'make-folder', path: 'file/b' }, 'VOLUME_NOT_A_FOLDER'],
  ['a folder as file', writeFile('full'), 'VOLUME_NOT_A_FILE'],
  ['a full folder', { kind: 'remove', path: 'full' }, 'VOLUME_FOLDER_NOT_EMPTY'],
  ['more than there is room', copyFile('/dev/zero', 2 ** 30), 'VOLUME_FULL'],
];

const REFUSED: readonly (readonly [Kind, readonly Refusal[]])[] = [
  [
    NTFS,
    [
      ...EVERYWHERE,
      ['a file of NTFS', writeFile('$LogFile'), 'VOLUME_PATH_REFUSED'],
      ['a name with a colon', { kind: 'make-folder', path: 'a:b' }, 'VOLUME_NAME_INVALID'],
      ['a device name', { kind: 'make-folder', path: 'NUL' }, 'VOLUME_NAME_INVALID'],
      ['a dot at the end', { kind: 'make-folder', path: 'a.' }, 'VOLUME_NAME_INVALID'],
      ['256 units', { kind: 'make-folder', path: 'a'.repeat(256) }, 'VOLUME_NAME_INVALID'],
      [
        'an owner',
        { kind: 'set-owner', path: 'file', owner: 0, group: 0, mode: 0 },
        'VOLUME_PATH_REFUSED',
      ],
      ['a link', { kind: 'make-link', path: 'l', target: 'file' }, 'VOLUME_PATH_REFUSED'],
    ],
  ],
  [
    EXT4,
    [
      ...EVERYWHERE,
      ['256 bytes', { kind: 'make-folder', path: 'a'.repeat(256) }, 'VOLUME_NAME_INVALID'],
      ['a step up', { kind: 'make-folder', path: '../a' }, 'VOLUME_NAME_INVALID'],
      [
        'a security descriptor',
        { kind: 'set-security', path: 'file', descriptor: text('') },
        'VOLUME_PATH_REFUSED',
      ],
      ['a stream', { ...writeFile('file'), stream: 's' }, 'VOLUME_PATH_REFUSED'],
      ['a source that ends early', copyFile('/etc/hostname', 2 ** 20), 'DISK_IO'],
    ],
  ],
];

test('a change that cannot be is refused, and none of its batch is made', async (t) => {
  if (!requires(t, 'mkntfs', 'mke2fs')) return;
  for (const [kind, refusals] of REFUSED) {
    const made = await windowDisk(t, kind.mkfs, kind.sizeMib);
    await change(made, [
      { kind: 'make-folder', path: 'full' },
      { kind: 'write-file', path: 'full/file', content: text('x') },
      { kind: 'write-file', path: 'file', content: text('x') },
    ]);
    for (const [title, bad, wanted] of refusals) {
      const batch = [{ kind: 'make-folder', path: 'made with it' } as const, bad];
      t.is(await code(t, change(made, batch)), wanted, `${kind.title}: ${title}`);
    }
    const names = await listVolumeFolder(made.disk, made.window, '');
    t.false(names.some(({ name }) => name === 'made with it'));
    await checkVolume(t, made, kind);
  }
});

test('a disk that is open for reading, or is another one by now, is not changed', async (t) => {
  if (!requires(t, 'mke2fs')) return;
  const made = await windowDisk(t, EXT4.mkfs, EXT4.sizeMib);
  made.disk.close();
  {
    using disk = await openForRead(made.file);
    await t.throwsAsync(change({ ...made, disk }, []), { instanceOf: TypeError });
    await t.throwsAsync(replayChanges(disk, made.window, made.journal), { instanceOf: TypeError });
    t.is((await listVolumeFolder(disk, made.window, ''))[0]?.name, 'lost+found');
  }
  using disk = await openForWrite(made.file);
  truncateSync(made.file, made.window.sizeBytes);
  t.is(await code(t, change({ ...made, disk }, [])), 'DISK_CHANGED');
});

test('a link in the path is not followed', async (t) => {
  if (!requires(t, 'mke2fs')) return;
  const made = await windowDisk(t, EXT4.mkfs, EXT4.sizeMib);
  await change(made, [
    { kind: 'make-folder', path: 'real' },
    { kind: 'make-link', path: 'link', target: 'real' },
  ]);
  for (const name of ['link', 'link/file']) {
    const bad = change(made, [{ kind: 'write-file', path: name, content: text('x') }]);
    t.is(await code(t, bad), 'VOLUME_PATH_REFUSED');
  }
});

const STATES: readonly (readonly [string, Kind, (volume: string) => void, string])[] = [
  [
    'NTFS marked dirty',
    NTFS,
    // ntfsresize orders a chkdsk, as Windows does by the same flag.
    (volume) => run('ntfsresize', ['-ff', '-P', '-s', '20M', volume]),
    'VOLUME_DIRTY',
  ],
  [
    'a hibernated Windows',
    NTFS,
    (volume) => {
      writeFileSync(`${volume}.hiber`, Buffer.concat([text('hibr'), Buffer.alloc(4092)]));
      run('ntfscp', [volume, `${volume}.hiber`, 'hiberfil.sys']);
    },
    'VOLUME_HIBERNATED',
  ],
  [
    'ext4 whose journal needs recovery',
    EXT4,
    (volume) => run('debugfs', ['-w', '-R', 'feature needs_recovery', volume]),
    'VOLUME_DIRTY',
  ],
  [
    'ext4 with errors',
    EXT4,
    (volume) => run('debugfs', ['-w', '-R', 'ssv state 2', volume]),
    'VOLUME_DIRTY',
  ],
  ['ext4 with quota', ext('', '-t', 'ext4', '-O', 'quota'), () => undefined, 'VOLUME_UNSUPPORTED'],
  [
    'ext4 with casefold',
    ext('', '-t', 'ext4', '-O', 'casefold'),
    () => undefined,
    'VOLUME_UNSUPPORTED',
  ],
  [
    'ext4 with encryption',
    ext('', '-t', 'ext4', '-O', 'encrypt'),
    () => undefined,
    'VOLUME_UNSUPPORTED',
  ],
  [
    'ext4 with ea_inode',
    ext('', '-t', 'ext4', '-O', 'ea_inode'),
    () => undefined,
    'VOLUME_UNSUPPORTED',
  ],
  ['another file system', { ...EXT4, mkfs: ['mkfs.fat'] }, () => undefined, 'VOLUME_UNSUPPORTED'],
  ['no file system', { ...EXT4, mkfs: ['true'] }, () => undefined, 'VOLUME_UNSUPPORTED'],
];

for (const [title, kind, prepare, wanted] of STATES) {
  test(`${title} is refused and left alone`, async (t) => {
    if (!requires(t, 'mkntfs', 'mke2fs', 'debugfs')) return;
    const made = await windowDisk(t, kind.mkfs, kind.sizeMib, prepare);
    const before = execFileSync('sha256sum', [made.file], { encoding: 'utf8' });
    const bad = change(made, [{ kind: 'make-folder', path: 'a' }]);
    t.is(await code(t, bad), wanted);
    t.is(execFileSync('sha256sum', [made.file], { encoding: 'utf8' }), before);
  });
}

test('a journal that is too small, or inside the volume, is refused before anything is changed', async (t) => {
  if (!requires(t, 'mkntfs')) return;
  const made = await windowDisk(t, NTFS.mkfs, NTFS.sizeMib);
  const { disk, window, journal } = made;
  const changes: VolumeChange[] = [{ kind: 'make-folder', path: 'a' }];
  const small = { ...journal, sizeBytes: 16_384 };
  const error = await t.throwsAsync(changeFiles(disk, window, changes, { journal: small }), {
    code: 'VOLUME_JOURNAL_TOO_SMALL',
  });
  t.regex(error?.message ?? '', /has 16384 bytes, these changes need \d{5}/);
  const inside = { path: disk.info.path, startBytes: window.startBytes, sizeBytes: MIB };
  await t.throwsAsync(changeFiles(disk, window, changes, { journal: inside }), {
    code: 'DISK_STRUCTURE',
  });
  t.deepEqual(await listVolumeFolder(disk, window, ''), []);
  t.deepEqual(await changeFiles(disk, window, [], { unprotected: true }), { changedBlocks: 0 });
});
