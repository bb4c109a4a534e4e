/** Packages, roles, users and tokens. */

import { PASSWORD } from '../../helpers/console-lab.ts';
import {
  buttonOf,
  inDialog,
  rowOf,
  sendFrom,
  stateOf,
  textOf,
} from '../../helpers/console-parts.ts';
import type { Case } from './suite.ts';

export const PEOPLE_CASES: readonly Case[] = [
  {
    title: 'a package is made Autogenic Capable, and what it is made of is shown',
    look: async (t, lab) => {
      const page = await lab.openAs('operator', '#/packages');
      const toggle = page.getByRole('switch', { name: 'Autogenic Capable: lab-pc' });
      await toggle.click();
      await page.getByText('lab-pc is Autogenic Capable').waitFor();
      // The row is read again after the answer.
      await page.locator('[role=switch][aria-checked=true]').waitFor();
      t.is((await lab.admin('GET', '/api/v1/packages/lab-pc')).json['isAutogenic'], true);
      await lab.picture(page, 'packages');
      await page.getByRole('link', { name: 'lab-pc' }).click();
      await page.locator('tbody tr').nth(1).waitFor();
      t.is(await page.locator('tbody tr').count(), 2);
      await page.getByText('latest').waitFor();
      await lab.picture(page, 'package');
    },
  },
  {
    title: 'a viewer is offered no change, and is refused one all the same',
    look: async (t, lab) => {
      const { id } = await lab.enrol({ name: 'look-at-me', serial: 'V1' });
      const page = await lab.openAs('viewer', `#/devices/${id}`);
      await page.getByRole('heading', { name: 'look-at-me' }).waitFor();
      for (const room of [
        ...[`devices/${id}`, 'devices', 'groups', 'ignored-hints', 'packages'],
        ...['packages/lab-pc', 'updates', 'subnets', 'repositories', 'settings'],
      ]) {
        await page.goto(`${lab.url}#/${room}`);
        await page.locator('main h1').waitFor();
        const words = await page.locator('main').getByRole('button').allTextContents();
        t.deepEqual(
          words.filter((word) => !/^(Name|State|Last seen|Due|Changed|Back|Next)/.test(word)),
          [],
          room,
        );
        t.is(await page.locator('main input[type=checkbox], main [role=switch]').count(), 0, room);
      }
      const ways = await page.locator('nav.ways a').allTextContents();
      t.false(ways.includes('Users') || ways.includes('Audit'));
      const state = `/api/v1/devices/${id}/state`;
      t.is(await sendFrom(page, 'PUT', state, { state: 'approved' }), 403);
      await page.goto(`${lab.url}#/users`);
      await page.getByText('MANAGER_FORBIDDEN').waitFor();
      t.is(await stateOf(lab, id), 'pending');
    },
  },
  {
    title: 'administrators work with users and tokens',
    look: async (t, lab) => {
      const page = await lab.openAs('admin', '#/users');
      await buttonOf(page, 'Add user').click();
      await page.getByLabel('Name').fill('kim');
      await page.getByLabel('Role', { exact: true }).selectOption('operator');
      await page.getByLabel('New password').fill('short');
      await inDialog(page, 'Add user').click();
      await page.getByText('MANAGER_PASSWORD_WEAK').waitFor();
      await page.getByLabel('New password').fill(PASSWORD);
      await inDialog(page, 'Add user').click();
      await rowOf(page, 'kim').getByText('Operator').waitFor();
      await lab.picture(page, 'users');
      await buttonOf(page, 'Remove: admin').click();
      await inDialog(page, 'Remove').click();
      await page.getByText('MANAGER_LAST_ADMINISTRATOR').waitFor();
      await page.goto(`${lab.url}#/tokens`);
      await buttonOf(page, 'Make token').click();
      await page.getByLabel('What it is for').fill('monitoring');
      await page.getByLabel('system:read').check();
      await inDialog(page, 'Make token').click();
      t.regex(await textOf(page.locator('dialog output')), /^nacre_/);
    },
  },
];
