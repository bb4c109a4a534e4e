/** Update Manager, and what agents tell of their devices. */
import type { CheckIn } from '../../../src/job/agent-protocol.ts';
import type { ConsoleLab } from '../../helpers/console-lab.ts';
import { buttonOf, inDialog, rowOf, textOf } from '../../helpers/console-parts.ts';
import { SpeakingAgent } from '../../helpers/speaking-agent.ts';
import type { Case } from './suite.ts';

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const EVIL = '<img src=x onerror="alert(4)">';

/** A device as it is after a layout. */
const disk = (): CheckIn['inventory']['disks'][number] => {
  const partition = (number: number, name: string, startBytes: number, sizeBytes: number) => ({
    ...{ number, name, startBytes, sizeBytes, role: 'basic-data', fileSystem: 'fat32' },
  });
  return {
    ...{ path: '/dev/mmcblk0', model: `FLASH ${EVIL}`, serial: 'F-1', sizeBytes: 16 * GIB },
    ...{ sectorSize: 512, isRemovable: false, isOwn: true },
    partitions: [
      partition(1, 'NACRE-BA', MIB, 64 * MIB),
      { ...partition(2, 'OS', 65 * MIB, 10 * GIB), role: 'linux', fileSystem: 'ext4' },
      partition(3, 'NACRE-BK', 11 * GIB, 4 * GIB),
    ],
  };
};

interface Speaking {
  readonly id: string;
  readonly agent: SpeakingAgent;
  readonly checkIn: () => Promise<unknown>;
  readonly report: (about: Parameters<SpeakingAgent['report']>[0]) => Promise<unknown>;
}

/** A device with an agent, in the group `update-lab`; one that is approved has checked in. */
const speakingDevice = async (
  { ask, admin, service, clock }: ConsoleLab,
  name: string,
  isApproved: boolean,
): Promise<Speaking> => {
  clock.elapsedMs += 1000;
  const agent = new SpeakingAgent(service.pin.replace('sha256:', ''), name);
  const id = String(
    (await ask('POST', '/api/v1/enrolments', { body: agent.enrolment() })).json['id'],
  );
  await admin('PUT', `/api/v1/groups/update-lab/devices/${id}`);
  const { inventory, ...rest } = JSON.parse(agent.checkIn().text);
  const checkIn = () =>
    ask('POST', '/device/v1/checkin', {
      body: agent.checkIn({ inventory: { ...inventory, disks: [disk()] }, backup: rest.backup }),
    });
  if (isApproved) {
    await admin('PUT', `/api/v1/devices/${id}/state`, { body: { state: 'approved' } });
    await checkIn();
  }
  const report: Speaking['report'] = (about) =>
    ask('POST', '/device/v1/report', { body: agent.report(about) });
  return { id, agent, checkIn, report };
};

let room: Promise<{ readonly ready: Speaking; readonly waiting: Speaking }> | undefined;

/** Two devices for all of these: one that can be updated, one that nobody has approved. */
const openRoom = (lab: ConsoleLab) => {
  room ??= (async () => {
    await lab.admin('PATCH', '/api/v1/packages/lab-pc', { body: { isAutogenic: true } });
    await lab.admin('POST', '/api/v1/groups', { body: { name: 'update-lab' } });
    const ready = await speakingDevice(lab, 'update-me', true);
    return { ready, waiting: await speakingDevice(lab, 'not-yet', false) };
  })();
  return room;
};

/** The newest job of a device, once it is in a state; it asks for its ticket meanwhile, as agents do. */
const jobIn = async (
  lab: ConsoleLab,
  { id, checkIn }: Speaking,
  state: string,
): Promise<string> => {
  for (;;) {
    const { json } = await lab.admin('GET', `/api/v1/jobs?device=${id}`);
    const [job] = Array.isArray(json['items']) ? json['items'] : [];
    if (job?.state === state) return job.id;
    await checkIn();
  }
};

