/** How often one address may enrol devices: a room that starts at once is let in, a flood is not. */
import { NacreError } from '../../errors.ts';
import { Allowance } from '../../job/serving/allowance.ts';
import { RecentMap } from '../../job/serving/recent-map.ts';

const PER_SECOND = 20;
const REMEMBERED = 4096;

/** @throws NacreError MANAGER_OVERLOADED from what it gives back */
export const makeEnrolmentRate = (nowMs: () => number): ((address: string) => void) => {
  const allowances = new RecentMap<string, Allowance>(REMEMBERED);
  return (address) => {
    const own = allowances.get(address) ?? new Allowance(PER_SECOND, nowMs());
    allowances.set(address, own);
    if (!own.take(nowMs())) throw new NacreError('MANAGER_OVERLOADED', { what: 'enrolments' });
  };
};
