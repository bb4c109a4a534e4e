/** Subnets, copies of the store, settings, and values that many devices share. */
import { cp } from 'node:fs/promises';
import { buttonOf, inDialog, rowOf, sendFrom, textOf } from '../../helpers/console-parts.ts';
import { serveFolder } from '../../helpers/web-server.ts';
import type { Case } from './suite.ts';

const PIN = 'cd'.repeat(32);

export const NETWORK_CASES: readonly Case[] = [
  {
    title:
      'a copy of the store is named, asked what it has, used by a subnet, and removed when no subnet names it',
    look: async (t, lab) => {
      const page = await lab.openAs('admin', '#/repositories');
      await page.getByText('There are no copies').waitFor();
      await lab.picture(page, 'repositories-none');
      await buttonOf(page, 'Add a copy').click();
      await page.getByLabel('Name').fill('osaka');
      await page.getByLabel('Address').fill('http://images.osaka.example/nacre/');
      await page.getByLabel('Key of its server').fill(`sha256:${PIN}`);
      await inDialog(page, 'Save').click();
      await page.getByText('STORE_PIN_PLAIN').waitFor();
      const copy = `${lab.folder}/copy`;
      await cp(`${lab.folder}/store`, copy, { recursive: true });
      const web = await serveFolder(t, copy);
      await page.getByLabel('Address').fill(web.url);
      await page.getByLabel('Key of its server').fill('');
      await inDialog(page, 'Save').click();
      const row = rowOf(page, 'osaka');
      await row.getByText('the usual CAs').waitFor();
      await row.getByText('no subnet').waitFor();
      await buttonOf(page, 'Check: osaka').click();
      await page.locator('dialog .badge').waitFor();
      t.regex(
        await textOf(page.locator('dialog')),
        /What osaka has.*\d+ of \d+ versions are there/,
      );
      await lab.picture(page, 'repository-check');
      await page.keyboard.press('Escape');
      web.fault = (_request, response) => {
        response.writeHead(404, { 'Content-Length': '0' }).end();
        return true;
      };
      await buttonOf(page, 'Check: osaka').click();
      await page.getByText('STORE_NOT_FOUND').waitFor();
      await page.keyboard.press('Escape');

      await page.getByRole('link', { name: 'Subnets' }).click();
      await page.getByText('There are no subnets').waitFor();
      await buttonOf(page, 'Add subnet').click();
      await page.getByLabel('Subnet', { exact: true }).fill('192.0.2.0');
      await page.getByLabel('Limit of all together').fill('10');
      await page.getByLabel('Images from').selectOption('osaka');
      await inDialog(page, 'Save').click();
      await page.locator('dialog .problem').waitFor();
      t.regex(await textOf(page.locator('dialog .problem')), /MANAGER_INPUT_INVALID/);
      await page.getByLabel('Subnet', { exact: true }).fill('192.0.2.0/24');
      await page.getByLabel('Jobs at the same time').fill('5');
      await lab.picture(page, 'subnet-add');
      await inDialog(page, 'Save').click();
      await rowOf(page, '192.0.2.0/24').waitFor();
      t.regex(await textOf(rowOf(page, '192.0.2.0/24')), /5.*10 MiB\/s.*osaka/);
      await buttonOf(page, 'Edit: 192.0.2.0/24').click();
      await page.getByLabel('Note').fill('second floor');
      // What is set is on the form: a change of the note changes nothing else.
      await page.getByLabel('Images from').waitFor();
      await inDialog(page, 'Save').click();
      await rowOf(page, '192.0.2.0/24').getByText('second floor').waitFor();
      t.like((await lab.admin('GET', '/api/v1/subnets')).json, {
        items: {
          0: {
            ...{ cidr: '192.0.2.0/24', mostJobs: 5, bytesPerSecond: 10 * 2 ** 20 },
            ...{ repository: 'osaka', note: 'second floor' },
          },
        },
      });
      await lab.picture(page, 'subnets');

      await page.getByRole('link', { name: 'Copies of the store' }).click();
      await rowOf(page, 'osaka').getByText('192.0.2.0/24').waitFor();
      await page.setViewportSize({ width: 800, height: 800 });
      await lab.picture(page, 'repositories-800');
      await page.setViewportSize({ width: 1280, height: 800 });
      await buttonOf(page, 'Remove: osaka').click();
      await inDialog(page, 'Remove').click();
      await page.getByText('REPOSITORY_IN_USE').waitFor();
      t.regex(await textOf(page.locator('dialog .problem')), /devices of 192\.0\.2\.0\/24 ask/);
      await page.keyboard.press('Escape');
      await page.goto(`${lab.url}#/subnets`);
      await buttonOf(page, 'Remove: 192.0.2.0/24').click();
      await inDialog(page, 'Remove').click();
      await page.getByText('There are no subnets').waitFor();
      await page.goto(`${lab.url}#/repositories`);
      await buttonOf(page, 'Remove: osaka').click();
      await inDialog(page, 'Remove').click();
      await page.getByText('There are no copies').waitFor();
    },
  },
  {
    title:
      'operators set subnets and ask copies, and only administrators name copies and change settings',
    look: async (t, lab) => {
      const page = await lab.openAs('operator', '#/repositories');
      await page.getByText('There are no copies').waitFor();
      t.is(await buttonOf(page, 'Add a copy').count(), 0);
      await page.goto(`${lab.url}#/subnets`);
      await buttonOf(page, 'Add subnet').waitFor();
      await page.goto(`${lab.url}#/settings`);
      await page.getByText('queued, until the device comes').waitFor();
      await page.getByText('known devices', { exact: true }).waitFor();
      t.is(await page.locator('main button, main input, main select').count(), 0);
      const settings = '/api/v1/network-boot/settings';
      t.is(await sendFrom(page, 'PUT', settings, { answer: 'off' }), 403);
    },
  },
  {
    title: 'settings are changed, and a time that cannot be read is told',
    look: async (t, lab) => {
      const page = await lab.openAs('admin', '#/settings');
      await page.getByLabel('Answer').selectOption('everyone');
      await buttonOf(page, 'Save').first().click();
      await page.getByText('The settings are saved.').waitFor();
      t.deepEqual((await lab.admin('GET', '/api/v1/network-boot/settings')).json, {
        answer: 'everyone',
      });
      const queued = page.getByLabel('queued, until the device comes');
      t.is(await queued.inputValue(), '7 d');
      await queued.fill('soon');
      await buttonOf(page, 'Save').last().click();
      await page.getByText('"soon" is no time (queued, until the device comes)').waitFor();
      await lab.picture(page, 'settings');
      await queued.fill('36 h');
      await buttonOf(page, 'Save').last().click();
      await page.locator('.problem').waitFor({ state: 'detached' });
      const { json } = await lab.admin('GET', '/api/v1/job-settings');
      t.like(json, { queuedSeconds: 129_600, sentSeconds: 7200 });
      // Another one changed it meanwhile.
      await lab.admin('PATCH', '/api/v1/job-settings', { body: { queuedSeconds: 604_800 } });
      await page.locator('input[name=queuedSeconds][value="7 d"]').waitFor();
      const answer = { body: { answer: 'known' } };
      await lab.admin('PUT', '/api/v1/network-boot/settings', answer);
    },
  },
  {
    title: 'a value that devices share is ignored where the conflict is shown, and counts again',
    look: async (t, lab) => {
      const mac = '52:54:00:d0:c0:01';
      const first = await lab.enrol({ name: 'docked-1', macs: [mac] });
      await lab.admin('PUT', `/api/v1/devices/${first.id}/state`, { body: { state: 'approved' } });
      const { id } = await lab.enrol({ name: 'docked-2', macs: [mac] });
      const page = await lab.openAs('operator', `#/devices/${id}`);
      await page.locator('.conflicts').getByText(mac).waitFor();
      await buttonOf(page, `Ignore… ${mac} (docked-1)`).click();
      await page.getByLabel('Note').fill('dock of meeting room 2');
      await lab.picture(page, 'ignore');
      await inDialog(page, 'Ignore').click();
      await page.getByText(`Ignored: ${mac}. Devices whose conflict is gone: `).waitFor();
      await page.locator('.conflicts').waitFor({ state: 'detached' });
      await page.goto(`${lab.url}#/ignored-hints`);
      await rowOf(page, mac).getByText('dock of meeting room 2').waitFor();
      await buttonOf(page, 'Ignore a value').click();
      await page.getByLabel('What').selectOption('Disk serial');
      await page.getByRole('textbox', { name: 'Value' }).fill('0123456789');
      await inDialog(page, 'Ignore').click();
      await rowOf(page, '0123456789').getByText('Disk serial').waitFor();
      await lab.picture(page, 'ignored');
      for (const value of ['0123456789', mac]) {
        await buttonOf(page, `Count again: ${value}`).click();
        await inDialog(page, 'Count again').click();
        await rowOf(page, value).waitFor({ state: 'detached' });
        // The button that had the focus is gone with its row: the keyboard stays where it was.
        t.is(await page.evaluate('document.activeElement.className'), 'table');
      }
      await page.getByText('No value is ignored.').waitFor();
      t.deepEqual((await lab.admin('GET', '/api/v1/ignored-hints')).json['items'], []);
    },
  },
];
