/** The one device that a person means. */
import { NacreError } from '../../errors.ts';
import type { Device } from '../../manager/devices/device.ts';
import { shortId } from '../format.ts';
import type { ManagerClient } from './client.ts';

const SHOWN = 5;

/** By name, serial, UUID, MAC, or the start of id or fingerprint. @throws NacreError MANAGER_NOT_FOUND, MANAGER_AMBIGUOUS */
export const findDevice = async (client: ManagerClient, name: string): Promise<Device> => {
  const { deviceShape } = await import('../../manager/http/shapes/devices.ts');
  const found = await client.list('/devices', deviceShape, { find: name });
  const [device] = found;
  if (device === undefined) throw new NacreError('MANAGER_NOT_FOUND', { what: 'device', name });
  if (found.length === 1) return device;
  const ids = found
    .slice(0, SHOWN)
    .map((each) => shortId(each.id))
    .join(', ');
  throw new NacreError('MANAGER_AMBIGUOUS', { name, count: found.length, ids });
};
