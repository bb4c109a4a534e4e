/** A machine with an OS is captured over the network, and starts it; the image is its disk. */
import path from 'node:path';
import test from 'ava';
import { makeNetworkCapture } from '../helpers/network-imaging.ts';
import { requires } from '../helpers/requires.ts';
import { STORY_NEEDS } from '../helpers/story.ts';
import { emptyFile } from '../helpers/volumes.ts';

const NEEDS = [...STORY_NEEDS, 'root', 'ip', 'dnsmasq'];

for (const [title, options] of [
  ['BIOS with an OS on ext4', { firmware: 'seabios', os: 'bios' }],
  ['BIOS with an OS on NTFS', { firmware: 'seabios', os: 'ntfs' }],
  ['UEFI by PXE', { firmware: 'ovmf', os: 'uefi', memoryMiB: 768 }],
] as const)
  test.serial(
    `${title}: the disk becomes a version, and the machine starts it again`,
    async (t) => {
      if (!requires(t, ...NEEDS)) return;
      const capture = await makeNetworkCapture(t, options);
      const service = await capture.serve();
      const machine = await capture.powerOn();
      await machine.waitFor(/^order: capture os/);
      await machine.waitFor(/\/dev\/vda nacre-guest is captured as os@[0-9a-f]{8}: /);
      t.regex(await machine.waitFor(/^NACRE-GUEST version/), /version v1/);
      await machine.waitFor(/^NACRE-GUEST-OK/);
      await machine.end();
      const explained = JSON.stringify(await capture.explain());
      t.regex(explained, /"state":"done".*"captured":\{"usedBytes":\d+/);
      await service.stop();
      t.like(await capture.run('image', 'verify', 'os', 'original.img'), { same: true });
      emptyFile(path.join(capture.net.folder, 'restored.img'), 2048);
      await capture.run('image', 'restore', 'os', 'restored.img', '--yes', 'restored.img');
      t.like(await capture.run('image', 'verify', 'os', 'restored.img'), { same: true });
      t.like(await capture.run('store', 'check', '--deep'), { ok: true });
    },
  );
