/** Removing packages. */
import { openStore } from '../../../src/image/store/store.ts';
import { buttonOf, inDialog, rowOf, textOf } from '../../helpers/console-parts.ts';
import { publishLetters } from '../../helpers/hand-made-image.ts';
import { SpeakingAgent } from '../../helpers/speaking-agent.ts';
import type { Case } from './suite.ts';

export const PACKAGE_CASES: readonly Case[] = [
  {
    title: 'a package is removed with its plan shown, and one in use is refused with its users',
    look: async (t, lab) => {
      const { admin, ask, service, clock, folder } = lab;
      const images = await openStore(`${folder}/store`);
      await publishLetters(images, 'remove-me', 'E', { comment: 'of last summer' });
      const { id: version } = await publishLetters(images, 'remove-me', 'EF');
      await admin('POST', '/api/v1/package-syncs');
      clock.elapsedMs += 1000;
      const agent = new SpeakingAgent(service.pin.replace('sha256:', ''), 'holds-it');
      const { json } = await ask('POST', '/api/v1/enrolments', { body: agent.enrolment() });
      const device = `/api/v1/devices/${json['id']}`;
      await admin('PUT', `${device}/state`, { body: { state: 'approved' } });
      const generation = {
        image: { name: 'remove-me', id: version },
        ...{ isComplete: true, isVerified: true, sizeBytes: 2 ** 20 },
      };
      const backup = { sizeBytes: 2 ** 32, freeBytes: 2 ** 31, generations: [generation] };
      const facts = { BackupImagePresent: 1 as const, BackImageVer: version, backup };
      await ask('POST', '/device/v1/checkin', { body: agent.checkIn(facts) });
      const page = await lab.openAs('operator', '#/packages/remove-me');
      await buttonOf(page, 'Remove…').click();
      const dialog = page.locator('dialog');
      await dialog.getByText('It is in use').waitFor();
      await dialog.getByRole('link', { name: 'holds-it' }).waitFor();
      t.regex(
        await textOf(dialog),
        /Versions2.*of last summer.*devices: 1, jobs: 0device holds-it/,
      );
      await inDialog(page, /^Remove$/).click();
      await dialog.locator('.problem').waitFor();
      t.regex(
        await textOf(dialog.locator('.problem')),
        /package remove-me is in use: device holds-it.*Give those devices.*MANAGER_IN_USE/,
      );
      await lab.picture(page, 'package-remove');
      await page.keyboard.press('Escape');
      t.is(await page.evaluate('document.activeElement.textContent'), 'Remove…');
      await admin('DELETE', device);
      await page.getByText('devices: 0').waitFor();
      await buttonOf(page, 'Remove…').click();
      t.is(await dialog.getByText('It is in use').count(), 0);
      await inDialog(page, /^Remove$/).click();
      await page.getByText('Put into the bin of the store: remove-me').waitFor();
      await rowOf(page, 'lab-pc').waitFor();
      t.is(await rowOf(page, 'remove-me').count(), 0);
      t.is((await images.bin.list()).length, 2);
    },
  },
];
