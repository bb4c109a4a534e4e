/** Orders to capture, carried out against the server's real parts: a disk becomes a version of an image. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { makeKeyPair, signersOf } from '../../../src/image/store/signature.ts';
import { verifyDisk } from '../../../src/image/verify-disk.ts';
import {
  atPoint,
  captureReport,
  expectCaptured,
  failureOf,
  losePowerAt,
  loseServerAt,
  recordOf,
} from '../../helpers/capture-cuts.ts';
import {
  CAPTURE,
  type CaptureLab,
  makeCaptureLab,
  NOISE_MIB,
  noisyDisk,
  policyOf,
} from '../../helpers/capture-lab.ts';
import { gptDisk, MIB, mbrDisk, patch } from '../../helpers/disk-lab.ts';
import { requires } from '../../helpers/requires.ts';
import { compareVolumes } from '../../helpers/restored-bytes.ts';
import { makeNtfs } from '../../helpers/volumes.ts';

for (const [title, make, fileSystems] of [
  ['an MBR disk with NTFS and ext4', mbrDisk, ['ntfs', 'ext4']],
  ['a GPT disk with FAT and NTFS', gptDisk, ['fat32', 'ntfs']],
] as const)
  test.serial(
    `${title} is captured over the network, and what is restored has its used bytes`,
    async (t) => {
      const captured = await makeCaptureLab(t, `${CAPTURE}comment = "before the summer"\n`);
      const { lab } = captured;
      const disk = make(lab);
      const report = await captureReport(captured.run(disk));
      await expectCaptured(t, captured, disk);
      const { manifest, id, labels } = await lab.store.inspect('golden');
      t.like(report, { name: 'golden', id, parent: null });
      t.deepEqual(labels, ['latest']);
      t.like(manifest, { comment: 'before the summer', parent: null, title: 'golden' });
      t.regex(manifest.creator, /^Merlin, /);
      t.deepEqual(
        manifest.partitions.map(({ fileSystem }) => fileSystem),
        fileSystems,
      );
      t.like(recordOf(captured), { version: id, captured: { usedBytes: report.usedBytes } });
      const target = await lab.noise('target.img', 128 * MIB);
      await lab.restore(target, { image: 'golden' });
      for (const { label } of manifest.partitions.filter((one) => one.label !== ''))
        t.deepEqual((await compareVolumes(disk, target, label)).differing, []);
      t.like(await verifyDisk({ store: lab.store, image: 'golden', path: target }), { same: true });
      t.is(await captured.run(disk), undefined, 'it is done once');
    },
  );

test.serial('a second capture sends nothing, and follows the first one', async (t) => {
  const captured = await makeCaptureLab(t);
  const disk = noisyDisk(captured.lab);
  const first = await captureReport(captured.run(disk));
  t.true(first.sentBytes > NOISE_MIB * MIB);
  t.true(first.storedBytes > NOISE_MIB * MIB);
  captured.server.setPolicy(policyOf(`${CAPTURE}order = 2\n`));
  const second = await captureReport(captured.run(disk));
  t.like(second, { parent: first.id, sentBytes: 0, storedBytes: 0, usedBytes: first.usedBytes });
  await expectCaptured(t, captured, disk);
  patch(disk, 30 * MIB, Buffer.alloc(100, 'other'));
  captured.server.setPolicy(policyOf(`${CAPTURE}order = 3\n`));
  const third = await captureReport(captured.run(disk));
  t.true(third.sentBytes > 0 && third.sentBytes < 200_000, `${third.sentBytes}`);
  await expectCaptured(t, captured, disk);
});

test.serial('a device with little memory sends again what it could not remember', async (t) => {
  const captured = await makeCaptureLab(t);
  const disk = noisyDisk(captured.lab);
  await captureReport(captured.run(disk));
  captured.server.setPolicy(policyOf(`${CAPTURE}order = 2\n`));
  const again = await captureReport(captured.run(disk, { knownLimitBytes: 32 * 100 }));
  t.true(again.sentBytes > 10 * MIB);
  await expectCaptured(t, captured, disk);
});

test.serial(
  'the version is signed by the server, and a key that cannot be used fails the order at once',
  async (t) => {
    const captured = await makeCaptureLab(t, `${CAPTURE}sign = "release.pem"\n`);
    const disk = noisyDisk(captured.lab);
    t.is((await failureOf(t, captured.run(disk))).code, 'MERLIN_SERVER_REFUSED');
    t.is(recordOf(captured)?.failure, 'PXE_SIGN_UNUSABLE');
    const { privatePem, publicPem } = makeKeyPair();
    const file = path.join(captured.server.folder, 'release.pem');
    await writeFile(file, publicPem);
    captured.server.setPolicy(policyOf(`${CAPTURE}sign = "release.pem"\norder = 2\n`));
    await failureOf(t, captured.run(disk));
    t.is(recordOf(captured)?.failure, 'PXE_SIGN_UNUSABLE');
    await writeFile(file, privatePem);
    captured.server.setPolicy(policyOf(`${CAPTURE}sign = "release.pem"\norder = 3\n`));
    await captureReport(captured.run(disk));
    const { id, signatures } = await captured.lab.store.inspect('golden');
    t.deepEqual(signersOf(id, signatures), [publicPem]);
    await expectCaptured(t, captured, disk);
  },
);

test.serial(
  'a disk that is named is captured, and one that is not there fails the order',
  async (t) => {
    const captured = await makeCaptureLab(t, `${CAPTURE}disk = "Z9"\n`);
    const disk = noisyDisk(captured.lab);
    t.is((await failureOf(t, captured.run(disk))).code, 'MERLIN_NO_DISK');
    t.like(recordOf(captured), { state: 'failed', failure: 'MERLIN_NO_DISK' });
    captured.server.setPolicy(policyOf(`${CAPTURE}disk = "${disk}"\n`));
    await captureReport(captured.run(disk));
    await expectCaptured(t, captured, disk);
  },
);

test.serial(
  'a volume that is dirty fails the order with the way out, and nothing is visible',
  async (t) => {
    const captured = await makeCaptureLab(t);
    const disk = makeNtfs(captured.lab.at('dirty'), 24);
    // ntfsresize orders a check of what it changed by the volume's dirty flag.
    execFileSync('/usr/sbin/ntfsresize', ['-f', '-f', '-s', '20M', disk], { stdio: 'ignore' });
    t.is((await failureOf(t, captured.run(disk))).code, 'IMAGE_SOURCE_DIRTY');
    t.like(recordOf(captured), { state: 'failed', failure: 'IMAGE_SOURCE_DIRTY' });
    t.deepEqual(await captured.lab.store.list(), []);
  },
);

// All points are in test/long/capture-cuts.test.ts.
test.serial('a server that is gone in the middle of the upload is waited for', (t) =>
  loseServerAt(t, ['putFrames', 3]),
);

test.serial(
  'a machine that loses its power in the middle sends what lacks at its next start',
  (t) => losePowerAt(t, ['putFrames', 3]),
);

test.serial('one that loses its power before it knows of the end sends nothing again', (t) =>
  losePowerAt(t, ['publish', 1]),
);

/** Bytes to the server after which every connection is cut. */
const CUTS = [20_000, 600_000, 2_500_000, 7_000_000, 12_000_000];

