import { readJob } from '../../../src/manager/jobs/read-jobs.ts';
import { setSubnet } from '../../../src/manager/jobs/subnets.ts';
import { KIM, type LabDevice, openJobLab } from '../../helpers/job-lab.ts';
import type { Case } from './suite.ts';

const MAC = '52:54:00:12:34:56';
const withCard = { hints: { name: 'off', macs: [MAC] } };

/** A device with a job and a card, which is off, and one that is on. */
const openOff = async (
  ground: Parameters<typeof openJobLab>[0],
  {
    address = '192.0.2.8',
    wake = true,
  }: { readonly address?: string; readonly wake?: boolean } = {},
) => {
  const lab = await openJobLab(ground);
  const off = await lab.device('off', '192.0.2.7');
  await off.checkIn(withCard);
  const peer = await lab.device('peer', address);
  const { jobs } = await lab.make({
    ...{ wake, selection: { devices: [off.id], groups: [], tags: [], isAll: false } },
  });
  await lab.tick();
  const look = (...waiting: readonly LabDevice[]) =>
    lab.desk.sleepers.look(waiting.map(({ id }) => id));
  /** So long that it counts as off. */
  const pass = async (seconds = 301): Promise<void> => {
    lab.pass(seconds);
    await peer.checkIn();
  };
  await pass();
  return { lab, off, peer, look, pass, job: jobs[0]?.id ?? '' };
};

export const WAKE_CASES: readonly Case[] = [
  {
    title:
      'a device that is off and has a job is woken by one of its network that waits, and the job says so',
    check: async (t, { ground }) => {
      const { look, peer, off, pass, job } = await openOff(ground);
      t.deepEqual(await look(peer), [peer.id]);
      t.deepEqual(await look(peer), [], 'once, and not at each look');
      t.deepEqual((await peer.checkIn()).wake, [MAC]);
      t.deepEqual((await peer.checkIn()).wake, []);
      const { events } = await readJob(ground, job);
      t.like(events.at(-1), { event: 'wake', to: 'queued', message: 'peer is asked to wake it' });
      for (let times = 2; times <= 5; times++) {
        await pass();
        t.deepEqual(await look(peer), [peer.id], `time ${times}`);
      }
      await pass();
      t.deepEqual(await look(peer), [], 'what does not wake is left alone');
      t.truthy((await off.checkIn(withCard)).ticket);
    },
  },
  {
    title: 'nobody is woken without the wish',
    check: async (t, { ground }) => {
      const { look, peer } = await openOff(ground, { wake: false });
      t.deepEqual(await look(peer), []);
    },
  },
  {
    title: 'a device that was seen, or whose network nobody is in, is not woken',
    check: async (t, { ground }) => {
      const { lab, look, peer, off } = await openOff(ground, { address: '198.51.100.8' });
      t.deepEqual(await look(peer), []);
      t.deepEqual(await look(), []);
      const unlimited = { note: '', mostJobs: null, bytesPerSecond: null, repository: null };
      await setSubnet(lab.ground, KIM, { cidr: '0.0.0.0/0', ...unlimited });
      lab.pass(10);
      t.deepEqual(await look(peer), [peer.id], 'one network, says a person');
      lab.pass(301);
      await off.checkIn({ ...withCard, job: null });
      t.deepEqual(await look(peer), []);
    },
  },
  {
    title: 'outside of its window a device sleeps on',
    check: async (t, { ground }) => {
      const lab = await openJobLab(ground);
      const off = await lab.device('off', '192.0.2.7');
      await off.checkIn(withCard);
      const peer = await lab.device('peer', '192.0.2.8');
      const selection = { devices: [off.id], groups: [], tags: [], isAll: false };
      // 19:00 in Tokyo, where the device is, when the story begins.
      await lab.make({ wake: true, selection, window: { from: '19:00', to: '19:30' } });
      await lab.tick();
      lab.pass(301);
      await peer.checkIn();
      t.deepEqual(await lab.desk.sleepers.look([peer.id]), [peer.id]);
      lab.pass(1800);
      t.deepEqual(await lab.desk.sleepers.look([peer.id]), []);
    },
  },
];
