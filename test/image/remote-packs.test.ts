/** Packs that JavaScript reads for the threads of the addon. */
import { spawnSync } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import test, { type ExecutionContext } from 'ava';
import {
  fromNative,
  type NativeApplyOptions,
  type NativeCaptureResult,
  type NativePack,
  native,
} from '../../src/disk/native.ts';
import { isNacreError, NacreError } from '../../src/errors.ts';
import { NOT_COUNTED } from '../helpers/nacre.ts';
import { Noise } from '../helpers/noise.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const CHUNK = 65_536;
const SIZE = 200 * CHUNK;

type Read = NonNullable<NativePack['read']>;

interface Lab {
  readonly folder: string;
  readonly disk: Buffer;
  readonly captured: NativeCaptureResult;
  /** Bytes of the only pack. */
  readonly bytes: Buffer;
  /** Restores over zeros. */
  readonly apply: (read: Read, threads?: number) => ReturnType<typeof native.startApply>;
  readonly target: () => Promise<Buffer>;
}

const makeLab = async (t: ExecutionContext): Promise<Lab> => {
  const folder = await temporaryFolder(t);
  const disk = new Noise('remote').bytes(SIZE);
  disk.fill('text', 50 * CHUNK, 150 * CHUNK);
  await writeFile(`${folder}/disk`, disk);
  await writeFile(`${folder}/target`, Buffer.alloc(SIZE));
  const open = (name: string, write: boolean) =>
    native.openDevice(`${folder}/${name}`, { write, exclusive: false, direct: false });
  const captured = await native.startCapture({
    device: await open('disk', false),
    partitions: [{ offset: 0, size: SIZE, fileSystem: 'raw' }],
    algorithm: 1,
    level: 1,
    knownDigests: Buffer.alloc(0),
    packDirectory: folder,
    packLimitBytes: 2 ** 30,
    threads: 0,
    skipBad: false,
  }).done;
  const device = await open('target', true);
  const bytes = await readFile(`${folder}/0.pack`);
  const apply = (read: Read, threads = 0) =>
    native.startApply(applyOptions(captured, device, [remote(captured, read)], threads));
  return { folder, disk, captured, bytes, apply, target: () => readFile(`${folder}/target`) };
};

const remote = ({ packs }: NativeCaptureResult, read: Read): NativePack => {
  const [pack] = packs;
  if (pack === undefined) throw new TypeError('nothing was captured');
  const { frames, digests, sizeBytes } = pack;
  return { path: 'https://store/a.pack', frames, digests, sizeBytes, read };
};

const applyOptions = (
  { partitions }: NativeCaptureResult,
  device: NativeApplyOptions['device'],
  packs: readonly NativePack[],
  threads: number,
): NativeApplyOptions => ({
  device,
  partitions: partitions.map((partition) => ({ offset: 0, size: SIZE, ...partition, fields: [] })),
  packs,
  algorithm: 1,
  compare: true,
  threads,
});

/** Reads at once from memory. */
const from =
  (bytes: Buffer): Read =>
  async (offset, target) => {
    bytes.copy(target, 0, offset, offset + target.length);
    return true;
  };

test('a disk is restored from packs that JavaScript reads, with several reads under way', async (t) => {
  const lab = await makeLab(t);
  const read = from(lab.bytes);
  let [running, most] = [0, 0];
  await lab.apply(async (...request) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    return read(...request);
  }, 6).done;
  t.true((await lab.target()).equals(lab.disk));
  t.true(most > 1);
});

test('a check and a comparison read the same way', async (t) => {
  const lab = await makeLab(t);
  const packs = [remote(lab.captured, from(lab.bytes))];
  const check = native.startCheck({ packs, algorithm: 1, wanted: Buffer.alloc(0), threads: 0 });
  t.deepEqual((await check.done).damaged, []);
  const device = await native.openDevice(`${lab.folder}/target`, {
    write: false,
    exclusive: false,
    direct: false,
  });
  const compared = await native.startCompare(applyOptions(lab.captured, device, packs, 0)).done;
  t.is(compared.partitions[0]?.differingBytes, SIZE);
});

test('bytes that are damaged are asked for again until there is no other place', async (t) => {
  const lab = await makeLab(t);
  const read = from(lab.bytes);
  const lying: Read = async (offset, target, attempt) => {
    if (attempt === 2) return false;
    await read(offset, target, attempt);
    target[0] = (target[0] ?? 0) ^ 1;
    return true;
  };
  const error = await t.throwsAsync(fromNative(lab.apply(lying).done));
  t.true(isNacreError(error, 'IMAGE_CHUNK_DAMAGED'));
  t.like(isNacreError(error) ? error.facts : {}, { pack: 'https://store/a.pack' });
  await lab.apply(async (...request) => (request[2] === 0 ? lying(...request) : read(...request)))
    .done;
  t.true((await lab.target()).equals(lab.disk));
});