/** Forwards to a port, and cuts. */
const cuttingProxy = async (t: ExecutionContext, port: number) => {
  const sockets = new Set<Socket>();
  let [bytes, cuts] = [0, 0];
  const proxy = createServer((client) => {
    const server = connect(port, '127.0.0.1');
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    client.on('data', (part) => {
      bytes += part.length;
      if (bytes >= (CUTS[cuts] ?? Infinity)) {
        cuts++;
        for (const socket of sockets) socket.destroy();
      }
    });
    client.pipe(server).pipe(client);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  t.teardown(() => proxy.close());
  const { port: own } = proxy.address() as AddressInfo;
  return { url: `https://127.0.0.1:${own}`, cuts: () => cuts };
};

test.serial('a link that is cut at five points delays the capture, and nothing else', async (t) => {
  const captured = await makeCaptureLab(t);
  const disk = noisyDisk(captured.lab);
  const proxy = await cuttingProxy(t, captured.server.port);
  await captureReport(captured.run(disk, { url: proxy.url }));
  t.is(proxy.cuts(), CUTS.length);
  await expectCaptured(t, captured, disk);
});

test.serial(
  'a store without room is waited for; what has arrived is kept until there is some',
  async (t) => {
    if (!requires(t, 'root', 'mount')) return;
    const captured = await makeCaptureLab(t);
    const disk = noisyDisk(captured.lab);
    const small = captured.lab.at('store');
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=9m', 'tmpfs', small]);
    t.teardown(() => execFileSync('umount', [small]));
    const error = await failureOf(t, captured.run(disk, { patienceMs: 1000 }));
    t.is(error.code, 'MERLIN_SERVER_FULL', error.message);
    t.regex(error.message, /STORE_FULL/);
    t.is(recordOf(captured)?.state, 'running', 'the order stays open');
    t.true(captured.server.lines.some(({ fields }) => /STORE_FULL/.test(JSON.stringify(fields))));
    execFileSync('mount', ['-o', 'remount,size=64m', small]);
    const report = await captureReport(captured.run(disk));
    t.true(report.sentBytes < report.storedBytes, `${report.sentBytes} of ${report.storedBytes}`);
    await expectCaptured(t, captured, disk);
  },
);

test.serial('garbage collection beside a capture takes nothing away from it', async (t) => {
  const place: { captured?: CaptureLab } = {};
  let collected = 0;
  const onUpload = async () => {
    await place.captured?.lab.store.gc({ dryRun: false });
    collected++;
  };
  const captured = await makeCaptureLab(t, CAPTURE, { onUpload });
  place.captured = captured;
  const disk = noisyDisk(captured.lab);
  await captureReport(captured.run(disk));
  t.true(collected > 5);
  await expectCaptured(t, captured, disk);
});

test.serial('an order that is replaced takes what it brought with it', async (t) => {
  const power = new AbortController();
  const { onUpload } = atPoint(['putFrames', 3], async () => power.abort());
  const captured = await makeCaptureLab(t, CAPTURE, { onUpload });
  const disk = noisyDisk(captured.lab);
  await failureOf(t, captured.run(disk, { signal: power.signal }));
  const uploads = path.join(captured.lab.store.location, 'uploads');
  t.is((await readdir(uploads)).length, 1);
  captured.server.setPolicy(policyOf(CAPTURE.replace('golden', 'silver')));
  const report = await captureReport(captured.run(disk));
  t.is(report.name, 'silver');
  t.deepEqual(await readdir(uploads), []);
  await t.throwsAsync(captured.lab.store.resolve('golden'), { code: 'IMAGE_NOT_FOUND' });
});
