import { setSubnet } from '../../../src/manager/jobs/subnets.ts';
import { policyIn } from '../../../src/manager/network-boot/policy-tables.ts';
import {
  dropRepository,
  readRepositories,
  setRepository,
} from '../../../src/manager/repository/repositories.ts';
import { KIM, openJobLab } from '../../helpers/job-lab.ts';
import type { Case } from './suite.ts';

const PIN = 'cd'.repeat(32);
const OSAKA = { name: 'osaka', url: 'https://images.osaka.example/nacre/', pin: PIN, note: '' };
const NO_LIMITS = { note: '', mostJobs: null, bytesPerSecond: null };

export const REPOSITORY_CASES: readonly Case[] = [
  {
    title: 'devices of a subnet are told its repository before the manager, others are not',
    check: async (t, { ground }) => {
      const lab = await openJobLab(ground);
      await setRepository(lab.ground, KIM, OSAKA);
      await setSubnet(lab.ground, KIM, { cidr: '192.0.2.0/24', ...NO_LIMITS, repository: 'osaka' });
      await setSubnet(lab.ground, KIM, { cidr: '192.0.2.128/25', ...NO_LIMITS, repository: null });
      const near = await lab.device('near');
      const [, narrow] = [near, await lab.device('narrow', '192.0.2.200')];
      const away = await lab.device('away', '198.51.100.1');
      const [first, master, ...others] = (await near.checkIn()).stores;
      t.deepEqual(first, { url: OSAKA.url, pin: PIN });
      t.regex(master?.url ?? '', /^https:\/\/manager\.example:30806\/device\/v1\/store\//);
      t.deepEqual(others, []);
      for (const device of [narrow, away]) t.is((await device.checkIn()).stores.length, 1);
      // Merlin's orders from the network are given by the same rule.
      t.deepEqual((await lab.ground.store.read(policyIn)).tables.subnet, [
        { network: '192.0.2.0/24', store: OSAKA.url, 'store-pin': PIN },
        { network: '192.0.2.128/25' },
      ]);
    },
  },
  {
    title: 'a repository that a subnet names is not removed, and moves with its name',
    check: async (t, { ground }) => {
      await setRepository(ground, KIM, OSAKA);
      await setSubnet(ground, KIM, { cidr: '192.0.2.0/24', ...NO_LIMITS, repository: 'osaka' });
      const drop = () => dropRepository(ground, KIM, 'osaka');
      await t.throwsAsync(drop, { code: 'REPOSITORY_IN_USE', message: /192\.0\.2\.0\/24/ });
      const moved = { ...OSAKA, url: 'http://10.0.0.2/images/', pin: null };
      await setRepository(ground, KIM, moved);
      const { items } = await readRepositories(ground, { limit: 10 });
      t.deepEqual(items, [{ ...moved, subnets: ['192.0.2.0/24'] }]);
      await setSubnet(ground, KIM, { cidr: '192.0.2.0/24', ...NO_LIMITS, repository: null });
      await drop();
      await t.throwsAsync(drop, { code: 'MANAGER_NOT_FOUND' });
    },
  },
  {
    title: 'addresses of repositories that devices could not use are refused',
    check: async (t, { ground }) => {
      for (const [change, code] of [
        [{ url: 'https://kim:secret@images.example/' }, 'STORE_ADDRESS'],
        [{ url: 'https://images.example/?x=1' }, 'STORE_ADDRESS'],
        [{ url: 'http://images.example/' }, 'STORE_PIN_PLAIN'],
      ] as const)
        await t.throwsAsync(async () => setRepository(ground, KIM, { ...OSAKA, ...change }), {
          code,
        });
      t.is((await readRepositories(ground, { limit: 10 })).total, 0);
    },
  },
];
