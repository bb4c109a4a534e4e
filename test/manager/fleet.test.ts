/** The simulated fleet of `scripts/fleet`, as small as it can be: its devices do what devices do, and its checks see what is wrong. */
import test from 'ava';
import { checkJobs, mostAtWork } from '../fleet/checks.ts';
import { each } from '../fleet/each.ts';
import { Ends } from '../fleet/ends.ts';
import { openDiskFleet } from '../fleet/fleet-of-disks.ts';
import { makeDevice, openFleetGround } from '../fleet/ground.ts';
import { allJobs, order } from '../fleet/jobs.ts';
import { register } from '../fleet/phases/register.ts';
import { requires } from '../helpers/requires.ts';

const AT_ONCE = 4;

test('of 20 simulated devices one fills and images its disk file, and its bytes are checked', async (t) => {
  if (!requires(t, 'mkntfs', 'ntfscp', 'mtype', 'sfdisk')) return;
  const ground = await openFleetGround(t, { faults: new Set(['duplicate', 'clock']) });
  const { devices } = await register(ground, 19);
  const ends = new Ends(ground.failures);
  const idle = devices.map((device) =>
    makeDevice(ground, device, { onLine: (line) => ends.hear(device.id, line) }),
  );
  await each(idle, AT_ONCE, (device) => device.start());
  const fleet = await openDiskFleet(ground, { count: 1, mostJobs: 1, ends });
  const [, version] = ground.versions;
  const ids = fleet.devices.map(({ id }) => id);
  const made = await order(ground, { devices: ids, version, kind: 'bi-pi', mostAttempts: 1 });
  await ends.reached(1);
  const ordered = new Set(made);
  t.deepEqual(await checkJobs(ground, fleet.devices, ordered), { jobs: 1, faults: [] });
  t.is(mostAtWork(await allJobs(ground)), 1);
  const lost = 'f'.repeat(32);
  fleet.devices[0]?.imaged.push(lost);
  const { faults } = await checkJobs(ground, fleet.devices, new Set([...made, lost]));
  t.is(faults.length, 2, 'a job that is gone, and a device that was imaged once too often');
  await each(idle, AT_ONCE, (one) => one.close());
  await fleet.close();
  t.deepEqual(ground.failures, []);
});
