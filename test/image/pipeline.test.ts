import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {
  fromNative,
  type NativeCaptureResult,
  type NativeDevice,
  type NativeImagePartition,
  native,
} from '../../src/disk/native.ts';
import { isNacreError } from '../../src/errors.ts';

const CHUNK = 65536;
const SIZE = 40 * CHUNK + 4096 + 512;

/** A disk with data, a zero chunk, a repeated chunk and a short tail. */
const diskBytes = (): Buffer => {
  const bytes = Buffer.alloc(SIZE);
  let state = 12345;
  for (let offset = 0; offset + 4 <= SIZE; offset += 4) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes.writeUInt32LE(offset % (4 * CHUNK) < CHUNK ? state : offset >>> 8, offset);
  }
  bytes.fill(0, 5 * CHUNK, 7 * CHUNK);
  bytes.copy(bytes, 9 * CHUNK, 0, CHUNK);
  return bytes;
};

interface Bench {
  readonly folder: string;
  readonly file: (name: string) => string;
  readonly openDevice: (name: string, write?: boolean) => Promise<NativeDevice>;
}

// Not the default folder for temporary files: it is often a tmpfs, which has no O_DIRECT.
const withBench = async (run: (bench: Bench) => Promise<void>): Promise<void> => {
  const folder = await mkdtemp('/var/tmp/nacre-pipeline-');
  const file = (name: string) => path.join(folder, name);
  try {
    await run({
      folder,
      file,
      openDevice: (name, write = false) =>
        native.openDevice(file(name), { write, exclusive: false, direct: true }),
    });
  } finally {
    await rm(folder, { recursive: true });
  }
};

const capture = (device: NativeDevice, packDirectory: string, knownDigests = Buffer.alloc(0)) =>
  native.startCapture({
    device,
    partitions: [{ offset: 0, size: SIZE, fileSystem: 'raw' }],
    algorithm: 1,
    level: 1,
    knownDigests,
    packDirectory,
    packLimitBytes: 2 ** 30,
    threads: 0,
    skipBad: false,
  });

const imageOf = (captured: NativeCaptureResult): readonly NativeImagePartition[] =>
  captured.partitions.map((partition) => ({ offset: 0, size: SIZE, ...partition, fields: [] }));

test('a captured disk is restored over noise, and compares the same', (t) =>
  withBench(async (bench) => {
    const bytes = diskBytes();
    await writeFile(bench.file('disk'), bytes);
    await writeFile(bench.file('target'), Buffer.alloc(SIZE, 0x5a));
    const captured = await capture(await bench.openDevice('disk'), bench.folder).done;
    t.is(captured.partitions[0]?.usedBytes, SIZE);
    t.is(captured.zeroChunks, 2);
    t.is(captured.newChunks + captured.reusedChunks + captured.zeroChunks, 41);
    const device = await bench.openDevice('target', true);
    const common = { device, partitions: imageOf(captured), packs: captured.packs, algorithm: 1 };
    const operation = native.startApply({ ...common, compare: true, threads: 0 });
    const applied = await operation.done;
    t.deepEqual(applied.partitions, [{ writtenBytes: SIZE, unchangedBytes: 0, chunksWritten: 41 }]);
    t.is(applied.verifiedBytes, SIZE);
    t.deepEqual(operation.progress(), { doneBytes: SIZE, totalBytes: SIZE, writtenBytes: SIZE });
    t.true(bytes.equals(await readFile(bench.file('target'))));
    const compared = await native.startCompare({ ...common, threads: 0 }).done;
    t.deepEqual(compared.partitions, [{ differingChunks: 0, differingBytes: 0, ranges: [] }]);
  }));

test('damage on the disk is found by place and repaired by blocks', (t) =>
  withBench(async (bench) => {
    const bytes = diskBytes();
    await writeFile(bench.file('disk'), bytes);
    const captured = await capture(await bench.openDevice('disk'), bench.folder).done;
    const file = await open(bench.file('disk'), 'r+');
    await file.write(Buffer.from('damage'), 0, 6, 3 * CHUNK + 8190);
    await file.close();
    const device = await bench.openDevice('disk', true);
    const common = { device, partitions: imageOf(captured), packs: captured.packs, algorithm: 1 };
    const compared = await native.startCompare({ ...common, threads: 0 }).done;
    t.deepEqual(compared.partitions, [
      {
        differingChunks: 1,
        differingBytes: 8192,
        ranges: [{ offset: 3 * CHUNK + 4096, length: 8192 }],
      },
    ]);
    const applied = await native.startApply({ ...common, compare: true, threads: 0 }).done;
    t.is(applied.partitions[0]?.writtenBytes, 8192);
    t.true(bytes.equals(await readFile(bench.file('disk'))));
  }));

test('a damaged pack is reported by a check and stops an apply before it writes the chunk', (t) =>
  withBench(async (bench) => {
    await writeFile(bench.file('disk'), diskBytes());
    await writeFile(bench.file('target'), Buffer.alloc(SIZE));
    const captured = await capture(await bench.openDevice('disk'), bench.folder).done;
    const { packs } = captured;
    const sound = await native.startCheck({
      packs,
      algorithm: 1,
      wanted: Buffer.alloc(0),
      threads: 0,
    }).done;
    t.deepEqual(sound, { checkedChunks: captured.newChunks, damaged: [] });
    const pack = await open(bench.file('0.pack'), 'r+');
    await pack.write(Buffer.from([1, 2, 3]), 0, 3, 32 + 40);
    await pack.close();
    const checked = await native.startCheck({
      packs,
      algorithm: 1,
      wanted: Buffer.alloc(0),
      threads: 0,
    }).done;
    t.is(checked.damaged[0]?.frame, 0);
    t.is(checked.damaged[0]?.offset, 32);
    t.is(checked.damaged[0]?.pack, bench.file('0.pack'));
    const error = await t.throwsAsync(
      fromNative(
        native.startApply({
          device: await bench.openDevice('target', true),
          partitions: imageOf(captured),
          packs,
          algorithm: 1,
          compare: true,
          threads: 0,
        }).done,
      ),
    );
    t.true(isNacreError(error, 'IMAGE_CHUNK_DAMAGED'));
    t.true(Buffer.alloc(CHUNK).equals((await readFile(bench.file('target'))).subarray(0, CHUNK)));
  }));

test('an operation that was cancelled rejects and says so', (t) =>
  withBench(async (bench) => {
    await writeFile(bench.file('disk'), diskBytes());
    const operation = capture(await bench.openDevice('disk'), bench.folder);
    operation.cancel();
    const error = await t.throwsAsync(operation.done);
    t.true(error !== undefined && 'cancelled' in error && error.cancelled === true);
  }));

test('a chunk that is in no pack is named before anything is written', (t) =>
  withBench(async (bench) => {
    await writeFile(bench.file('disk'), diskBytes());
    const captured = await capture(await bench.openDevice('disk'), bench.folder).done;
    const error = await t.throwsAsync(
      fromNative(
        native.startApply({
          device: await bench.openDevice('disk', true),
          partitions: imageOf(captured),
          packs: [],
          algorithm: 1,
          compare: true,
          threads: 0,
        }).done,
      ),
    );
    t.true(isNacreError(error, 'IMAGE_CHUNK_MISSING') && error.facts['chunk'] === 0);
  }));
