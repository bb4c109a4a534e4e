/** Many devices read a whole version at once, in pieces as a fill does, through the address that their check-in gave them. */
import { openMirroredStore } from '../../../src/image/store/store.ts';
import { each } from '../each.ts';
import { type PhaseReport, spreadOf, withCost } from '../figures.ts';
import type { Enrolled, FleetGround } from '../ground.ts';
import { CheckInClient } from './check-ins.ts';

/** About what a frame of four chunks has. */
const PIECE_BYTES = 128 * 1024;
const MIB = 2 ** 20;
/** Check-ins before, at a time. */
const AT_ONCE = 8;

/** Reads all packs of a version. @returns bytes */
const readVersion = async (
  stores: readonly { readonly url: string; readonly pin: string | null }[],
  image: string,
): Promise<number> => {
  const places = stores.map(({ url, pin }) => ({ url, keys: pin === null ? [] : [pin] }));
  const store = await openMirroredStore(places);
  const { id } = await store.resolve(image);
  const packs = await store.withPacks(id, async (all) => all);
  let bytes = 0;
  for (const { id: pack, sizeBytes } of packs)
    for (let at = 0; at < sizeBytes; at += PIECE_BYTES)
      bytes += (await store.readPackBytes(pack, at, Math.min(PIECE_BYTES, sizeBytes - at))).length;
  return bytes;
};

export const readers = (ground: FleetGround, devices: readonly Enrolled[]): Promise<PhaseReport> =>
  withCost(ground, `${devices.length} readers of chunks`, async () => {
    const { image, versions } = ground;
    const clients = devices.map((device) => new CheckInClient(ground, device));
    const answers = await each(clients, AT_ONCE, (client) => client.checkIn());
    for (const client of clients) client.close();
    const startedMs = performance.now();
    const seconds: number[] = [];
    const sizes = await Promise.all(
      answers.map(async ({ stores }) => {
        const size = await readVersion(stores, `${image}@${versions[1]}`);
        seconds.push((performance.now() - startedMs) / 1000);
        return size;
      }),
    );
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const { median, most } = spreadOf(seconds);
    return [
      {
        what: `${devices.length} readers at once, ${(total / MIB).toFixed(0)} MiB together`,
        measured: `${(total / MIB / most).toFixed(0)} MiB/s`,
      },
      {
        what: 'seconds of a reader, median / most',
        measured: `${median.toFixed(1)} / ${most.toFixed(1)}`,
      },
    ];
  });
