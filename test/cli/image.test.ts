/** The story of an image on the command line, on real disk files. */
import { createHash } from 'node:crypto';
import { readFileSync, truncateSync } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { copySparse } from '../helpers/ground.ts';
import { documentOf, type NacreRun, nacre } from '../helpers/nacre.ts';
import { nacreHere } from '../helpers/nacre-here.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { makeDisk } from '../helpers/volumes.ts';

interface Place {
  readonly folder: string;
  readonly disk: string;
  readonly at: (name: string) => string;
  readonly run: (argumentList: readonly string[]) => Promise<NacreRun>;
  /** Runs with `--json` and expects this exit code. */
  readonly json: (
    exitCode: number,
    argumentList: readonly string[],
  ) => Promise<Record<string, unknown>>;
}

/** A folder with a store of its own and a disk with NTFS and ext4; `by` runs its command lines. */
const makePlace = async (
  t: ExecutionContext,
  by: typeof nacre | typeof nacreHere = nacreHere,
): Promise<Place> => {
  const folder = await temporaryFolder(t);
  const at = (name: string) => path.join(folder, name);
  const run: Place['run'] = (argumentList) =>
    by(argumentList, { cwd: folder, environment: { NACRE_STORE: at('store') } });
  const json: Place['json'] = async (exitCode, argumentList) => {
    const done = await run([...argumentList, '--json', '--quiet']);
    t.is(done.exitCode, exitCode, `${argumentList.join(' ')}\n${done.stdout}${done.stderr}`);
    return documentOf(done);
  };
  return { folder, disk: makeDisk(at('disk.img')), at, run, json };
};

const digestOf = (file: string): string =>
  createHash('sha256').update(readFileSync(file)).digest('hex');

/** Puts noise over 4 KiB of a file. */
const damage = async (file: string, offset: number): Promise<void> => {
  await using handle = await open(file, 'r+');
  await handle.write(Buffer.alloc(4096, 0x5a), 0, 4096, offset);
};

const blankFile = async (file: string, sizeBytes: number): Promise<void> => {
  await using _handle = await open(file, 'wx');
  truncateSync(file, sizeBytes);
};

const usedRangeOf = (document: Record<string, unknown>): unknown => document['ranges'];

