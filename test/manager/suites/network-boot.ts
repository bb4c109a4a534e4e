import type { NetworkOrderEvent } from '../../../src/job/network-boot-protocol.ts';
import { decideDevice } from '../../../src/manager/devices/decide.ts';
import { readDevices } from '../../../src/manager/devices/device.ts';
import type { Ground } from '../../../src/manager/ground.ts';
import { cancelJob, retryJob } from '../../../src/manager/jobs/decide-job.ts';
import { readJob } from '../../../src/manager/jobs/read-jobs.ts';
import { changeBootSettings } from '../../../src/manager/network-boot/boot-settings.ts';
import { makeOrders, planOrders } from '../../../src/manager/network-boot/make-orders.ts';
import { noteOrderEvent } from '../../../src/manager/network-boot/order-events.ts';
import type { ConvertWish } from '../../../src/manager/network-boot/order-wish.ts';
import { policyIn } from '../../../src/manager/network-boot/policy-tables.ts';
import { noteSightings } from '../../../src/manager/network-boot/sightings.ts';
import { terminalsOfImage, usesOfImage } from '../../../src/manager/store/version-rows.ts';
import { ALL, KIM, openJobLab, VERSION } from '../../helpers/job-lab.ts';
import { exampleManifest } from '../../helpers/sample-image.ts';
import type { Case } from './suite.ts';

const MAC = '52:54:00:12:34:56';
const OTHER = '52:54:00:12:34:57';
const UUID = '11112222-3333-4444-5555-666677778888';
const MIB = 2 ** 20;
const FROM = { address: '192.0.2.9' };

const seenAt = (mac: string, flashMb?: number, architecture = 'bios') => ({
  ...{ mac, uuid: null, architecture, machine: 'ACME Thin 1' },
  disk: flashMb === undefined ? null : { sizeBytes: flashMb * MIB, sectorSize: 512 as const },
});

const event = (more: Partial<NetworkOrderEvent>): NetworkOrderEvent => ({
  ...{ attempt: 1, event: 'given', code: null, verifiedBytes: 0, totalBytes: 0 },
  ...{ writtenBytes: 0, version: null },
  ...more,
});

const CONVERT: ConvertWish = {
  ...{ kind: 'convert', image: 'lab-pc', layout: 'wes7', layoutPolicy: 'vendor', backup: true },
  selection: ALL,
};

/** An image of 8 MB on a disk that a device of 1024 MB has room for, and one that has none. */
const openLab = async (base: Ground) => {
  const lab = await openJobLab(base);
  const manifest = exampleManifest();
  const os = { ...manifest.partitions[0], sizeBytes: 8 * MIB };
  const images = {
    list: async () => [],
    readManifest: async () => ({ ...manifest, partitions: [os] }) as typeof manifest,
    packsOf: async () => [],
    remove: async () => {
      throw new TypeError('nothing is removed here');
    },
  };
  const ground = { ...lab.ground, openImages: async () => images };
  const approve = async (mac: string): Promise<string> => {
    const page = await readDevices(ground, { find: mac }, 'name', { limit: 10 });
    const id = page.items[0]?.id ?? '';
    await decideDevice(ground, KIM, id, 'approve');
    return id;
  };
  const tables = async () => (await ground.store.read(policyIn)).tables;
  const stateOf = async (id: string) => (await readJob(ground, id)).state;
  return { ...lab, ground, approve, tables, stateOf };
};

/** A device that was seen and approved, with an order that waits for it. */
const ordered = async (base: Ground) => {
  const lab = await openLab(base);
  await noteSightings(lab.ground, [seenAt(MAC, 1024)]);
  const device = await lab.approve(MAC);
  const { jobs } = await makeOrders(lab.ground, KIM, CONVERT);
  await lab.tick();
  return { ...lab, device, id: jobs[0]?.id ?? '' };
};

