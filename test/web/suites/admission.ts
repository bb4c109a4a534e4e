/** Lists and join codes. */

import { buttonOf, inDialog, rowOf, textOf } from '../../helpers/console-parts.ts';
import type { Case } from './suite.ts';

export const ADMISSION_CASES: readonly Case[] = [
  {
    title: 'a list is imported whole, or refused with its line',
    look: async (t, lab) => {
      const page = await lab.openAs('operator', '#/device-lists');
      const file = (text: string) => ({
        name: 'lab.csv',
        mimeType: 'text/csv',
        buffer: Buffer.from(text, 'latin1'),
      });
      const choose = page.getByLabel('CSV file');
      await choose.setInputFiles(file('name,serial,group\npc-a,CSV-1,lab-9\npc-b,,\n'));
      await buttonOf(page, 'Import').click();
      await page.locator('.problem').waitFor();
      t.regex(await textOf(page.locator('.problem')), /line 3.*MANAGER_CSV/);
      await choose.setInputFiles(file('name,serial\n\xe9,CSV-1\n'));
      await buttonOf(page, 'Import').click();
      await page.getByText('The file is not in UTF-8.').waitFor();
      await choose.setInputFiles(file('name,serial,group\npc-a,CSV-1,lab-9\npc-b,CSV-2,lab-9\n'));
      await buttonOf(page, 'Import').click();
      await page.getByText('Rows that wait for their device').waitFor();
      t.deepEqual(await page.locator('dd').allTextContents(), ['2', '0', '2']);
      await lab.picture(page, 'import');
    },
  },
  {
    title: 'a join code is shown once',
    look: async (t, lab) => {
      const page = await lab.openAs('operator', '#/join-codes');
      await buttonOf(page, 'Make join code').click();
      await page.getByLabel('What it is for').fill('second floor');
      await page.getByLabel('Devices that may come in with it').fill('30');
      await inDialog(page, 'Make join code').click();
      const code = await textOf(page.locator('dialog output'));
      t.regex(code, /^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$/);
      await inDialog(page, 'Copy').click();
      await inDialog(page, 'Copied').waitFor();
      await lab.picture(page, 'join-code');
      await page.locator('dialog .buttons').getByRole('button', { name: 'Close' }).click();
      await rowOf(page, 'second floor').waitFor();
      t.false((await page.content()).includes(code));
      await rowOf(page, 'second floor').getByRole('button', { name: 'Remove' }).click();
      await inDialog(page, 'Remove').click();
      await page.getByText('There are no join codes.').waitFor();
    },
  },
];
