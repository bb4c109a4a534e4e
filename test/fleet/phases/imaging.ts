/** BI and PI of many devices at once, within the limit of their subnet, and checked on their disks. */
import { checkJobs, mostAtWork } from '../checks.ts';
import { Ends } from '../ends.ts';
import { type PhaseReport, type Row, withCost } from '../figures.ts';
import { openDiskFleet } from '../fleet-of-disks.ts';
import type { FleetGround } from '../ground.ts';
import { allJobs, order } from '../jobs.ts';

export interface ImagingOptions {
  readonly devices: number;
  readonly mostJobs: number;
}

export interface ImagingReport extends PhaseReport {
  readonly faults: readonly string[];
}

export const imaging = async (
  ground: FleetGround,
  { devices: count, mostJobs }: ImagingOptions,
): Promise<ImagingReport> => {
  const ends = new Ends(ground.failures);
  const fleet = await openDiskFleet(ground, {
    ...{ count, mostJobs, ends },
  });
  let faults: readonly string[] = [];
  try {
    const report = await withCost(ground, 'BI and PI', async (): Promise<readonly Row[]> => {
      const startedMs = performance.now();
      const [, version] = ground.versions;
      const devices = fleet.devices.map(({ id }) => id);
      const made = await order(ground, { devices, version, kind: 'bi-pi', mostAttempts: 1 });
      await ends.reached(made.length);
      const seconds = (performance.now() - startedMs) / 1000;
      const jobs = (await allJobs(ground)).filter(({ id }) => made.includes(id));
      const most = Math.max(
        ...fleet.subnets.map((cidr) => mostAtWork(jobs.filter(({ subnet }) => subnet === cidr))),
      );
      ({ faults } = await checkJobs(ground, fleet.devices, new Set(made)));
      return [
        { what: `seconds until ${count} devices had BI and PI`, measured: seconds.toFixed(0) },
        {
          what: 'jobs at work at once in a subnet, at most',
          measured: String(most),
          goal: { bound: `<= ${mostJobs}`, isMet: most <= mostJobs },
        },
        {
          what: 'faults on disks, in the API and in the audit',
          measured: String(faults.length),
          goal: { bound: '0', isMet: faults.length === 0 },
        },
      ];
    });
    return { ...report, faults };
  } finally {
    await fleet.close();
  }
};
