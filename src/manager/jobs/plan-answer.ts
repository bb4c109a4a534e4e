/** A plan as it is told: reasons with their codes, and sums. */
import type { NacreError } from '../../errors.ts';
import type { MadeJobs } from './make-jobs.ts';
import type { DevicePlan, JobPlan, Loss } from './plan-jobs.ts';

const reasonOf = ({ code, message, hint, facts }: NacreError) => ({
  ...{ code, message, hint },
  facts: Object.fromEntries(
    Object.entries(facts).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  ),
});

export interface ToldPlan extends Omit<DevicePlan, 'reasons' | 'lost'> {
  readonly reasons: ReturnType<typeof reasonOf>[];
  readonly lost: Loss[];
}

const told = (plan: DevicePlan): ToldPlan => ({
  ...plan,
  reasons: plan.reasons.map(reasonOf),
  lost: [...plan.lost],
});

export const planAnswer = ({ image, devices }: JobPlan) => {
  const eligible = devices.filter(({ isEligible }) => isEligible);
  return {
    ...{ image: image.name, version: image.id, eligible: eligible.length },
    fetchBytes: eligible.reduce((sum, { fetchBytes }) => sum + fetchBytes, 0),
    devices: devices.map(told),
  };
};

export const madeAnswer = ({ command, jobs, plan }: MadeJobs) => ({
  command,
  jobs: [...jobs],
  skipped: plan.devices.filter(({ isEligible }) => !isEligible).map(told),
});
