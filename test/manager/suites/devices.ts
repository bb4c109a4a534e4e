import { generateKeyPairSync } from 'node:crypto';
import { type EnrolmentStatement, fingerprintOf } from '../../../src/job/enrolment.ts';
import { keyTextOf } from '../../../src/job/signed-message.ts';
import { decideDevice, describeDevice, forgetDevice } from '../../../src/manager/devices/decide.ts';
import { readDevice, readDevices } from '../../../src/manager/devices/device.ts';
import { enrolDevice, noteNetworkStart } from '../../../src/manager/devices/enrol.ts';
import {
  addGroup,
  readGroups,
  removeGroup,
  setMember,
} from '../../../src/manager/devices/groups.ts';
import { makeJoinCode, readJoinCodes } from '../../../src/manager/devices/join-codes.ts';
import { preApprove } from '../../../src/manager/devices/pre-approve.ts';
import type { Actor, Ground } from '../../../src/manager/ground.ts';
import { readAudit } from '../../../src/manager/identity/audit.ts';
import type { Case } from './suite.ts';

const ACTOR: Actor = { kind: 'user', name: 'kim', address: '192.0.2.1' };
const ADDRESS = '192.0.2.7';
const UUID = '4c4c4544-0042-3510-8051-b7c04f4d3332';

const newKey = (): string =>
  keyTextOf(
    generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  );

type Hints = Partial<EnrolmentStatement['hints']>;

const statement = (hints: Hints, key = newKey(), code?: string): EnrolmentStatement => ({
  ...{ format: 'nacre-enrolment', version: 1, key, pin: '0'.repeat(64) },
  hints: { macs: [], ...hints },
  ...(code === undefined ? {} : { code }),
});

const enrol = (ground: Ground, hints: Hints, key?: string, code?: string) =>
  enrolDevice(ground, statement(hints, key, code), ADDRESS);

const byName = async (ground: Ground, filter: Parameters<typeof readDevices>[1]) =>
  (await readDevices(ground, filter, 'name', { limit: 100 })).items.map(({ name }) => name);

