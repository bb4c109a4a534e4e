/** Device Manager. */

import { buttonOf, inDialog, rowOf, stateOf, textOf } from '../../helpers/console-parts.ts';
import type { Case } from './suite.ts';

export const DEVICES_CASES: readonly Case[] = [
  {
    title: 'devices are paged, searched, filtered and sorted by the manager',
    look: async (t, lab) => {
      for (let count = 1; count <= 51; count += 1)
        await lab.enrol({ name: `pc-${String(count).padStart(2, '0')}`, serial: `S${count}` });
      const page = await lab.openAs('admin');
      const rows = page.locator('tbody tr');
      await rowOf(page, 'pc-50').waitFor();
      t.is(await rows.count(), 50);
      await page.getByText('1–50 of 51').waitFor();
      await buttonOf(page, 'Next').click();
      await page.getByText('51–51 of 51').waitFor();
      t.is(await rows.count(), 1);
      await buttonOf(page, 'Back').click();
      await page.getByText('1–50 of 51').waitFor();
      await buttonOf(page, 'Name').click();
      await page.locator('th[aria-sort=descending]').waitFor();
      await rowOf(page, 'pc-51').waitFor();
      t.regex(page.url(), /sort=name&descending=true$/);
      await page.getByLabel('Search').fill('s17');
      await page.getByText('1–1 of 1').waitFor();
      await page.getByLabel('Search').fill('');
      await page.getByLabel('State').selectOption('held');
      await page.getByText('No device fits.').waitFor();
    },
  },
  {
    title: 'devices are approved by their fingerprints, and revoked',
    look: async (t, lab) => {
      const { id, fingerprint } = await lab.enrol({ name: 'approve-me', serial: 'A1' });
      const other = await lab.enrol({ name: 'approve-me-too', serial: 'A2' });
      const page = await lab.openAs('operator', '#/devices?search=approve-me');
      await page.getByLabel('Select all rows shown').check();
      await page.getByText('2 selected').waitFor();
      await page.locator('.chosen').getByRole('button', { name: 'Approve' }).click();
      const shown = page.locator('dialog .fingerprint').first();
      t.deepEqual(await shown.locator('span').allTextContents(), fingerprint.match(/.{4}/g));
      await lab.picture(page, 'approve');
      await inDialog(page, 'Approve').click();
      await page.getByText('Approved: 2').waitFor();
      await rowOf(page, 'approve-me-too').getByText('approved').waitFor();
      t.is(await stateOf(lab, id), 'approved');
      await page.getByRole('link', { name: 'approve-me', exact: true }).click();
      await buttonOf(page, 'Revoke').click();
      await inDialog(page, 'Revoke').click();
      await page.locator('.page-head').getByText('revoked').waitFor();
      t.is(await stateOf(lab, id), 'revoked');
      t.is(await stateOf(lab, other.id), 'approved');
    },
  },
  {
    title: 'what the manager refuses is shown word by word, device by device',
    look: async (t, lab) => {
      const { id } = await lab.enrol({ name: 'refuse-me', serial: 'R1' });
      const page = await lab.openAs('operator', '#/devices?search=refuse-me');
      await page.getByLabel('Select refuse-me').check();
      await page.locator('.chosen').getByRole('button', { name: 'Hold' }).click();
      // Somebody is quicker, while the dialog is open.
      await lab.admin('PUT', `/api/v1/devices/${id}/state`, { body: { state: 'revoked' } });
      await inDialog(page, 'Hold').click();
      const problem = page.locator('dialog .problem');
      await problem.waitFor();
      t.regex(await textOf(problem), /refuse-me.*MANAGER_DEVICE_STATE.*Request [0-9a-f-]{36}/);
      t.is(await stateOf(lab, id), 'revoked');
    },
  },
  {
    title: 'a conflict is shown where it is decided',
    look: async (t, lab) => {
      const first = await lab.enrol({ name: 'first-of-two', serial: 'TWIN' });
      await lab.admin('PUT', `/api/v1/devices/${first.id}/state`, { body: { state: 'approved' } });
      const { id } = await lab.enrol({ name: 'second-of-two', serial: 'TWIN' });
      const page = await lab.openAs('operator', `#/devices/${id}`);
      await page.locator('.page-head').getByText('held').waitFor();
      await page.getByText('No check-in yet').waitFor();
      await buttonOf(page, 'Approve').click();
      t.regex(await textOf(page.locator('dialog .conflicts')), /first-of-two: Serial TWIN/);
      await page.keyboard.press('Escape');
      // The dialog gives the focus back to what opened it.
      t.is(await page.evaluate('document.activeElement.textContent'), 'Approve');
      await lab.picture(page, 'device');
    },
  },
  {
    title: 'name, note, tags and groups are edited, and another page sees it at once',
    look: async (t, lab) => {
      const { id } = await lab.enrol({ name: 'edit-me', serial: 'E1' });
      const [page, watcher] = [
        await lab.openAs('operator', '#/groups'),
        await lab.openAs('viewer', '#/devices?search=edit-me'),
      ];
      await buttonOf(page, 'Add group').click();
      await page.getByLabel('Name').fill('lab-2');
      await inDialog(page, 'Add group').click();
      await rowOf(page, 'lab-2').waitFor();
      await watcher.getByText('Live').waitFor();
      await page.goto(`${lab.url}#/devices/${id}`);
      await buttonOf(page, 'Edit').click();
      await page.getByLabel('Name').fill('edited');
      await page.getByLabel('Tags').fill('canary floor-2');
      await page.getByLabel('lab-2').check();
      await page.getByLabel('Note').fill('was edit-me');
      await inDialog(page, 'Save').click();
      await page.getByRole('heading', { name: 'edited' }).waitFor();
      await page.getByRole('link', { name: '#canary' }).waitFor();
      const row = rowOf(watcher, 'edited');
      await row.getByText('lab-2').waitFor();
      t.like((await lab.admin('GET', `/api/v1/devices/${id}`)).json, {
        name: 'edited',
        note: 'was edit-me',
        groups: ['lab-2'],
        tags: ['canary', 'floor-2'],
      });
    },
  },
];
