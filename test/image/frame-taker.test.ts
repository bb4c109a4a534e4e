/** Frames of a capture that JavaScript takes from the threads of the addon. */
import { spawnSync } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import test, { type ExecutionContext } from 'ava';
import { parseFramePiece, serializePieceHead } from '../../src/codec/frame-piece.ts';
import {
  fromNative,
  type NativeCaptureSource,
  type NativeFrameTaker,
  type NativePack,
  native,
} from '../../src/disk/native.ts';
import { isNacreError, NacreError } from '../../src/errors.ts';
import { NOT_COUNTED } from '../helpers/nacre.ts';
import { Noise } from '../helpers/noise.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const CHUNK = 65_536;
const SIZE = 301 * CHUNK + 512;

type Take = NativeFrameTaker['writeFrames'];

interface Lab {
  readonly folder: string;
  readonly disk: Buffer;
  readonly source: (threads?: number, known?: Uint8Array) => NativeCaptureSource;
}

const makeLab = async (t: ExecutionContext): Promise<Lab> => {
  const folder = await temporaryFolder(t);
  const disk = new Noise('frames').bytes(SIZE);
  disk.fill('text', 50 * CHUNK, 150 * CHUNK);
  disk.fill(0, 160 * CHUNK, 170 * CHUNK);
  disk.copy(disk, 200 * CHUNK, 0, 3 * CHUNK);
  await writeFile(`${folder}/disk`, disk);
  const device = await native.openDevice(`${folder}/disk`, {
    write: false,
    exclusive: false,
    direct: false,
  });
  return {
    folder,
    disk,
    source: (threads = 0, known = new Uint8Array()) => ({
      ...{ device, algorithm: 1, level: 1, knownDigests: known, threads, skipBad: false },
      partitions: [{ offset: 0, size: SIZE, fileSystem: 'raw' }],
    }),
  };
};

/** Keeps copies of all that is taken. */
class Taken {
  readonly frames: Uint8Array[] = [];
  readonly digests: Uint8Array[] = [];
  readonly stored: Uint8Array[] = [];

  readonly take: Take = async (frames, digests, stored) => {
    this.frames.push(Uint8Array.from(frames));
    this.digests.push(Uint8Array.from(digests));
    this.stored.push(Uint8Array.from(stored));
  };

  get pack(): NativePack {
    const stored = Buffer.concat(this.stored);
    return {
      ...{ path: 'taken', frames: Buffer.concat(this.frames) },
      ...{ digests: Buffer.concat(this.digests), sizeBytes: 32 + stored.length },
      read: async (offset, target) => {
        target.set(stored.subarray(offset - 32, offset - 32 + target.length));
        return true;
      },
    };
  }
}

test('frames that JavaScript takes are those of pack files, in disk order, whatever the threads', async (t) => {
  const { folder, source } = await makeLab(t);
  const files = await native.startCapture({
    ...source(),
    ...{ packDirectory: folder, packLimitBytes: 2 ** 30 },
  }).done;
  for (const threads of [1, 2, 8]) {
    const taken = new Taken();
    const result = await native.startCapture({ ...source(threads), writeFrames: taken.take }).done;
    t.deepEqual(result.packs, []);
    t.deepEqual(result.partitions, files.partitions);
    t.is(result.newChunks, files.newChunks);
    t.deepEqual(Buffer.concat(taken.frames), files.packs[0]?.frames);
    t.deepEqual(Buffer.concat(taken.digests), files.packs[0]?.digests);
    const check = { packs: [taken.pack], algorithm: 1, wanted: new Uint8Array(), threads: 0 };
    t.deepEqual((await native.startCheck(check).done).damaged, []);
  }
});

test('each batch is a piece of its own', async (t) => {
  const { source } = await makeLab(t);
  let chunks = 0;
  const writeFrames: Take = async (frames, digests, stored) => {
    const piece = Buffer.concat([serializePieceHead(1, frames, digests), stored]);
    chunks += parseFramePiece(piece).digests.length / 32;
  };
  const { newChunks } = await native.startCapture({ ...source(), writeFrames }).done;
  t.is(chunks, newChunks);
});

test('what is known is not handed over, and a disk without new chunks hands over nothing', async (t) => {
  const { source } = await makeLab(t);
  const first = new Taken();
  await native.startCapture({ ...source(), writeFrames: first.take }).done;
  const known = Buffer.concat(first.digests);
  const again = new Taken();
  const all = await native.startCapture({ ...source(0, known), writeFrames: again.take }).done;
  t.is(all.newChunks, 0);
  t.is(again.frames.length, 0);
  const half = known.subarray(0, 32 * 40);
  const rest = await native.startCapture({ ...source(0, half), writeFrames: again.take }).done;
  t.deepEqual(Buffer.concat(again.digests), known.subarray(32 * 40));
  t.is(rest.newChunks, known.length / 32 - 40);
});