test('the first error of a read ends the operation while the others never settle', async (t) => {
  const lab = await makeLab(t);
  let reads = 0;
  const operation = lab.apply(() => {
    if (reads++ < 3) return new Promise(() => undefined);
    const facts = { address: 'https://store/a.pack', reason: 'ECONNRESET' };
    return Promise.reject(new NacreError('STORE_WEB_UNREACHABLE', facts));
  }, 4);
  const error = await t.throwsAsync(fromNative(operation.done));
  t.true(isNacreError(error, 'STORE_WEB_UNREACHABLE'));
  t.is(error?.message, 'https://store/a.pack does not answer: ECONNRESET');
});

test('what is no NacreError, no promise, or thrown at once ends the operation as well', async (t) => {
  const lab = await makeLab(t);
  const wrong: readonly [string, () => unknown][] = [
    ['a bug', () => Promise.reject(new TypeError('a bug'))],
    [
      'thrown',
      () => {
        throw new Error('thrown');
      },
    ],
    ['read gave no promise', () => true],
    ['42', () => Promise.reject(42)],
  ];
  for (const [message, read] of wrong) {
    await t.throwsAsync(lab.apply(read as Read).done, { message });
  }
});

test('cancelling wakes threads whose reads never settle; what comes late harms nobody', async (t) => {
  const lab = await makeLab(t);
  const late: Uint8Array[] = [];
  const settle: ((value: boolean) => void)[] = [];
  const asked = new EventEmitter();
  const operation = lab.apply((_, target) => {
    late.push(target);
    if (late.length === 4) asked.emit('all');
    return new Promise((resolve) => settle.push(resolve));
  }, 4);
  await once(asked, 'all');
  operation.cancel();
  await t.throwsAsync(operation.done, { message: 'cancelled' });
  for (const target of late) target.fill(1);
  for (const resolve of settle) resolve(true);
  await new Promise((resolve) => setImmediate(resolve));
  t.true((await lab.target()).equals(Buffer.alloc(SIZE)));
});

test('arguments of the wrong type are refused', async (t) => {
  const lab = await makeLab(t);
  const { sizeBytes: _, ...unsized } = remote(lab.captured, from(lab.bytes));
  const start = (pack: object) => () =>
    native.startCheck({
      packs: [pack as NativePack],
      algorithm: 1,
      wanted: Buffer.alloc(0),
      threads: 0,
    });
  t.throws(start(unsized), { message: 'sizeBytes is not a size' });
  t.throws(start({ ...unsized, sizeBytes: 1, read: 1 }), { message: 'read is not a function' });
});

/** A program that stops in the middle of reads that never settle. */
const programOf = (lab: Lab, end: string): string => `
  const { createRequire } = require('node:module');
  const { readFileSync } = require('node:fs');
  const native = createRequire('${import.meta.filename}')('../../build/Release/nacre.node');
  (async () => {
    const device = await native.openDevice('${lab.folder}/target', { write: true, exclusive: false, direct: false });
    const part = (name) => readFileSync('${lab.folder}/' + name);
    let reads = 0;
    const read = () => { if (++reads === 4) { ${end} } return new Promise(() => {}); };
    const pack = { path: 'p', frames: part('frames'), digests: part('pack-digests'), sizeBytes: ${lab.bytes.length}, read };
    const partition = { offset: 0, size: ${SIZE}, runs: part('runs'), masks: part('masks'), digests: part('digests'), fields: [] };
    native.startApply({ device, partitions: [partition], packs: [pack], algorithm: 1, compare: true, threads: 4 })
      .done.catch(() => {});
    setInterval(() => {}, 1000);
  })();
`;

const saveRecords = async ({ folder, captured }: Lab): Promise<void> => {
  const [partition, pack] = [captured.partitions[0], captured.packs[0]];
  await writeFile(`${folder}/frames`, pack?.frames ?? '');
  await writeFile(`${folder}/pack-digests`, pack?.digests ?? '');
  await writeFile(`${folder}/runs`, partition?.runs ?? '');
  await writeFile(`${folder}/masks`, partition?.masks ?? '');
  await writeFile(`${folder}/digests`, partition?.digests ?? '');
};

test('a process that exits while threads wait for reads ends at once, and with its own code', async (t) => {
  const lab = await makeLab(t);
  await saveRecords(lab);
  for (const end of ['process.exit(7)', 'setImmediate(() => process.exit(7))']) {
    const { status, signal, stderr } = spawnSync(process.execPath, ['-e', programOf(lab, end)], {
      encoding: 'utf8',
      env: { ...process.env, ...NOT_COUNTED },
    });
    t.deepEqual({ status, signal, stderr }, { status: 7, signal: null, stderr: '' });
  }
});

test('a worker that is terminated while threads wait for reads leaves nothing behind', async (t) => {
  const lab = await makeLab(t);
  await saveRecords(lab);
  const end = `require('node:worker_threads').parentPort.postMessage('waiting')`;
  for (let round = 0; round < 3; round++) {
    const worker = new Worker(programOf(lab, end), { eval: true });
    await once(worker, 'message');
    t.is(await worker.terminate(), 1);
  }
});
