/**
 * Merlin's main program: what runs in `initrd.pxe` once PID 1 has found its disk. It says what it found; the work on
 * jobs enters here.
 */
import { gatherStartFacts, type Handover, type StartFacts } from './start-facts.ts';

/** How PID 1 goes on (pxe/init/start.h). */
export const MERLIN_EXIT = { restart: 0, failed: 1, powerOff: 10 } as const;
export type MerlinExit = (typeof MERLIN_EXIT)[keyof typeof MERLIN_EXIT];

export interface MerlinOptions {
  readonly handover: Handover;
  /** `power-off` ends the machine instead of starting it again. */
  readonly end: 'restart' | 'power-off';
}

export interface MerlinResult {
  readonly facts: StartFacts;
  readonly exit: MerlinExit;
}

/** One start of Merlin. */
export const runMerlin = async ({ handover, end }: MerlinOptions): Promise<MerlinResult> => {
  const facts = await gatherStartFacts(handover);
  return { facts, exit: end === 'power-off' ? MERLIN_EXIT.powerOff : MERLIN_EXIT.restart };
};
