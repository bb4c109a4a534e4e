/** Uploads as a store takes them: what is kept, what is refused, and what is left after a crash. */
import { readdir, readFile, rename, symlink, truncate, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { outputFile } from 'fs-extra/esm';
import { serializePieceHead } from '../../../src/codec/frame-piece.ts';
import { parseManifest, serializeManifest } from '../../../src/codec/manifest.ts';
import { native } from '../../../src/disk/native.ts';
import { isNacreError } from '../../../src/errors.ts';
import { sha256Hex } from '../../../src/image/store/pack-file.ts';
import { openStore } from '../../../src/image/store/store.ts';
import type { UploadSession } from '../../../src/image/upload/upload-session.ts';
import { verifyDisk } from '../../../src/image/verify-disk.ts';
import { patch } from '../../helpers/disk-lab.ts';
import { Noise } from '../../helpers/noise.ts';
import { makeUploadLab, targetOf, UPLOAD, type UploadLab } from '../../helpers/upload-lab.ts';

const CHUNK = 65_536;

/** A piece of stored chunks. */
const pieceOf = (seed: string, chunks: number): Buffer => {
  const stored = new Noise(seed).bytes(chunks * CHUNK);
  const frames = Buffer.alloc(chunks * 16);
  const digests: Buffer[] = [];
  for (let chunk = 0; chunk < chunks; chunk++) {
    const bytes = stored.subarray(chunk * CHUNK, (chunk + 1) * CHUNK);
    const digest = native.digest(1, bytes);
    digests.push(digest);
    frames.writeUInt32LE(CHUNK, chunk * 16);
    frames.writeUInt8(1, chunk * 16 + 4);
    frames.writeUInt8(1, chunk * 16 + 5);
    digest.copy(frames, chunk * 16 + 8, 0, 8);
  }
  return Buffer.concat([serializePieceHead(1, frames, Buffer.concat(digests)), stored]);
};

const refusal = async (t: ExecutionContext, run: Promise<unknown>, code: string) => {
  const error = await t.throwsAsync(run);
  t.true(isNacreError(error) && error.code === code, String(error));
  return error;
};

const folderOf = ({ lab }: UploadLab): string => lab.at(`store/uploads/${UPLOAD}`);

/** A manifest of a disk as its sender would make it, without sending it. */
const draftOf = async (upload: UploadLab, session: UploadSession, disk: string) => {
  let draft = Buffer.alloc(0);
  const taken = {
    putDraft: async (at: number, bytes: Uint8Array) => {
      draft = Buffer.concat([draft.subarray(0, at), bytes]);
      return draft.length;
    },
    publish: async () => undefined,
  };
  await upload.send(session, disk, taken).catch((reason: unknown) => {
    if (!isNacreError(reason, 'STORE_UPLOAD_MANIFEST')) throw reason;
  });
  return draft;
};

const publish = async (session: UploadSession, draft: Uint8Array) => {
  await session.putDraft(0, draft);
  const said = { bytes: draft.length, digest: sha256Hex(draft) };
  return session.publish(said, { comment: '' });
};

test('a disk that is sent becomes a version in packs of the limit, and is whole', async (t) => {
  const upload = await makeUploadLab(t);
  const disk = await upload.disk('disk', 150);
  const session = await upload.open();
  const report = await upload.send(session, disk);
  t.like(report, { name: 'golden', parent: null, usedBytes: 150 * CHUNK });
  const { store } = upload.lab;
  t.deepEqual((await store.check({ deep: true })).problems, []);
  t.like(await verifyDisk({ store, image: 'golden', path: disk }), { same: true });
  t.true((await readdir(upload.lab.at('store/packs'))).length >= 2);
  t.is((await store.inspect('golden')).manifest.comment, 'sent');
  await session.remove();
  t.deepEqual(await readdir(upload.lab.at('store/uploads')), []);
  t.deepEqual((await store.check({ deep: true })).problems, []);
});

test('what is published is published once, also by another process', async (t) => {
  const upload = await makeUploadLab(t);
  const disk = await upload.disk('disk', 10);
  const session = await upload.open();
  const { sentBytes: _, ...first } = await upload.send(session, disk);
  const draft = { bytes: 100, digest: 'ab'.repeat(32) };
  t.deepEqual(await session.publish(draft, { comment: 'other' }), first);
  const again = await upload.open();
  t.deepEqual((await again.begin(10 * CHUNK)).version, first);
  t.is((await upload.lab.store.list())[0]?.versions.length, 1);
});

test('a publication that fails in the middle is done by the next try', async (t) => {
  const upload = await makeUploadLab(t);
  const disk = await upload.disk('disk', 40);
  const session = await upload.open();
  const draft = await draftOf(upload, session, disk);
  await session.putDraft(0, draft);
  const said = { bytes: draft.length, digest: sha256Hex(draft) };
  // The record of the image is written last: packs and manifest are in their places by then.
  const images = upload.lab.at('store/images');
  await rename(images, `${images}.away`);
  await symlink(upload.lab.at('nowhere'), images);
  await refusal(t, session.publish(said, { comment: '' }), 'STORE_IO');
  t.is((await readdir(upload.lab.at('store/manifests'))).length, 1);
  await unlink(images);
  await rename(`${images}.away`, images);
  await (await openStore(upload.lab.at('store'))).gc({ dryRun: false });
  const again = await upload.open();
  const version = await again.publish(said, { comment: '' });
  t.like(await verifyDisk({ store: upload.lab.store, image: 'golden', path: disk }), {
    same: true,
  });
  t.is((await upload.lab.store.resolve('golden')).id, version.id);
});

for (const [title, spoil, code] of [
  [
    'whose digest is another one',
    (piece: Buffer) => (piece[32 + 48 + 5] = 1),
    'STORE_UPLOAD_FRAME',
  ],
  [
    'whose content is another one',
    (piece: Buffer) => (piece[piece.length - 9] = 1),
    'STORE_UPLOAD_FRAME',
  ],
  ['whose check is another one', (piece: Buffer) => (piece[32 + 10] = 1), 'STORE_UPLOAD_FRAME'],
  ['that is no zstd', (piece: Buffer) => (piece[32 + 5] = 0), 'STORE_UPLOAD_FRAME'],
  ['that is cut', (piece: Buffer) => (piece[32] = 1), 'IMAGE_FORMAT'],
  ['of another algorithm', (piece: Buffer) => (piece[10] = 2), 'IMAGE_FORMAT'],
] as const)
  test(`a piece ${title} is refused, and nothing of it is kept`, async (t) => {
    const upload = await makeUploadLab(t);
    const session = await upload.open();
    await session.begin(100 * CHUNK);
    const piece = pieceOf('piece', 3);
    spoil(piece);
    await refusal(t, session.putFrames(piece), code);
    t.is(session.storedBytes, 0);
    t.deepEqual(await readdir(folderOf(upload)), ['upload.json']);
    await session.putFrames(pieceOf('piece', 3));
    t.is(session.storedBytes, 3 * CHUNK);
  });

test('the same frames again change nothing, and of others only what is new is kept', async (t) => {
  const upload = await makeUploadLab(t);
  const session = await upload.open();
  await session.begin(100 * CHUNK);
  for (let round = 0; round < 3; round++) await session.putFrames(pieceOf('one', 3));
  t.is(session.storedBytes, 3 * CHUNK);
  await session.putFrames(pieceOf('one', 5));
  t.is(session.storedBytes, 5 * CHUNK);
});

test('more than the disk can hold is refused', async (t) => {
  const upload = await makeUploadLab(t);
  const session = await upload.open();
  await refusal(t, session.begin(2 ** 43 + 1), 'STORE_UPLOAD_LIMIT');
  await session.begin(CHUNK);
  let last: Promise<unknown> = Promise.resolve();
  for (let piece = 0; piece < 5; piece++) {
    await last;
    last = session.putFrames(pieceOf(`piece ${piece}`, 60));
    // Looked at in the next turn, or behind the loop: not unhandled until then.
    last.catch(() => undefined);
  }
  await refusal(t, last, 'STORE_UPLOAD_LIMIT');
  await refusal(
    t,
    session.putDraft(0, Buffer.alloc(0)).then(() => session.putDraft(2 ** 30, Buffer.alloc(1))),
    'STORE_UPLOAD_LIMIT',
  );
});

test('a draft comes in order, and may be sent again', async (t) => {
  const upload = await makeUploadLab(t);
  const session = await upload.open();
  await session.begin(CHUNK);
  t.is(await session.putDraft(0, Buffer.alloc(10)), 10);
  t.is(await session.putDraft(5, Buffer.alloc(5)), 10);
  t.is(await session.putDraft(10, Buffer.alloc(5)), 15);
  const error = await refusal(t, session.putDraft(16, Buffer.alloc(1)), 'STORE_UPLOAD_GAP');
  t.true(isNacreError(error) && error.facts['needed'] === 15);
  t.is(await session.putDraft(0, Buffer.alloc(3)), 3, 'another one begins');
  const said = { bytes: 4, digest: '0'.repeat(64) };
  await refusal(t, session.publish(said, { comment: '' }), 'STORE_UPLOAD_MANIFEST');
  await refusal(
    t,
    session.publish({ ...said, bytes: 3 }, { comment: '' }),
    'STORE_UPLOAD_MANIFEST',
  );
});

test('a manifest that names what was not sent, or another disk, or breaks the format, is not published', async (t) => {
  const upload = await makeUploadLab(t);
  const disk = await upload.disk('disk', 10);
  const session = await upload.open();
  const draft = await draftOf(upload, session, disk);
  const manifest = parseManifest(draft);
  const [partition] = manifest.partitions;
  if (partition === undefined) return t.fail();
  const digests = Buffer.from(partition.digests);
  digests[40] = (digests[40] ?? 0) ^ 1;
  const other = serializeManifest({ ...manifest, partitions: [{ ...partition, digests }] });
  await refusal(t, publish(session, other), 'STORE_CHUNK_MISSING');
  await refusal(t, publish(session, draft.subarray(0, draft.length - 32)), 'IMAGE_FORMAT');
  for (let cut = 0; cut < draft.length - 1; cut += 97)
    await t.throwsAsync(publish(session, draft.subarray(0, cut + 1)), undefined, `${cut}`);
  const fewer = Buffer.from(draft);
  fewer.writeUInt32LE(9, 40);
  await refusal(t, publish(session, fewer), 'IMAGE_FORMAT');
  await session.begin(11 * CHUNK);
  await refusal(t, publish(session, draft), 'STORE_UPLOAD_MANIFEST');
  t.deepEqual(await upload.lab.store.list(), []);
  t.deepEqual((await upload.lab.store.check({ deep: true })).problems, []);
  await session.begin(10 * CHUNK);
  await publish(session, draft);
  t.like(await verifyDisk({ store: upload.lab.store, image: 'golden', path: disk }), {
    same: true,
  });
  return undefined;
});

for (const [title, spoil, kept] of [
  ['as it was', async () => undefined, 8],
  [
    'with half a frame',
    (folder: string) => truncate(path.join(folder, 'open.pack'), 32 + 7 * CHUNK - 5),
    4,
  ],
  [
    'with half a record',
    async (folder: string) => {
      const file = path.join(folder, 'open.records');
      await truncate(file, (await readFile(file)).length - 5);
    },
    4,
  ],
  [
    'with frames that never reached the medium',
    async (folder: string) => {
      patch(path.join(folder, 'open.pack'), 32 + 5 * CHUNK, Buffer.alloc(CHUNK));
    },
    5,
  ],
  [
    'with records of nothing',
    async (folder: string) => {
      await writeFile(path.join(folder, 'open.records'), Buffer.alloc(500));
    },
    0,
  ],
  ['without its pack', (folder: string) => truncate(path.join(folder, 'open.pack'), 0), 0],
  ['without its records', (folder: string) => truncate(path.join(folder, 'open.records'), 0), 0],
] as const)
  test(`an upload is taken up ${title}, by whole frames, and goes on`, async (t) => {
    const upload = await makeUploadLab(t);
    const session = await upload.open();
    await session.begin(100 * CHUNK);
    await session.putFrames(pieceOf('disk', 4));
    await session.putFrames(pieceOf('disk', 8));
    await spoil(folderOf(upload));
    const again = await upload.open();
    const { knownDigests } = await again.begin(100 * CHUNK);
    t.is(knownDigests, kept);
    t.is((await again.known(0)).length, kept * 32);
    await again.putFrames(pieceOf('disk', 8));
    t.is((await again.begin(100 * CHUNK)).knownDigests, 8);
    await writeFile(upload.lab.at('disk'), new Noise('disk').bytes(8 * CHUNK));
    t.is((await upload.send(again, upload.lab.at('disk'))).sentBytes, 0);
    t.deepEqual((await upload.lab.store.check({ deep: true })).problems, []);
  });

test('garbage collection keeps what an upload brought and what it counts on', async (t) => {
  const upload = await makeUploadLab(t);
  const { store } = upload.lab;
  const disk = await upload.disk('disk', 40);
  const parent = await upload.lab.capture(disk, { name: 'golden' });
  patch(disk, 0, new Noise('changed').bytes(10 * CHUNK));
  const session = await upload.open();
  t.is((await session.begin(40 * CHUNK)).parent, parent.id);
  await session.putFrames(pieceOf('changed', 5));
  await store.remove('golden');
  await store.bin.empty();
  await store.gc({ dryRun: false });
  const report = await upload.send(session, disk);
  t.true(report.sentBytes < 6 * CHUNK + 1000, `${report.sentBytes}`);
  t.is(report.parent, parent.id);
  t.deepEqual((await store.check({ deep: true })).problems, []);
  t.like(await verifyDisk({ store, image: 'golden', path: disk }), { same: true });
});

test('an upload that nobody went on with for a month is garbage, and so is what has no record', async (t) => {
  const upload = await makeUploadLab(t);
  const { lab } = upload;
  const session = await upload.open();
  await session.begin(100 * CHUNK);
  await session.putFrames(pieceOf('one', 5));
  await outputFile(lab.at(`store/uploads/${'ef'.repeat(16)}/draft`), 'of nobody');
  await lab.store.gc({ dryRun: false });
  t.deepEqual(await readdir(lab.at('store/uploads')), [UPLOAD]);
  const later = await openStore(lab.at('store'), {
    now: () => new Date(Date.now() + 31 * 86_400_000),
  });
  t.true((await later.gc({ dryRun: true })).freedBytes >= 5 * CHUNK);
  t.true((await later.gc({ dryRun: false })).freedBytes >= 5 * CHUNK);
  t.deepEqual(await readdir(lab.at('store/uploads')), []);
});

test('a keeper deletes what it does not want, and nothing of others', async (t) => {
  const upload = await makeUploadLab(t);
  const { store } = upload.lab;
  const other = 'cd'.repeat(16);
  for (const id of [UPLOAD, other]) await (await upload.open({ id })).begin(CHUNK);
  t.deepEqual(await store.sweepUploads('somebody', () => false), []);
  t.deepEqual(await store.sweepUploads('test', (id) => id === other), [UPLOAD]);
  t.deepEqual(await readdir(upload.lab.at('store/uploads')), [other]);
});

test('frames that got lost after they had arrived are sent again', async (t) => {
  const upload = await makeUploadLab(t);
  const disk = await upload.disk('disk', 20);
  const session = await upload.open();
  const target = targetOf(session);
  let lost = 0;
  const report = await upload.send(session, disk, {
    // The first piece does not arrive, although its sender was told so.
    putFrames: async (parts) => {
      if (lost++ > 0) await target.putFrames(parts);
    },
    publish: async (draft) => {
      try {
        return await target.publish(draft);
      } catch (reason) {
        if (isNacreError(reason, 'STORE_CHUNK_MISSING')) return undefined;
        throw reason;
      }
    },
  });
  t.is(report.usedBytes, 20 * CHUNK);
  t.like(await verifyDisk({ store: upload.lab.store, image: 'golden', path: disk }), {
    same: true,
  });
});