export const NETWORK_BOOT_CASES: readonly Case[] = [
  {
    title:
      'a device that starts from the network is pending, approved it is known, revoked it is not',
    check: async (t, { ground: base }) => {
      const { ground, approve, tables } = await openLab(base);
      t.deepEqual(await noteSightings(ground, [seenAt(MAC), seenAt(MAC)]), {
        ...{ taken: 2, refused: 0 },
      });
      const page = await readDevices(ground, {}, 'name', { limit: 10 });
      t.like(page, { total: 1, items: { 0: { state: 'pending', macs: [MAC] } } });
      t.deepEqual(await tables(), { answer: 'known', group: [], device: [], subnet: [] });
      const id = await approve(MAC);
      t.deepEqual(await tables(), {
        answer: 'known',
        group: [{ name: id, macs: [MAC], uuids: [], 'one-device': true }],
        device: [{ group: id, action: 'local-disk' }],
        subnet: [],
      });
      await decideDevice(ground, KIM, id, 'revoke');
      t.deepEqual((await tables()).group, []);
      await changeBootSettings(ground, KIM, { answer: 'off' });
      t.is((await tables()).answer, 'off');
    },
  },
  {
    title: 'what two approved devices say of themselves names neither of them at a start',
    check: async (t, { ground: base }) => {
      const { ground, device, tables } = await openLab(base);
      for (const [name, mac] of [
        ['pc-1', MAC],
        ['pc-2', OTHER],
      ] as const) {
        const pc = await device(name);
        await pc.checkIn({ hints: { name, macs: [mac, '52:54:00:00:00:01'], uuid: UUID } });
      }
      t.deepEqual((await tables()).group.map(({ macs, uuids }) => [macs, uuids]).toSorted(), [
        [[MAC], []],
        [[OTHER], []],
      ]);
      t.is((await planOrders(ground, CONVERT)).devices.length, 2);
    },
  },
  {
    title:
      'a conversion shows the sizes of the manual for each device, and refuses with numbers where there is no room',
    check: async (t, { ground: base }) => {
      const { ground, approve } = await openLab(base);
      await noteSightings(ground, [
        seenAt(MAC, 1024),
        seenAt(OTHER, 64),
        seenAt('52:54:00:12:34:58', 8192, 'efi-x64'),
        seenAt('52:54:00:12:34:59'),
      ]);
      for (const mac of [MAC, OTHER, '52:54:00:12:34:58', '52:54:00:12:34:59']) await approve(mac);
      const { devices } = await planOrders(ground, CONVERT);
      const found = new Map(devices.map((plan) => [plan.name, plan]));
      t.deepEqual(found.get(MAC)?.fields, {
        ...{ totalFlashMb: 1024, nonPxeMb: 16, osMb: 907, backupMb: 101, unusedMb: 0 },
      });
      t.is(found.get(OTHER)?.reasons[0]?.code, 'LAYOUT_NO_ROOM');
      t.regex(found.get(OTHER)?.reasons[0]?.message ?? '', /\d+ MB are needed, -?\d+ MB/);
      t.is(found.get('52:54:00:12:34:58')?.reasons[0]?.code, 'JOB_OTHER_FIRMWARE');
      const unknown = found.get('52:54:00:12:34:59');
      t.like(unknown, { isEligible: true, fields: undefined, disk: undefined });
      t.deepEqual(unknown?.cautions, ['flash-unknown']);
    },
  },
  {
    title: 'an image that is not Autogenic Capable converts nobody',
    check: async (t, { ground: base }) => {
      const { ground, approve } = await openLab(base);
      await ground.store.change((db) =>
        db.updateTable('package').set({ is_autogenic: 0 }).execute(),
      );
      await noteSightings(ground, [seenAt(MAC, 1024)]);
      await approve(MAC);
      await t.throwsAsync(makeOrders(ground, KIM, CONVERT), {
        ...{ code: 'JOB_NONE_ELIGIBLE', message: /lab-pc is not Autogenic Capable/ },
      });
    },
  },
  {
    title: 'an order is a row with the id of its job, and its events move the job once each',
    check: async (t, { ground: base }) => {
      const { ground, device, id, tables, stateOf } = await ordered(base);
      t.deepEqual((await tables()).device, [
        {
          ...{ group: device, order: id, action: 'image', image: `lab-pc@${VERSION}` },
          ...{ layout: 'wes7', 'layout-policy': 'vendor', backup: true },
        },
      ]);
      const say = (more: Partial<NetworkOrderEvent>) =>
        noteOrderEvent(ground, FROM, id, event(more));
      t.is(await stateOf(id), 'queued');
      for (let again = 0; again < 2; again += 1) t.is((await say({})).state, 'sent');
      t.is((await say({ event: 'running' })).state, 'imaging');
      t.is((await say({ event: 'running', verifiedBytes: 5, totalBytes: 9 })).state, 'imaging');
      t.like(await readJob(ground, id), { doneBytes: 5, totalBytes: 9 });
      t.is((await say({})).state, 'imaging', 'a word that comes late says nothing');
      const done = { event: 'done', verifiedBytes: 9, totalBytes: 9, writtenBytes: 7 } as const;
      for (let again = 0; again < 2; again += 1) t.is((await say(done)).state, 'done');
      t.is((await say({ event: 'running' })).state, 'done');
      const job = await readJob(ground, id);
      t.is(job.message, '7 bytes written');
      t.deepEqual(
        job.events.map(({ event: name }) => name),
        ['make', 'queue', 'send', 'image', 'finish'],
      );
      t.deepEqual((await tables()).device, [{ group: device, action: 'local-disk' }]);
      await t.throwsAsync(noteOrderEvent(ground, FROM, 'ab'.repeat(16), event({})), {
        code: 'MANAGER_NOT_FOUND',
      });
    },
  },
  {
    title: 'a failure has its code, and another try is another order of the same job',
    check: async (t, { ground: base }) => {
      const { ground, id, tables, tick, stateOf } = await ordered(base);
      const failed = event({ event: 'failed', code: 'LAYOUT_NO_ROOM' });
      t.is((await noteOrderEvent(ground, FROM, id, failed)).state, 'failed');
      t.like(await readJob(ground, id), { code: 'LAYOUT_NO_ROOM', retryAt: null });
      await retryJob(ground, KIM, id);
      await tick();
      t.like((await tables()).device[0], { order: `${id}.2` });
      await noteOrderEvent(ground, FROM, id, failed);
      t.is(await stateOf(id), 'queued', 'a word of the first try');
      t.is(
        (await noteOrderEvent(ground, FROM, id, event({ attempt: 2, event: 'done' }))).state,
        'done',
      );
    },
  },
  {
    title: 'an order that is cancelled is taken back before its device begins',
    check: async (t, { ground: base }) => {
      const { ground, device, id, tables } = await ordered(base);
      await noteOrderEvent(ground, FROM, id, event({}));
      await cancelJob(ground, KIM, id);
      t.deepEqual((await tables()).device, [{ group: device, action: 'local-disk' }]);
      const withdrawn = event({ event: 'withdrawn' });
      t.is((await noteOrderEvent(ground, FROM, id, withdrawn)).state, 'cancelled');
    },
  },
  {
    title: 'a capture tells what it became, and agents are not given what Merlin does',
    check: async (t, { ground: base }) => {
      const { ground, device, tables, tick } = await openLab(base);
      const pc = await device('pc-1');
      await pc.checkIn({ hints: { name: 'pc-1', macs: [MAC] } });
      const wish = { kind: 'capture', name: 'golden', comment: 'spring', selection: ALL } as const;
      const { jobs } = await makeOrders(ground, KIM, wish);
      await tick();
      t.like(await pc.checkIn({ hints: { name: 'pc-1', macs: [MAC] } }), {
        ...{ ticket: null, cancel: null },
      });
      const id = jobs[0]?.id ?? '';
      t.like((await tables()).device[0], {
        ...{ action: 'capture', name: 'golden', comment: 'spring', order: id },
      });
      await noteOrderEvent(ground, FROM, id, event({ event: 'done', version: VERSION }));
      t.like(await readJob(ground, id), { state: 'done', message: `golden@${VERSION}` });
      const [terminals, uses] = await ground.store.read(async (db) => [
        await terminalsOfImage(db, 'golden'),
        await usesOfImage(db, 'golden', 5),
      ]);
      t.is(terminals.get(VERSION), 'pc-1');
      t.deepEqual(uses, []);
    },
  },
];
