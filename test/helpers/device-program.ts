/** A program that changes a device: `device-program.ts apply|arm|repair|take DISK STORE BOOT IMAGE`; its writes are recorded. */
import { armImaging, takeImagingResult } from '../../src/agent/hand-off.ts';
import { repairDisk } from '../../src/agent/repair.ts';
import { readBootFiles } from '../../src/disk/boot-files.ts';
import { applyLayout } from '../../src/image/layout/layout-apply.ts';
import { planLayout } from '../../src/image/layout/layout-plan.ts';
import { openStore } from '../../src/image/store/store.ts';

const [verb, path = '', storeFolder = '', bootFolder = '', image = ''] = process.argv.slice(2);

const apply = async (): Promise<void> => {
  const store = await openStore(storeFolder);
  const plan = await planLayout({ store, image, path, layout: 'wes7', policy: 'auto' });
  await applyLayout(plan, {
    savedTable: `${path}.nacre-table`,
    boot: await readBootFiles(bootFolder),
    trust: { keys: [], allowsUnsigned: true },
    now: () => new Date(0),
  });
};

if (verb === 'apply') await apply();
else if (verb === 'arm') await armImaging({ path }, 'job-7');
else if (verb === 'repair') await repairDisk({ path });
else if (verb === 'take') await takeImagingResult({ path });
else throw new TypeError(`device-program: ${verb}`);