test('several batches are on their way, never more than there are threads', async (t) => {
  const { source } = await makeLab(t);
  const taken = new Taken();
  let [running, most] = [0, 0];
  const writeFrames: Take = async (...batch) => {
    most = Math.max(most, ++running);
    await taken.take(...batch);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
  };
  const operation = native.startCapture({ ...source(4), writeFrames });
  await operation.done;
  t.true(most > 1 && most <= 4, `${most}`);
  const { writtenBytes, doneBytes } = operation.progress();
  t.is(writtenBytes, Buffer.concat(taken.stored).length);
  t.is(doneBytes, SIZE);
});

test('the first rejection ends the capture while the others never settle', async (t) => {
  const { source } = await makeLab(t);
  let calls = 0;
  const writeFrames: Take = () => {
    if (calls++ < 3) return new Promise(() => undefined);
    const facts = { address: 'https://server', reason: 'ECONNRESET' };
    return Promise.reject(new NacreError('STORE_WEB_UNREACHABLE', facts));
  };
  const { done } = native.startCapture({ ...source(4), writeFrames });
  const error = await t.throwsAsync(fromNative(done));
  t.true(isNacreError(error, 'STORE_WEB_UNREACHABLE'));
  t.is(error?.message, 'https://server does not answer: ECONNRESET');
});

test('what is no NacreError, no promise, or thrown at once ends the capture as well', async (t) => {
  const { source } = await makeLab(t);
  const wrong: readonly [string, () => unknown][] = [
    ['a bug', () => Promise.reject(new TypeError('a bug'))],
    [
      'thrown',
      () => {
        throw new Error('thrown');
      },
    ],
    ['writeFrames gave no promise', () => 1],
  ];
  for (const [message, take] of wrong) {
    const { done } = native.startCapture({ ...source(), writeFrames: take as Take });
    await t.throwsAsync(done, { message });
  }
});

test('cancelling wakes threads that wait, and no call comes after the end', async (t) => {
  const { source } = await makeLab(t);
  const settle: (() => void)[] = [];
  const asked = new EventEmitter();
  let hasEnded = false;
  const late: Uint8Array[] = [];
  const writeFrames: Take = (_frames, _digests, stored) => {
    t.false(hasEnded);
    late.push(stored);
    if (late.length === 4) asked.emit('all');
    return new Promise((resolve) => settle.push(resolve));
  };
  const operation = native.startCapture({ ...source(4), writeFrames });
  await once(asked, 'all');
  operation.cancel();
  await t.throwsAsync(operation.done, { message: 'cancelled' });
  hasEnded = true;
  // What is read late is still there.
  t.true(late.every((bytes) => bytes.some((byte) => byte !== 0)));
  for (const resolve of settle) resolve();
  await new Promise((resolve) => setImmediate(resolve));
  t.is(late.length, 4);
});

test('a function that is none is refused', async (t) => {
  const { source } = await makeLab(t);
  t.throws(() => native.startCapture({ ...source(), writeFrames: 1 as unknown as Take }), {
    message: 'writeFrames is not a function',
  });
});

/** A program that stops in the middle of batches that nobody takes. */
const programOf = (folder: string, end: string): string => `
  const { createRequire } = require('node:module');
  const native = createRequire('${import.meta.filename}')('../../build/Release/nacre.node');
  (async () => {
    const device = await native.openDevice('${folder}/disk', { write: false, exclusive: false, direct: false });
    let calls = 0;
    const writeFrames = () => { if (++calls === 4) { ${end} } return new Promise(() => {}); };
    native.startCapture({ device, partitions: [{ offset: 0, size: ${SIZE}, fileSystem: 'raw' }], algorithm: 1, level: 1,
      knownDigests: new Uint8Array(), threads: 4, skipBad: false, writeFrames }).done.catch(() => {});
    setInterval(() => {}, 1000);
  })();
`;

test('a process that exits while threads wait ends at once, and with its own code', async (t) => {
  const { folder } = await makeLab(t);
  for (const end of ['process.exit(7)', 'setImmediate(() => process.exit(7))']) {
    const program = programOf(folder, end);
    const { status, signal, stderr } = spawnSync(process.execPath, ['-e', program], {
      encoding: 'utf8',
      env: { ...process.env, ...NOT_COUNTED },
    });
    t.deepEqual({ status, signal, stderr }, { status: 7, signal: null, stderr: '' });
  }
});

test('a worker that is terminated while threads wait leaves nothing behind', async (t) => {
  const { folder } = await makeLab(t);
  const end = `require('node:worker_threads').parentPort.postMessage('waiting')`;
  for (let round = 0; round < 3; round++) {
    const worker = new Worker(programOf(folder, end), { eval: true });
    await once(worker, 'message');
    t.is(await worker.terminate(), 1);
  }
});
