/** What a group is to run, named and followed on its page. */
import { buttonOf, inDialog, rowOf, textOf } from '../../helpers/console-parts.ts';
import { SpeakingAgent } from '../../helpers/speaking-agent.ts';
import type { Case } from './suite.ts';

export const ROLLOUT_CASES: readonly Case[] = [
  {
    title: 'an image is named for a group, its devices are shown, paused, gone on with, and left',
    look: async (t, lab) => {
      const { admin, ask, service, clock } = lab;
      await admin('PATCH', '/api/v1/packages/lab-pc', { body: { isAutogenic: true } });
      await admin('POST', '/api/v1/groups', { body: { name: 'ring-lab' } });
      for (const name of ['ring-1', 'ring-2']) {
        clock.elapsedMs += 1000;
        const agent = new SpeakingAgent(service.pin.replace('sha256:', ''), name);
        const { json } = await ask('POST', '/api/v1/enrolments', { body: agent.enrolment() });
        const state = { body: { state: 'approved' } };
        await admin('PUT', `/api/v1/devices/${json['id']}/state`, state);
        await ask('POST', '/device/v1/checkin', { body: agent.checkIn() });
        await admin('PUT', `/api/v1/groups/ring-lab/devices/${json['id']}`);
      }
      const page = await lab.openAs('operator', '#/groups/ring-lab');
      await page.getByText('Nothing says what the devices of this group are to run.').waitFor();
      await buttonOf(page, 'Name an image').click();
      await page.getByRole('textbox', { name: 'Rings' }).fill('nonsense');
      await inDialog(page, 'Roll it out').click();
      await page.locator('dialog .problem').waitFor();
      t.regex(await textOf(page.locator('dialog .problem')), /no list of 1 to 10 rings/);
      await page.getByRole('textbox', { name: 'Rings' }).fill('1,100%');
      await inDialog(page, 'Roll it out').click();
      await page.getByText('ring-lab is to run lab-pc:latest').waitFor();
      // The first ring has one device.
      await page.locator('tbody .badge', { hasText: 'at work' }).waitFor();
      t.is(await page.locator('tbody .badge', { hasText: 'at work' }).count(), 1);
      t.is(await page.locator('tbody .badge', { hasText: 'waits' }).count(), 1);
      await lab.picture(page, 'rollout');
      await buttonOf(page, 'Pause').click();
      await page.locator('h1 + .badge', { hasText: 'paused' }).waitFor();
      await page.locator('tbody .badge', { hasText: 'cancelled' }).waitFor();
      await page.goto(`${lab.url}#/groups`);
      t.regex(await textOf(rowOf(page, 'ring-lab')), /lab-pc:latest paused/);
      await page.goto(`${lab.url}#/groups/ring-lab`);
      await buttonOf(page, 'Go on').click();
      await page.locator('h1 + .badge', { hasText: 'running' }).waitFor();
      await buttonOf(page, 'Leave it as it is').click();
      await page.getByText('Nothing says what the devices of this group are to run.').waitFor();
      const viewer = await lab.openAs('viewer', '#/groups/ring-lab');
      await viewer.getByText('Nothing says what the devices of this group are to run.').waitFor();
      t.is(await buttonOf(viewer, 'Name an image').count(), 0);
    },
  },
];