export const UPDATE_CASES: readonly Case[] = [
  {
    title: 'the disk of a device is drawn to scale with what lies in its backup partition',
    look: async (t, lab) => {
      const { ready } = await openRoom(lab);
      const page = await lab.openAs('viewer', `#/devices/${ready.id}`);
      await page.locator('.disk').waitFor();
      const widths = await page.evaluate(
        `[...document.querySelectorAll('.disk rect')].map((one) => Math.round(one.getAttribute('width')))`,
      );
      t.deepEqual(widths, [4, 625, 59, 250, 62]);
      t.regex(
        await textOf(page.locator('.legend')),
        /NACRE-BA.*64 MiB.*OS.*10 GiB.*NACRE-BK.*4 GiB/,
      );
      t.true((await textOf(page.locator('.disk figcaption'))).includes(EVIL));
      await page.getByText('UEFI, disk first').waitFor();
      await lab.picture(page, 'device-disk');
    },
  },
  {
    title: 'an update is planned device by device, made, and followed to its end',
    look: async (t, lab) => {
      const { ready } = await openRoom(lab);
      const page = await lab.openAs('operator', '#/updates/new');
      const plan = buttonOf(page, 'Show the plan');
      t.true(await plan.isDisabled());
      await page.getByLabel('Package').selectOption('lab-pc');
      await page.getByLabel('Devices', { exact: true }).selectOption('group');
      await page.getByLabel('Group').selectOption('update-lab');
      await page.getByLabel('Download image to backup partition').uncheck();
      t.true(await plan.isDisabled());
      await page.getByLabel('Image device from backup partition').check();
      await plan.click();
      // Without the image in its backup partition nothing can be imaged from it.
      await page.getByText('JOB_BACKUP_MISSING').waitFor();
      t.true(await buttonOf(page, 'Schedule jobs: 0').isDisabled());
      await page.getByLabel('Download image to backup partition').check();
      t.is(await page.getByText('JOB_BACKUP_MISSING').count(), 0);
      await plan.click();
      await rowOf(page, 'not-yet').getByText('JOB_DEVICE_STATE').waitFor();
      t.regex(await textOf(rowOf(page, 'update-me')), /the OS on.*\/dev\/mmcblk0/);
      t.regex(await textOf(rowOf(page, 'update-me')), /\d\d:\d\d Asia\/Tokyo/);
      await lab.picture(page, 'plan');
      await page.getByLabel('Image device from backup partition').uncheck();
      await plan.click();
      await buttonOf(page, 'Schedule jobs: 1').click();
      await page.getByText('Jobs made: 1').waitFor();
      const job = await jobIn(lab, ready, 'sent');
      await ready.report({
        ...{ job, attempt: 1, event: 'download', command: 'BI' },
        ...{ doneBytes: 3 * MIB, totalBytes: 10 * MIB },
      });
      const row = rowOf(page, 'update-me');
      await row.getByText('downloading').waitFor();
      await row.getByText('3 MiB').waitFor();
      await lab.picture(page, 'updates');
      await row.getByRole('link', { name: 'update-me' }).click();
      await page.getByRole('heading', { name: 'What has happened' }).waitFor();
      await ready.report({ job, attempt: 1, event: 'finish', command: 'BI' });
      await page.locator('.page-head').getByText('done').waitFor();
      await lab.picture(page, 'job');
    },
  },
  {
    title: 'a job is cancelled, and one that failed is tried again, with what its device said',
    look: async (t, lab) => {
      const { ready } = await openRoom(lab);
      const body = {
        ...{ image: 'lab-pc', kind: 'bi', selection: { devices: [ready.id] } },
        mostAttempts: 1,
      };
      const later = { ...body, startAt: new Date(Date.now() + 86_400_000).toISOString() };
      await lab.admin('POST', '/api/v1/jobs', { body: later });
      const page = await lab.openAs('operator', `#/updates?device=${ready.id}`);
      await buttonOf(page, 'Cancel: update-me').click();
      await inDialog(page, 'Cancel').first().click();
      await page.locator('.badge', { hasText: 'cancelled' }).waitFor();
      await lab.admin('POST', '/api/v1/jobs', { body });
      const job = await jobIn(lab, ready, 'sent');
      const told = { code: 'BACKUP_NO_SPACE', message: `no room ${EVIL}` };
      await ready.report({ job, attempt: 1, event: 'fail', command: 'BI', ...told });
      const row = page.locator('tbody tr', { hasText: 'failed' });
      await row.getByText('BACKUP_NO_SPACE').waitFor();
      t.true((await textOf(row)).includes(EVIL));
      await row.getByRole('button', { name: 'Retry' }).click();
      await inDialog(page, 'Retry').click();
      await page.locator('.badge', { hasText: /queued|sent/ }).waitFor();
      const { json } = await lab.admin('GET', `/api/v1/jobs/${job}`);
      t.is(json['attempt'], 2);
    },
  },
];
