/** One wish for each of many devices: what is refused for one does not stop the others. */
import { Refusal } from '../api/refusal.ts';
import type { Device } from '../api/types.ts';

/** The manager has others to answer. */
const AT_ONCE = 4;

export interface Outcomes {
  readonly done: readonly Device[];
  readonly refused: readonly { readonly device: Device; readonly refusal: Refusal }[];
}

/** @param run what is done for a device. @param onStep after each, with how many are over */
export const forEachDevice = async (
  devices: readonly Device[],
  run: (device: Device) => Promise<void>,
  onStep: (over: number) => void,
): Promise<Outcomes> => {
  const done: Device[] = [];
  const refused: { device: Device; refusal: Refusal }[] = [];
  const waiting = devices.values();
  const work = async (): Promise<void> => {
    for (const device of waiting) {
      try {
        await run(device);
        done.push(device);
      } catch (reason) {
        if (!(reason instanceof Refusal)) throw reason;
        refused.push({ device, refusal: reason });
      }
      onStep(done.length + refused.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { done, refused };
};
