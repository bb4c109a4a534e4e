/** A bad cable between two segments of a lab: it delays, loses, doubles and overtakes Ethernet frames (test/fixtures/cable). */
import { fixtureProgram } from './fixture-program.ts';
import type { NetworkLab, RunningProgram } from './network-lab.ts';

/** What a cable needs of the machine, besides what a lab needs. */
export const CABLE_NEEDS: readonly string[] = ['g++'];

export interface CableFaults {
  readonly seed?: number;
  /** Milliseconds from the first segment to the second, and back; 0 by default. */
  readonly delayMs?: readonly [forth: number, back: number];
  /** Shares of all frames, in both directions, 0 to 1; 0 by default. */
  readonly loss?: number;
  readonly duplication?: number;
  /** Frames that come at least a millisecond after their turn. */
  readonly lateness?: number;
  /** The network ROM of a card behind it does not say that it is iPXE, which all ROMs of QEMU are. */
  readonly hidesIpxe?: boolean;
}

/** What a cable did in one direction. */
export interface CableCounts {
  readonly carried: number;
  readonly lost: number;
  readonly doubled: number;
  readonly late: number;
}

/** Room for the windows of many clients at once: what is lost is lost by the cable, as it was told. */
const QUEUE_FRAMES = 10_000;

/** Connects two segments of a lab by a cable. */
export const layCable = async (
  lab: NetworkLab,
  [from, to]: readonly [string, string],
  faults: CableFaults,
): Promise<RunningProgram> => {
  const { seed = 1, delayMs = [0, 0], loss = 0, duplication = 0, lateness = 0 } = faults;
  const taps = [await lab.tap(from), await lab.tap(to)];
  for (const tap of taps) await lab.ip('switch', `link set ${tap} txqueuelen ${QUEUE_FRAMES}`);
  const delays = delayMs.map((ms) => Math.round(ms * 1000));
  const numbers = [seed, ...delays, loss, duplication, lateness].map(String);
  const look = faults.hidesIpxe === true ? 'plain-rom' : 'as-it-is';
  const cable = lab.start('switch', fixtureProgram('cable'), [...taps, ...numbers, look]);
  await cable.waitFor(/^ready$/);
  return cable;
};

/** Unplugs it. @returns what it did, there and back */
export const unplug = async (
  cable: RunningProgram,
): Promise<readonly [CableCounts, CableCounts]> => {
  await cable.stop();
  const [forth, back] = cable.lines
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as CableCounts);
  if (forth === undefined || back === undefined)
    throw new Error(`the cable did not say what it did: ${cable.lines.join('\n')}`);
  return [forth, back];
};
