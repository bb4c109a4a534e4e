/** Orders to convert and to capture, from the list of devices and from the page of one. */
import type { ConsoleLab } from '../../helpers/console-lab.ts';
import { buttonOf, rowOf, textOf } from '../../helpers/console-parts.ts';
import { SpeakingAgent } from '../../helpers/speaking-agent.ts';
import type { Case } from './suite.ts';

/** An approved device with UEFI, a card, and a disk of 16 GiB that starts first. */
const enrolPc = async ({ ask, admin, service, clock }: ConsoleLab, name: string, mac: string) => {
  clock.elapsedMs += 1000;
  const agent = new SpeakingAgent(service.pin.replace('sha256:', ''), name);
  const { json } = await ask('POST', '/api/v1/enrolments', { body: agent.enrolment() });
  const id = String(json['id']);
  await admin('PUT', `/api/v1/devices/${id}/state`, { body: { state: 'approved' } });
  const hints = { name, macs: [mac] };
  await ask('POST', '/device/v1/checkin', { body: agent.checkIn({ hints }) });
  return id;
};

export const ORDER_CASES: readonly Case[] = [
  {
    title:
      'selected devices are converted: planned with their sizes, and made when the name of the image is typed',
    look: async (t, lab) => {
      await lab.admin('PATCH', '/api/v1/packages/lab-pc', { body: { isAutogenic: true } });
      const id = await enrolPc(lab, 'order-me', '52:54:00:0c:00:01');
      await lab.enrol({ name: 'order-me-not', serial: 'O2', macs: ['52:54:00:0c:00:02'] });
      const page = await lab.openAs('operator', '#/devices?search=order-me');
      await page.getByLabel('Select all rows shown').check();
      await page.locator('.chosen').getByRole('button', { name: 'Convert…' }).click();
      await page.getByRole('heading', { name: 'Make devices autogenic capable' }).waitFor();
      const plan = buttonOf(page, 'Show the plan');
      await page.getByLabel('Package').selectOption('lab-pc');
      t.true(await plan.isDisabled(), 'no layout');
      await page.getByLabel('Layout').selectOption('wes7');
      await plan.click();
      // A layout for BIOS does not start where the firmware is UEFI.
      await rowOf(page, /order-me(?!-)/)
        .getByText('JOB_OTHER_FIRMWARE')
        .waitFor();
      t.true(await buttonOf(page, 'Erase and image devices: 0').isDisabled());
      await page.getByLabel('Layout').selectOption('uefi');
      await plan.click();
      const table = page.getByRole('table', { name: 'Eligible devices' });
      await table.waitFor();
      t.regex(
        await textOf(table),
        /Total Flash Size.*Non-PXE Size.*OS Partition Size.*Backup Partition Size.*order-me\/dev\/sda F-0001 16 GiB16,384 MB64 MB[\d,]+ MB[\d,]+ MB.*have it start from the network once/,
      );
      await rowOf(page, 'order-me-not').getByText('JOB_DEVICE_STATE').waitFor();
      const make = buttonOf(page, 'Erase and image devices: 1');
      t.true(await make.isDisabled(), 'not confirmed');
      await page.getByLabel('Type the name of the image to confirm: lab-pc').fill('lab-p');
      t.true(await make.isDisabled());
      await page.getByLabel('Type the name of the image to confirm: lab-pc').fill('lab-pc');
      await lab.picture(page, 'convert');
      await page.setViewportSize({ width: 800, height: 800 });
      await lab.picture(page, 'convert-800');
      await page.setViewportSize({ width: 1280, height: 800 });
      await make.click();
      await page.getByText('Orders made: 1.').waitFor();
      await rowOf(page, 'order-me').getByText('Make autogenic capable').waitFor();
      const { json } = await lab.admin('GET', `/api/v1/jobs?device=${id}`);
      t.like(json, { total: 1, items: { 0: { kind: 'convert', image: 'lab-pc' } } });
    },
  },
  {
    title: 'a device is captured from its page, and one with a job is left out with the reason',
    look: async (t, lab) => {
      const id = await enrolPc(lab, 'capture-me', '52:54:00:0c:00:03');
      const page = await lab.openAs('operator', `#/devices/${id}`);
      await page.getByRole('heading', { name: 'capture-me' }).waitFor();
      await buttonOf(page, 'Capture…').click();
      await page.getByText('capture-me', { exact: true }).waitFor();
      await page.getByLabel('Image that gets the new versions').fill('Golden!');
      await buttonOf(page, 'Show the plan').click();
      await page.locator('.problem').waitFor();
      t.regex(await textOf(page.locator('.problem')), /MANAGER_INPUT_INVALID/);
      await page.getByLabel('Image that gets the new versions').fill('golden');
      await page.getByLabel('Comment of the new version').fill('before the summer');
      await buttonOf(page, 'Show the plan').click();
      await rowOf(page, 'capture-me').getByText('16 GiB').waitFor();
      await lab.picture(page, 'capture');
      await buttonOf(page, 'Capture devices: 1').click();
      await rowOf(page, 'capture-me').getByRole('link', { name: 'capture-me' }).click();
      await page.getByRole('heading', { name: 'What has happened' }).waitFor();
      t.regex(await textOf(page.locator('.facts')), /ImagegoldenCmdid/);
      await page.goto(`${lab.url}#/devices/${id}`);
      await buttonOf(page, 'Capture…').click();
      await page.getByLabel('Image that gets the new versions').fill('golden');
      await buttonOf(page, 'Show the plan').click();
      await rowOf(page, 'capture-me').getByText('JOB_DEVICE_BUSY').waitFor();
      t.true(await buttonOf(page, 'Capture devices: 0').isDisabled());
    },
  },
];
