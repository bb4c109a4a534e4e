// Volumes are made, mounted and changed by other people's programs; what they show is what must be told.
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import type { PartitionFiles } from '../../../src/image/files/image-files.ts';
import { openStore } from '../../../src/image/store/store.ts';
import { withMounted } from '../../helpers/aged-volume.ts';
import { type DiskLab, makeLab } from '../../helpers/disk-lab.ts';
import { Random } from '../../helpers/random.ts';
import { requires } from '../../helpers/requires.ts';
import { patch } from '../../helpers/volume.ts';
import { emptyFile, run } from '../../helpers/volumes.ts';
import { serveFolder } from '../../helpers/web-server.ts';

interface Kind {
  readonly title: string;
  readonly mkfs: readonly string[];
  readonly mount: readonly string[];
  readonly sizeMib: number;
}

const KINDS: readonly Kind[] = [
  { title: 'NTFS', mkfs: ['mkntfs', '-Q', '-F', '-q'], mount: ['ntfs-3g'], sizeMib: 24 },
  { title: 'ext4', mkfs: ['mke2fs', '-q', '-F', '-t', 'ext4'], mount: ['mount'], sizeMib: 24 },
  {
    title: 'ext2 with inodes of 128 bytes',
    mkfs: ['mke2fs', '-q', '-F', '-t', 'ext2', '-I', '128'],
    mount: ['mount'],
    sizeMib: 24,
  },
];

const NAMES = ['設定ファイル', 'données', 'Ελληνικά', 'смета', 'naïve 😀', 'a b.txt', 'ファイル𠮷'];

interface Seen {
  readonly size: number;
  readonly isFolder: boolean;
}

/** What a mounted volume shows, by path. */
const look = (root: string): ReadonlyMap<string, Seen> => {
  const seen = new Map<string, Seen>();
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    const isFolder = entry.isDirectory();
    seen.set(path.relative(root, file), { size: isFolder ? 0 : statSync(file).size, isFolder });
  }
  return seen;
};

/** Some hundred files in folders inside each other. */
const populate = (root: string): void => {
  const random = new Random(7);
  for (let folder = 0; folder < 12; folder++) {
    const place = path.join(root, `folder-${folder}`, NAMES[folder % NAMES.length] ?? '');
    mkdirSync(place, { recursive: true });
    for (let file = 0; file < 25; file++) {
      writeFileSync(
        path.join(place, `${file}-${NAMES[file % 7]}`),
        random.bytes(random.below(9000)),
      );
    }
  }
};

interface Churn {
  readonly changed: readonly string[];
  /** From and to. */
  readonly renamed: readonly (readonly [string, string])[];
}

/** Changes of each kind; files that were there before keep their times otherwise. */
const churn = (root: string): Churn => {
  const at = (name: string): string => path.join(root, name);
  const first = `folder-0/${NAMES[0]}`;
  for (const number of [3, 4]) rmSync(at(`${first}/${number}-${NAMES[number % 7]}`));
  rmSync(at('folder-5'), { recursive: true });
  mkdirSync(at('新しい/inner'), { recursive: true });
  for (let file = 0; file < 40; file++) writeFileSync(at(`新しい/inner/${file}`), 'x'.repeat(file));
  const longer = `${first}/5-${NAMES[5]}`;
  writeFileSync(at(longer), Buffer.alloc(20_000, 1));
  const touched = `${first}/6-${NAMES[6]}`;
  utimesSync(at(touched), new Date(0), new Date('2020-02-02T02:02:02Z'));
  const renamed: [string, string][] = [
    [`${first}/7-${NAMES[0]}`, `${first}/別の名前`],
    [`${first}/8-${NAMES[1]}`, 'folder-1/moved'],
    ['folder-2', '改名'],
  ];
  for (const [from, to] of renamed) renameSync(at(from), at(to));
  // In a folder that moved, too.
  const inMoved = `改名/${NAMES[2]}/0-${NAMES[0]}`;
  writeFileSync(at(inMoved), Buffer.alloc(30_000, 2));
  rmSync(at(`改名/${NAMES[2]}/1-${NAMES[1]}`));
  return { changed: [longer, touched, inMoved], renamed };
};

const onlyPartition = (parts: readonly PartitionFiles[]) => {
  const [part] = parts;
  if (!part?.isCompared) throw new Error(`not compared: ${JSON.stringify(part)}`);
  return part;
};

const filesBetween = async (lab: DiskLab, from: string, to: string, most = 10_000) => {
  const found = await lab.store.diffFiles(`lab@${from}`, `lab@${to}`, { most });
  return { ...found, part: onlyPartition(found.partitions) };
};

const sorted = (names: Iterable<string>): readonly string[] => [...names].sort();

/** Offset of the directory slot that begins with a short name. */
const findEntry = (image: string, name: string): number => {
  const at = readFileSync(image).indexOf(Buffer.from(name, 'latin1'));
  if (at < 0) throw new Error(`${name} is not there`);
  return at;
};

