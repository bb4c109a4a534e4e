/** What people decide about devices: approve, hold, revoke, forget; and how they name and sort them. */
import { NacreError } from '../../errors.ts';
import { type Actor, type Ground, timeOf } from '../ground.ts';
import { audit } from '../identity/audit.ts';
import { endJobOf } from '../jobs/move-job.ts';
import {
  changeDeviceRow,
  removeDeviceRow,
  removeKeyConflict,
  setTags,
} from '../store/device-rows.ts';
import type { Queries } from '../store/store.ts';
import type { DeviceTable } from '../store/tables.ts';
import { type Device, deviceIn, knownDevice, refreshSearch } from './device.ts';
import { type DeviceEvent, next } from './device-states.ts';

/** The state after an event, written down. @throws NacreError MANAGER_DEVICE_STATE */
export const moveDevice = async (
  ground: Pick<Ground, 'now'>,
  db: Queries,
  actor: Actor,
  device: DeviceTable,
  event: DeviceEvent,
): Promise<void> => {
  const state = next(device.state, event);
  if (state === undefined) {
    const facts = { device: device.name, state: device.state, event };
    throw new NacreError('MANAGER_DEVICE_STATE', facts);
  }
  await changeDeviceRow(db, device.id, {
    state,
    decided_at: timeOf(ground),
    decided_by: actor.name,
  });
  if (event === 'approve') await removeKeyConflict(db, device.id);
  if (event === 'revoke') {
    const message = 'the key of this device was revoked';
    await endJobOf(ground, db, actor, device.id, { code: 'JOB_DEVICE_STATE', message });
  }
  const deed = { action: `device.${event}`, kind: 'device', subject: device.id };
  await audit(ground, db, actor, {
    ...deed,
    facts: { name: device.name, from: device.state, to: state },
  });
};

/** @throws NacreError MANAGER_NOT_FOUND, MANAGER_DEVICE_STATE */
export const decideDevice = (
  ground: Ground,
  actor: Actor,
  id: string,
  event: DeviceEvent,
): Promise<Device> =>
  ground.store.change(async (db) => {
    await moveDevice(ground, db, actor, await knownDevice(db, id), event);
    return deviceIn(db, id);
  });

/** A device that checks in again appears anew, as pending. @throws NacreError MANAGER_NOT_FOUND */
export const forgetDevice = (ground: Ground, actor: Actor, id: string): Promise<void> =>
  ground.store.change(async (db) => {
    const { name } = await knownDevice(db, id);
    await removeDeviceRow(db, id);
    await audit(ground, db, actor, {
      action: 'device.forget',
      kind: 'device',
      subject: id,
      facts: { name },
    });
  });

export interface DeviceDescription {
  readonly name?: string | undefined;
  readonly note?: string | undefined;
  readonly tags?: readonly string[] | undefined;
}

/** Changes what is given. @throws NacreError MANAGER_NOT_FOUND */
export const describeDevice = (
  ground: Ground,
  actor: Actor,
  id: string,
  { name, note, tags }: DeviceDescription,
): Promise<Device> =>
  ground.store.change(async (db) => {
    const { name: before } = await knownDevice(db, id);
    const change = {
      ...(name === undefined ? {} : { name }),
      ...(note === undefined ? {} : { note }),
    };
    if (Object.keys(change).length > 0) await changeDeviceRow(db, id, change);
    if (tags !== undefined) await setTags(db, id, tags);
    await refreshSearch(db, id);
    const device = await deviceIn(db, id);
    const facts = { before, name: device.name, tags: device.tags.join(' ') };
    await audit(ground, db, actor, {
      action: 'device.describe',
      kind: 'device',
      subject: id,
      facts,
    });
    return device;
  });
