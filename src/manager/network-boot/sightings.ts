/** Devices that network boot services saw starting: those that nobody knows appear as pending, as far as there is room. */
import { isNacreError, NacreError } from '../../errors.ts';
import type { NetworkSighting } from '../../job/network-boot-protocol.ts';
import { Allowance } from '../../job/serving/allowance.ts';
import { RecentMap } from '../../job/serving/recent-map.ts';
import { noteNetworkStart } from '../devices/enrol.ts';
import { type Ground, timeOf } from '../ground.ts';
import { putNetworkStart } from '../store/network-boot-rows.ts';

/** Sightings of one service in a second. */
const PER_SECOND = 100;
const REMEMBERED = 256;

/** Takes `count` sightings of one who asks. @throws NacreError MANAGER_OVERLOADED for more than a second has room for */
export type SightingRate = (caller: string, count: number) => void;

export const makeSightingRate = (nowMs: () => number): SightingRate => {
  const allowances = new RecentMap<string, Allowance>(REMEMBERED);
  return (caller, count) => {
    const own = allowances.get(caller) ?? new Allowance(PER_SECOND, nowMs());
    allowances.set(caller, own);
    for (let taken = 0; taken < count; taken += 1)
      if (!own.take(nowMs())) throw new NacreError('MANAGER_OVERLOADED', { what: 'sightings' });
  };
};

const note = async (ground: Ground, seen: NetworkSighting): Promise<void> => {
  const { mac, uuid, architecture, machine, disk } = seen;
  const { id } = await noteNetworkStart(ground, { mac, uuid: uuid ?? undefined });
  await ground.store.change((db) =>
    putNetworkStart(db, {
      ...{ device_id: id, architecture, machine, seen_at: timeOf(ground) },
      ...{ disk_bytes: disk?.sizeBytes ?? null, sector_size: disk?.sectorSize ?? null },
    }),
  );
};

export interface Taken {
  readonly taken: number;
  /** There was no room for more that nobody knows. */
  readonly refused: number;
}

/** Each by itself: strangers that fill the room keep no known device out. */
export const noteSightings = async (
  ground: Ground,
  seen: readonly NetworkSighting[],
): Promise<Taken> => {
  let refused = 0;
  for (const one of seen)
    try {
      await note(ground, one);
    } catch (reason) {
      if (!isNacreError(reason, 'MANAGER_OVERLOADED')) throw reason;
      refused += 1;
    }
  return { taken: seen.length - refused, refused };
};