test.serial(
  'a disk is captured, restored to a larger one, damaged, repaired and verified',
  async (t) => {
    const { at, disk, json } = await makePlace(t, nacre);
    const captured = await json(0, ['image', 'capture', disk, 'lab', '--comment', 'first']);
    t.like(captured, { name: 'lab', parent: null, skippedBytes: 0 });
    t.regex(String(captured['id']), /^[0-9a-f]{64}$/);
    t.regex(String(captured['createdAt']), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    t.true(Number(captured['storedBytes']) > 0);
    t.true(Array.isArray(captured['partitions']));

    const again = await json(0, ['image', 'capture', disk, 'lab']);
    t.like(again, { parent: captured['id'], newChunks: 0, storedBytes: 0 });

    await blankFile(at('target.img'), 200 * 2 ** 20);
    const restored = await json(0, [
      'image',
      'restore',
      'lab',
      'target.img',
      '--yes',
      'target.img',
    ]);
    const total = Number(restored['writtenBytes']) + Number(restored['unchangedBytes']);
    t.is(total, Number(captured['usedBytes']));
    t.like(await json(0, ['image', 'verify', 'lab', 'target.img']), { same: true, ranges: [] });

    await damage(at('target.img'), 2 ** 20 + 4096 * 4);
    const different = await json(1, ['image', 'verify', 'lab', 'target.img']);
    t.like(different, { same: false, differingChunks: 1 });
    t.deepEqual(usedRangeOf(different), [{ partition: 1, offsetBytes: 16384, lengthBytes: 4096 }]);

    const repaired = await json(0, [
      'image',
      'restore',
      'lab',
      'target.img',
      '--yes',
      'target.img',
    ]);
    t.like(repaired, { writtenBytes: 4096, chunksWritten: 1, savedTable: null });
    t.like(await json(0, ['image', 'verify', 'lab', 'target.img']), { same: true });
  },
);

test.serial('--dry-run shows the plan and changes nothing', async (t) => {
  const { at, disk, json, run } = await makePlace(t);
  await json(0, ['image', 'capture', disk, 'lab']);
  copySparse([disk], at('target.img'));
  await damage(at('target.img'), 2 ** 20);
  const before = digestOf(at('target.img'));
  const { plan } = await json(0, ['image', 'restore', 'lab', 'target.img', '--dry-run']);
  t.like(plan, { lost: ['partition 1 (unknown content)'] });
  const text = await run(['image', 'restore', 'lab', 'target.img', '--dry-run', '--lang', 'ja']);
  t.is(text.exitCode, 0);
  t.regex(text.stdout, /変更前/);
  t.regex(text.stdout, /失われるもの/);
  t.is(digestOf(at('target.img')), before);
});

for (const [title, answer] of [
  ['no answer off a terminal', []],
  ['a wrong answer', ['--yes', 'disk.img']],
  ['an empty answer', ['--yes', '']],
] as const) {
  test.serial(`${title} is refused before the first write`, async (t) => {
    const { at, disk, json } = await makePlace(t);
    await json(0, ['image', 'capture', disk, 'lab']);
    await blankFile(at('target.img'), 64 * 2 ** 20);
    const before = digestOf(at('target.img'));
    const { error } = await json(3, ['image', 'restore', 'lab', 'target.img', ...answer]);
    t.like(error, { code: 'CLI_NOT_CONFIRMED', facts: { needed: 'target.img' } });
    t.is(digestOf(at('target.img')), before);
  });
}

test.serial('a file is named as it was typed or by its base name', async (t) => {
  const { at, disk, json } = await makePlace(t);
  await json(0, ['image', 'capture', disk, 'lab']);
  await blankFile(at('target.img'), 64 * 2 ** 20);
  for (const answer of ['target.img', './target.img']) {
    await json(0, ['image', 'restore', 'lab', './target.img', '--yes', answer]);
  }
});

test.serial('the table that a restore replaced comes back by disk undo', async (t) => {
  const { at, disk, folder, json } = await makePlace(t);
  await json(0, ['image', 'capture', disk, 'lab']);
  await blankFile(at('target.img'), 64 * 2 ** 20);
  const before = readFileSync(at('target.img')).subarray(0, 512);
  const restored = await json(0, ['image', 'restore', 'lab', 'target.img', '--yes', 'target.img']);
  const saved = String(restored['savedTable']);
  t.deepEqual(
    (await readdir(folder)).filter((name) => name.endsWith('.nacre-table')),
    [path.basename(saved)],
  );
  const { plan } = await json(0, ['disk', 'undo', 'target.img', '--from', saved, '--dry-run']);
  t.like(plan, { after: [{ number: 0 }] });
  const { error } = await json(3, ['disk', 'undo', 'target.img', '--from', saved]);
  t.like(error, { code: 'CLI_NOT_CONFIRMED' });
  await json(0, ['disk', 'undo', 'target.img', '--from', saved, '--yes', 'target.img']);
  t.deepEqual(readFileSync(at('target.img')).subarray(0, 512), before);
});

test.serial('undo without --from is wrong usage', async (t) => {
  const { json } = await makePlace(t);
  const { error } = await json(2, ['disk', 'undo', 'disk.img']);
  t.like(error, { code: 'CLI_OPTION_NEEDED', facts: { what: '--from FILE' } });
});

test.serial('a restore over a known version says what it does not look at', async (t) => {
  const { at, disk, run, json } = await makePlace(t);
  const first = await json(0, ['image', 'capture', disk, 'lab']);
  copySparse([disk], at('target.img'));
  await json(0, ['image', 'capture', disk, 'lab', '--comment', 'second']);
  const over = ['--over', `lab@${first['id']}`];
  const restore = ['image', 'restore', 'lab', 'target.img', ...over];
  const planned = await run([...restore, '--dry-run', '--lang', 'en']);
  t.regex(planned.stdout, /MiB not looked at: the disk is said to hold lab@[0-9a-f]{8} unchanged/);
  const inJapanese = await run([...restore, '--dry-run', '--lang', 'ja']);
  t.regex(inJapanese.stdout, /は確認しません/);
  const done = await run([...restore, '--yes', 'target.img', '--lang', 'en']);
  t.is(done.exitCode, 0);
  t.regex(done.stdout, /^0 B written, .* unchanged, .* read back and right\n.* not looked at/m);
  const { error } = await json(1, ['image', 'restore', 'lab', 'target.img', '--over', 'nobody']);
  t.like(error, { code: 'IMAGE_NOT_FOUND' });
});

test.serial('a signed image is restored with the right key and refused with another', async (t) => {
  const { at, disk, json, run } = await makePlace(t);
  await json(0, ['key', 'make', 'right.pem']);
  await json(0, ['key', 'make', 'wrong.pem']);
  await json(0, ['image', 'capture', disk, 'lab', '--sign', 'right.pem']);
  await blankFile(at('target.img'), 64 * 2 ** 20);
  const restore = ['image', 'restore', 'lab', 'target.img', '--yes', 'target.img'];
  const { error } = await json(3, [...restore, '--trust', 'wrong.pem.pub']);
  t.like(error, { code: 'IMAGE_UNTRUSTED' });
  await json(0, [...restore, '--trust', 'wrong.pem.pub', '--trust', 'right.pem.pub']);
  const told = await run([...restore, '--lang', 'en']);
  t.regex(told.stderr, /\nrestore {2}100 %/);
  t.regex((await run([...restore, '--lang', 'ja'])).stderr, /\n復元 {2}100 %/);
  t.regex(told.stderr, /signed by [0-9a-f]{16} \(not asked to trust\)/);
});

test.serial('values out of their limits are wrong usage', async (t) => {
  const { disk, json } = await makePlace(t);
  for (const wrong of [
    ['--level', '0'],
    ['--level', '20'],
    ['--level', 'x'],
    ['--partition', '-1'],
    ['--partition', '65536'],
    ['--sector-size', '520'],
    ['--machine', ''],
    ['--machine', 'x'.repeat(129)],
  ]) {
    const { error } = await json(2, ['image', 'capture', disk, 'lab', ...wrong]);
    t.like(error, { code: 'CLI_BAD_VALUE', facts: { what: wrong[0], value: wrong[1] } });
  }
  const { error } = await json(2, ['image', 'restore', 'lab', disk, '--partition', '1=2=3']);
  t.like(error, { code: 'CLI_BAD_VALUE' });
});

test.serial('labels, list, inspect, diff, rm and the bin tell what they did', async (t) => {
  const { disk, json, run } = await makePlace(t);
  const { id } = await json(0, ['image', 'capture', disk, 'lab', '--title', '実習室']);
  t.like(await json(0, ['image', 'label', 'lab', 'tested']), { id, labels: ['latest', 'tested'] });
  t.like(await json(0, ['image', 'list']), {
    images: [{ name: 'lab', title: '実習室', latest: id, versions: [{ id }] }],
  });
  const inspected = await json(0, ['image', 'inspect', 'lab:tested']);
  t.like(inspected, { id, labels: ['latest', 'tested'], signatures: [], disk: { table: 'mbr' } });
  t.false(JSON.stringify(inspected).includes('"digests":{'));
  t.like(await json(0, ['image', 'diff', 'lab', 'lab:tested']), { chunks: 0, bytes: 0 });
  t.like(await json(0, ['image', 'diff', 'lab', 'lab:tested', '--files', '--most', '5']), {
    chunks: 0,
    files: { readBytes: 0 },
  });
  await json(0, ['image', 'rm', 'lab']);
  t.deepEqual(await json(0, ['image', 'list']), { images: [] });
  t.like(await json(0, ['image', 'bin', 'list']), { versions: [{ name: 'lab', id }] });
  const { error } = await json(1, ['image', 'inspect', `lab@${String(id).slice(0, 8)}`]);
  t.like(error, { code: 'IMAGE_IN_BIN' });
  await json(0, ['image', 'bin', 'restore', 'lab']);
  const list = await run(['image', 'list', '--lang', 'ja']);
  t.regex(list.stdout, /^名前 .*\nlab .* 実習室\n$/);
});

test.serial('an emptied bin gives its space back by gc, and nothing before', async (t) => {
  const { disk, json } = await makePlace(t);
  const { storedBytes } = await json(0, ['image', 'capture', disk, 'lab']);
  await json(0, ['image', 'rm', 'lab']);
  t.like(await json(0, ['store', 'gc', '--dry-run']), { freedBytes: 0 });
  t.like(await json(0, ['image', 'bin', 'empty']), { droppedVersions: 1 });
  t.true(
    Number((await json(0, ['store', 'gc', '--dry-run']))['freedBytes']) >= Number(storedBytes),
  );
  t.like(await json(0, ['store', 'gc']), { deletedVersions: 1, deletedPacks: 1 });
  t.like(await json(0, ['store', 'check']), { ok: true, problems: [] });
});

test.serial(
  'store check names a damaged pack, and sync brings it from another store',
  async (t) => {
    const { at, disk, json } = await makePlace(t);
    await json(0, ['image', 'capture', disk, 'lab']);
    await json(0, ['store', 'sync', 'store', 'mirror']);
    const packs = await readdir(at('store'), { recursive: true });
    const pack = packs.find((name) => name.endsWith('.pack')) ?? '';
    await damage(at(`store/${pack}`), 4096);
    const report = await json(1, ['store', 'check']);
    t.is(report['ok'], false);
    t.true(JSON.stringify(report['problems']).includes(pack));
    const verified = await json(1, ['image', 'verify', 'lab']);
    t.is(verified['ok'], false);
    t.true(Array.isArray(verified['damaged']));
    t.like(await json(0, ['store', 'sync', 'mirror', 'store', '--check']), { packs: 1 });
    t.like(await json(0, ['store', 'check']), { ok: true });
  },
);

test.serial('an image becomes a qcow2 file and comes back the same', async (t) => {
  const { disk, json } = await makePlace(t);
  await json(0, ['image', 'capture', disk, 'lab']);
  t.like(await json(0, ['image', 'convert', 'lab', './lab.qcow2']), { targetFormat: 'qcow2' });
  const back = await json(0, ['image', 'convert', 'lab.qcow2', 'back', '--delete-source']);
  t.like(back, { sourceFormat: 'qcow2', targetFormat: 'image' });
  t.like(await json(0, ['image', 'diff', 'lab', 'back']), { chunks: 0 });
});

test.serial('a store that does not exist is an error with the way out', async (t) => {
  const { run } = await makePlace(t);
  const list = await run(['image', 'list', '--store', 'nowhere']);
  t.is(list.exitCode, 1);
  t.regex(list.stderr, /^nacre: nowhere is no image store\nhint: .*--store/);
});
