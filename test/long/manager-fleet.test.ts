/** A manager that is killed again and again under a fleet that works: `scripts/fleet` in two minutes. */
import test from 'ava';
import { FAULTS } from '../fleet/faulty-door.ts';
import { openFleetGround } from '../fleet/ground.ts';
import { imaging } from '../fleet/phases/imaging.ts';
import { kills } from '../fleet/phases/kills.ts';
import { longPolls } from '../fleet/phases/long-polls.ts';
import { readers } from '../fleet/phases/readers.ts';
import { register } from '../fleet/phases/register.ts';
import { requires } from '../helpers/requires.ts';

const TOOLS = ['mkntfs', 'ntfscp', 'mtype', 'sfdisk'] as const;

test('300 devices enrol, wait, read and are imaged, and a manager that is killed every 20 s loses and doubles no job', async (t) => {
  if (!requires(t, ...TOOLS)) return;
  const ground = await openFleetGround(t);
  const { report, devices } = await register(ground, 300);
  const phases = [report, await readers(ground, devices.slice(0, 40))];
  phases.push(await longPolls(ground, devices.slice(100), 20));
  const imaged = await imaging(ground, { devices: 8, mostJobs: 4 });
  t.deepEqual(imaged.faults, []);
  const killed = await kills(ground, {
    ...{ devices: 8, mostJobs: 8, minutes: 2, killEveryMs: 20_000 },
  });
  for (const { rows } of [...phases, imaged, killed])
    for (const { what, measured } of rows) t.log(`${what}: ${measured}`);
  t.deepEqual(killed.faults, []);
  t.true(killed.kills >= 3);
  t.true(killed.jobs >= 8);
  t.deepEqual(ground.failures, []);
});

test('a way that drops, slows, doubles and reorders messages loses and doubles no job either', async (t) => {
  if (!requires(t, ...TOOLS)) return;
  const ground = await openFleetGround(t, { faults: new Set(FAULTS) });
  const { faults } = await imaging(ground, { devices: 8, mostJobs: 4 });
  t.deepEqual(faults, []);
  t.deepEqual(ground.failures, []);
});