for (const { title, mkfs, mount, sizeMib } of KINDS) {
  test(`changed files of ${title} are those that a mounted volume shows`, async (t) => {
    if (!requires(t, 'root', 'mkntfs', 'ntfs-3g', 'mke2fs')) return;
    const lab = await makeLab(t);
    const image = emptyFile(lab.at('volume'), sizeMib);
    const [program = '', ...args] = mkfs;
    run(program, [...args, image]);
    let before: ReadonlyMap<string, Seen> = new Map();
    let after = before;
    let done: Churn = { changed: [], renamed: [] };
    await withMounted(t, image, mount, (root) => {
      populate(root);
      before = look(root);
    });
    const one = await lab.capture(image);
    await withMounted(t, image, mount, (root) => {
      done = churn(root);
      after = look(root);
    });
    const two = await lab.capture(image);

    const { part, readBytes } = await filesBetween(lab, one.id, two.id);
    const of = (change: string): readonly string[] =>
      sorted(part.files.filter((file) => file.change === change).map((file) => file.path));
    t.deepEqual(of('changed'), sorted(done.changed));
    const renames = part.files.filter((file) => file.change === 'renamed');
    t.deepEqual(
      renames.map(({ from, path: to }) => [from, to]).sort(),
      done.renamed.map((pair) => [...pair]).sort(),
    );
    // Names that come and go by a rename, also those below a folder that moved, are neither added nor removed.
    const nameBefore = (name: string): string => {
      const pair = done.renamed.find(([, to]) => name === to || name.startsWith(`${to}/`));
      return pair === undefined ? name : pair[0] + name.slice(pair[1].length);
    };
    const kept = new Set([...after.keys()].map(nameBefore));
    t.deepEqual(
      of('added'),
      sorted([...after.keys()].filter((name) => !before.has(nameBefore(name)))),
    );
    t.deepEqual(of('removed'), sorted([...before.keys()].filter((name) => !kept.has(name))));
    for (const file of part.files) {
      if (file.change !== 'removed') t.is(file.sizeBytes, after.get(file.path)?.size);
    }
    t.is(part.leftOut, 0);
    t.true(readBytes > 0);

    // A store behind a web server tells the same.
    const web = await serveFolder(t, lab.at('store'));
    const remote = await openStore(`${web.url}/`);
    const far = await remote.diffFiles(`lab@${one.id}`, `lab@${two.id}`, { most: 10_000 });
    t.deepEqual(onlyPartition(far.partitions).files, part.files);

    // The other way round it is the same with the words exchanged.
    const back = (await filesBetween(lab, two.id, one.id)).part;
    t.deepEqual([back.added, back.removed], [part.removed, part.added]);
    t.deepEqual([back.changed, back.renamed], [part.changed, part.renamed]);
    const few = (await filesBetween(lab, one.id, two.id, 3)).part;
    t.deepEqual([few.files.length, few.added, few.leftOut], [3, part.added, part.files.length - 3]);
    const none = (await filesBetween(lab, one.id, one.id)).part;
    t.deepEqual([none.files, none.leftOut], [[], 0]);
  });
}

test('changed files of FAT are those that mtools made', async (t) => {
  if (!requires(t, 'mcopy', 'mkfs.fat')) return;
  const lab = await makeLab(t);
  const image = emptyFile(lab.at('volume'), 40);
  run('mkfs.fat', ['-F', '32', image]);
  const file = (name: string, length: number): string => {
    writeFileSync(lab.at(name), Buffer.alloc(length, 3));
    return lab.at(name);
  };
  const copy = (source: string, to: string): string =>
    run('mcopy', ['-i', image, '-o', source, `::${to}`]);
  run('mmd', ['-i', image, '::/資料', '::/資料/奥']);
  for (let number = 0; number < 60; number++)
    copy(file('kept', number), `/資料/奥/ファイル ${number}.txt`);
  copy(file('longer', 100), '/資料/a');
  copy(file('gone', 4000), '/gone');
  copy(file('renamed', 5000), '/before');
  const one = await lab.capture(image);
  copy(file('longer', 9000), '/資料/a');
  run('mdel', ['-i', image, '::/gone']);
  copy(file('added', 7), '/追加');
  const two = await lab.capture(image);
  const { part } = await filesBetween(lab, one.id, two.id);
  t.deepEqual(
    part.files.map(({ change, path: name, sizeBytes, sizeBeforeBytes }) => {
      return [change, name, sizeBeforeBytes, sizeBytes];
    }),
    [
      ['removed', 'gone', 4000, undefined],
      ['changed', '資料/a', 100, 9000],
      ['added', '追加', undefined, 7],
    ],
  );
});

test('owner and mode are told on ext', async (t) => {
  if (!requires(t, 'root', 'mke2fs')) return;
  const lab = await makeLab(t);
  const image = emptyFile(lab.at('volume'), 16);
  run('mke2fs', ['-q', '-F', '-t', 'ext4', image]);
  await withMounted(t, image, ['mount'], (root) => writeFileSync(path.join(root, 'x'), 'x'));
  const one = await lab.capture(image);
  await withMounted(t, image, ['mount'], (root) => chmodSync(path.join(root, 'x'), 0o4711));
  const two = await lab.capture(image);
  const { part } = await filesBetween(lab, one.id, two.id);
  t.deepEqual(
    part.files.map(({ path: name, what }) => [name, what]),
    [['x', ['owner']]],
  );
});

test('a partition whose folders are damaged is told with its error, and nothing hangs', async (t) => {
  if (!requires(t, 'mkfs.fat', 'mcopy')) return;
  const lab = await makeLab(t);
  const image = emptyFile(lab.at('volume'), 16);
  run('mkfs.fat', ['-F', '16', '-s', '4', image]);
  run('mmd', ['-i', image, '::/a', '::/a/b']);
  const one = await lab.capture(image);
  // The folder b gets the first cluster of a, which holds it: a loop.
  const entry = findEntry(image, 'B          ');
  patch(image, entry + 26, Uint8Array.of(2, 0));
  const two = await lab.capture(image);
  const { partitions } = await lab.store.diffFiles(`lab@${one.id}`, `lab@${two.id}`, { most: 10 });
  const [part] = partitions;
  t.false(part?.isCompared);
  if (part?.isCompared === false) {
    t.deepEqual([part.reason, part.code], ['failed', 'VOLUME_DAMAGED']);
    t.regex(part.message ?? '', /partition 0 of lab.*lies in two places/);
  }
});
