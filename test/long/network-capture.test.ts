/** A machine is captured over the network from Merlin; the image is its disk as it was, and nothing of the disk was written. */
import { readFile } from 'node:fs/promises';
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
    `${title}: the disk becomes a version, and then the machine is sent to it`,
    async (t) => {
      if (!requires(t, ...NEEDS)) return;
      const capture = await makeNetworkCapture(t, options);
      const at = (name: string): string => path.join(capture.net.folder, name);
      const service = await capture.serve();
      const machine = await capture.powerOn();
      await machine.waitFor(/^order: capture os/);
      await machine.waitFor(/\/dev\/vda nacre-guest is captured as os@[0-9a-f]{8}: /);
      await service.waitFor(/has done its order/);
      // The next start asks once more, and is told to start its disk.
      await service.waitFor(/nothing to do/);
      machine.signal('SIGKILL');
      await machine.end();
      const explained = JSON.stringify(await capture.explain());
      t.regex(explained, /"state":"done".*"captured":\{"usedBytes":\d+/);
      await service.stop();
      t.true((await readFile(at('original.img'))).equals(await readFile(capture.device)));
      t.like(await capture.run('image', 'verify', 'os', 'original.img'), { same: true });
      emptyFile(at('restored.img'), 2048);
      await capture.run('image', 'restore', 'os', 'restored.img', '--yes', 'restored.img');
      t.like(await capture.run('image', 'verify', 'os', 'restored.img'), { same: true });
      t.like(await capture.run('store', 'check'), { ok: true });
    },
  );
