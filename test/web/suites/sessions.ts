/** Logging in, and what ends a session. */

import { logInOn, PASSWORD } from '../../helpers/console-lab.ts';
import { buttonOf, textOf } from '../../helpers/console-parts.ts';
import type { Case } from './suite.ts';

const HOUR_MS = 3_600_000;

export const SESSIONS_CASES: readonly Case[] = [
  {
    title: 'a wrong password is told with its reason, and after a few with the wait',
    look: async (t, lab) => {
      const page = await lab.open();
      for (let count = 0; count < 5; count += 1) {
        await logInOn(page, 'viewer', 'wrong');
        await page.locator('form[aria-busy=false] .problem').waitFor();
      }
      t.regex(await textOf(page.locator('.problem')), /MANAGER_LOGIN_FAILED/);
      await logInOn(page, 'viewer', PASSWORD);
      await page.getByText('MANAGER_TOO_MANY_TRIES').waitFor();
      const wait = buttonOf(page, /^Wait [12] s$/);
      t.true(await wait.isDisabled());
      await lab.picture(page, 'login-wait');
      lab.clock.elapsedMs += HOUR_MS;
      await buttonOf(page, /^Log in$/).waitFor();
      await logInOn(page, 'viewer', PASSWORD);
      await page.locator('nav.ways').waitFor();
      await buttonOf(page, 'Log out').click();
      await page.getByText('You are logged out.').waitFor();
      await page.reload();
      await page.locator('input[name=password]').waitFor();
    },
  },
  {
    title: 'a session that has ended is noticed, and one goes on where one was',
    look: async (t, lab) => {
      const page = await lab.openAs('viewer', '#/packages');
      await page.getByRole('link', { name: 'lab-pc' }).waitFor();
      lab.clock.aheadMs += 13 * HOUR_MS;
      await page.getByRole('link', { name: 'lab-pc' }).click();
      await page.getByText('The session has ended.').waitFor();
      await logInOn(page, 'viewer', PASSWORD);
      await page.getByRole('heading', { name: 'lab-pc' }).waitFor();
      t.regex(page.url(), /#\/packages\/lab-pc$/);
    },
  },
];