export const DEVICE_CASES: readonly Case[] = [
  {
    title: 'a device appears as pending, is approved once, and its key stays its identity',
    check: async (t, { ground }) => {
      const key = newKey();
      const device = await enrol(
        ground,
        { name: 'pc-1', serial: 'ABC1234', macs: ['52:54:00:00:00:01'] },
        key,
      );
      t.like(device, {
        name: 'pc-1',
        state: 'pending',
        fingerprint: fingerprintOf(key),
        conflicts: [],
      });
      t.like(await decideDevice(ground, ACTOR, device.id, 'approve'), {
        state: 'approved',
        decidedBy: 'kim',
      });
      await t.throwsAsync(decideDevice(ground, ACTOR, device.id, 'approve'), {
        code: 'MANAGER_DEVICE_STATE',
      });
      const again = await enrol(
        ground,
        { name: 'other', serial: 'NEW9999', macs: ['52:54:00:00:00:02'] },
        key,
      );
      t.like(again, {
        id: device.id,
        name: 'pc-1',
        state: 'approved',
        serial: 'NEW9999',
        macs: ['52:54:00:00:00:02'],
      });
    },
  },
  {
    title: 'another key with the serial of an approved device is held, and says whose it is',
    check: async (t, { ground }) => {
      const first = await enrol(ground, { name: 'pc-1', serial: 'ABC1234' });
      await decideDevice(ground, ACTOR, first.id, 'approve');
      const { code } = await makeJoinCode(ground, ACTOR, { note: '', uses: 9, hours: 1 });
      const clone = await enrol(ground, { name: 'pc-2', serial: 'ABC1234' }, undefined, code);
      t.is(clone.state, 'held');
      t.like(clone.conflicts[0], {
        device: first.id,
        name: 'pc-1',
        hint: 'serial',
        value: 'ABC1234',
      });
      t.is((await decideDevice(ground, ACTOR, clone.id, 'approve')).state, 'approved');
    },
  },
  {
    title:
      'a MAC address that two share is told and holds nobody up, and a UUID matches in either byte order',
    check: async (t, { ground }) => {
      const mac = '00:11:22:33:44:55';
      const first = await enrol(ground, { name: 'pc-1', uuid: UUID, macs: [mac] });
      await decideDevice(ground, ACTOR, first.id, 'approve');
      const docked = await enrol(ground, { name: 'pc-2', macs: [mac] });
      t.is(docked.state, 'pending');
      t.is(docked.conflicts[0]?.hint, 'mac');
      const swapped = await enrol(ground, {
        name: 'pc-3',
        uuid: '44454c4c-4200-1035-8051-b7c04f4d3332',
      });
      t.is(swapped.state, 'held');
    },
  },
  {
    title: 'what makers of boards forgot to fill in makes no conflict',
    check: async (t, { ground }) => {
      const hints = {
        uuid: '03000200-0400-0500-0006-000700080009',
        serial: 'To Be Filled By O.E.M.',
        macs: ['00:00:00:00:00:00'],
      };
      const first = await enrol(ground, { name: 'pc-1', ...hints });
      await decideDevice(ground, ACTOR, first.id, 'approve');
      t.like(await enrol(ground, { name: 'pc-2', ...hints }), { state: 'pending', conflicts: [] });
    },
  },
  {
    title:
      'a revoked device stays revoked when it comes again, with a code too, until a person approves it',
    check: async (t, { ground }) => {
      const key = newKey();
      const { id } = await enrol(ground, { name: 'pc-1' }, key);
      await decideDevice(ground, ACTOR, id, 'revoke');
      const { code } = await makeJoinCode(ground, ACTOR, { note: '', uses: 9, hours: 1 });
      t.is((await enrol(ground, { name: 'pc-1' }, key, code)).state, 'revoked');
      await t.throwsAsync(decideDevice(ground, ACTOR, id, 'hold'), {
        code: 'MANAGER_DEVICE_STATE',
      });
      t.is((await decideDevice(ground, ACTOR, id, 'approve')).state, 'approved');
    },
  },
  {
    title:
      'a join code lets in as many as it says, into its group, however it is written, and until it ends',
    check: async (t, { ground }) => {
      let nowMs = Date.UTC(2026, 0, 1);
      const own = { ...ground, now: () => new Date(nowMs) };
      await addGroup(own, ACTOR, 'lab', '');
      const { code } = await makeJoinCode(own, ACTOR, {
        note: 'x',
        group: 'lab',
        uses: 2,
        hours: 1,
      });
      t.regex(code, /^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}$/);
      const typed = code
        .toLowerCase()
        .replaceAll('-', ' ')
        .replaceAll('0', 'o')
        .replaceAll('1', 'l');
      t.like(await enrol(own, { name: 'pc-1' }, undefined, typed), {
        state: 'approved',
        groups: ['lab'],
      });
      t.is((await enrol(own, { name: 'pc-2' }, undefined, code)).state, 'approved');
      const refused = { code: 'MANAGER_JOIN_CODE' };
      await t.throwsAsync(enrol(own, { name: 'pc-3' }, undefined, code), refused);
      const late = await makeJoinCode(own, ACTOR, { note: 'y', uses: 1, hours: 1 });
      nowMs += 3600_000;
      await t.throwsAsync(enrol(own, { name: 'pc-4' }, undefined, late.code), refused);
      t.deepEqual(
        (await readJoinCodes(own, { limit: 9 })).items.map(({ usesLeft }) => usesLeft).toSorted(),
        [0, 1],
      );
      t.is((await readDevices(own, {}, 'name', { limit: 1 })).total, 2);
    },
  },
  {
    title: 'of devices that use the last use of a code at the same time one comes in',
    check: async (t, { ground }) => {
      const { code } = await makeJoinCode(ground, ACTOR, { note: '', uses: 1, hours: 1 });
      const ends = await Promise.allSettled(
        ['a', 'b', 'c'].map((name) => enrol(ground, { name }, undefined, code)),
      );
      t.is(ends.filter(({ status }) => status === 'fulfilled').length, 1);
    },
  },
  {
    title: 'a list approves devices that wait and those that are to come, all rows or none',
    check: async (t, { ground }) => {
      const waits = await enrol(ground, { name: 'x', serial: 'WAIT0001' });
      const held = await enrol(ground, { name: 'y', serial: 'HELD0001' });
      await decideDevice(ground, ACTOR, held.id, 'hold');
      const csv =
        'name,serial,mac,group,tags\r\npc-1,WAIT0001,,lab,a b\npc-2,,52-54-00-AA-00-01,lab,\n"pc,3",HELD0001,,,\n';
      t.deepEqual(await preApprove(ground, ACTOR, csv), { rows: 3, present: 2, waiting: 1 });
      t.like(await readDevice(ground, waits.id), {
        name: 'pc-1',
        state: 'approved',
        groups: ['lab'],
        tags: ['a', 'b'],
      });
      t.like(await readDevice(ground, held.id), { name: 'pc,3', state: 'held' });
      const came = await enrol(ground, { name: 'z', macs: ['52:54:00:aa:00:01'] });
      t.like(came, { name: 'pc-2', state: 'approved', groups: ['lab'] });
      t.is((await enrol(ground, { name: 'again', macs: ['52:54:00:aa:00:01'] })).state, 'pending');
      const before = (await readGroups(ground, { limit: 9 })).total;
      await t.throwsAsync(
        preApprove(ground, ACTOR, 'name,serial,group\np,SER00001,new\nq,,new\n'),
        { code: 'MANAGER_CSV', message: /line 3/ },
      );
      t.is((await readGroups(ground, { limit: 9 })).total, before);
    },
  },
  {
    title:
      'a device that starts from the network is approved without a key, and its key waits for somebody all the same',
    check: async (t, { ground }) => {
      const seen = await noteNetworkStart(ground, { mac: '52:54:00:00:00:09' });
      t.like(seen, { state: 'pending', fingerprint: null, macs: ['52:54:00:00:00:09'] });
      t.is((await noteNetworkStart(ground, { mac: '52:54:00:00:00:09' })).id, seen.id);
      await decideDevice(ground, ACTOR, seen.id, 'approve');
      const device = await enrol(ground, { name: 'pc-9', macs: ['52:54:00:00:00:09'] });
      t.like(device, { id: seen.id, name: 'pc-9', state: 'pending', conflicts: [] });
      t.truthy(device.fingerprint);
    },
  },
  {
    title: 'devices are searched, filtered, sorted and found by what a person types',
    check: async (t, { ground }) => {
      await addGroup(ground, ACTOR, 'lab', '');
      const one = await enrol(ground, {
        name: 'Küche-1',
        serial: '100%_A',
        uuid: UUID,
        macs: ['52:54:00:00:00:01'],
      });
      const two = await enrol(ground, { name: 'desk-2', serial: '100XXA' });
      await setMember(ground, ACTOR, { group: 'lab', device: two.id, isMember: true });
      await describeDevice(ground, ACTOR, two.id, { tags: ['window'], note: '窓際' });
      t.deepEqual(await byName(ground, { search: 'KÜCHE' }), ['Küche-1']);
      t.deepEqual(await byName(ground, { search: '100%_' }), ['Küche-1']);
      t.deepEqual(await byName(ground, { search: '窓' }), ['desk-2']);
      t.deepEqual(await byName(ground, { search: 'lab' }), ['desk-2']);
      t.deepEqual(await byName(ground, { group: 'lab', state: 'pending' }), ['desk-2']);
      t.deepEqual(await byName(ground, { tag: 'window', state: 'approved' }), []);
      for (const find of [
        'Küche-1',
        '100%_A',
        UUID.toUpperCase(),
        '52:54:00:00:00:01',
        one.id.slice(0, 8),
        one.fingerprint?.slice(0, 8),
      ])
        t.deepEqual(await byName(ground, { find }), ['Küche-1'], find);
      t.deepEqual(await byName(ground, { find: '%' }), []);
      const last = await readDevices(ground, {}, 'name', { limit: 1, isDescending: true });
      t.is(last.items[0]?.name, 'desk-2');
      t.is(
        (
          await readDevices(ground, {}, 'name', {
            limit: 1,
            isDescending: true,
            after: last.next ?? '',
          })
        ).items[0]?.name,
        'Küche-1',
      );
    },
  },
  {
    title: 'a group that is removed leaves its devices, and a forgotten device leaves nothing',
    check: async (t, { ground }) => {
      await addGroup(ground, ACTOR, 'lab', '');
      const { id } = await enrol(ground, { name: 'pc-1', macs: ['52:54:00:00:00:01'] });
      await setMember(ground, ACTOR, { group: 'lab', device: id, isMember: true });
      t.is((await readGroups(ground, { limit: 9 })).items[0]?.devices, 1);
      await removeGroup(ground, ACTOR, 'lab');
      t.deepEqual((await readDevice(ground, id)).groups, []);
      await forgetDevice(ground, ACTOR, id);
      await t.throwsAsync(readDevice(ground, id), { code: 'MANAGER_NOT_FOUND' });
      const { items } = await readAudit(ground, { subject: id }, { limit: 9 });
      t.deepEqual(
        items.map(({ action }) => action),
        ['device.forget', 'group.join', 'device.appear'],
      );
    },
  },
];
