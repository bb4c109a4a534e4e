/** A blank machine becomes an imaged one over the network, and repairs itself without it. */
import test, { type ExecutionContext } from 'ava';
import { makeNetworkImaging, type NetworkImaging } from '../helpers/network-imaging.ts';
import { requires } from '../helpers/requires.ts';
import { STORY_NEEDS } from '../helpers/story.ts';

const NEEDS = [...STORY_NEEDS, 'root', 'ip', 'dnsmasq'];
const REPORTED = /^NACRE-GUEST-OK/;

/** Power on, PXE, Merlin, the image, the OS from its disk. */
const image = async (
  t: ExecutionContext,
  imaging: NetworkImaging,
  result = /^NACRE-GUEST result \{/,
): Promise<void> => {
  const service = await imaging.serve();
  const machine = await imaging.powerOn();
  await machine.waitFor(/^order: image os@/);
  await machine.waitFor(/os@[0-9a-f]{8} is on \/dev\/vda nacre-guest: .* read back and right/);
  t.regex(await machine.waitFor(/^NACRE-GUEST version/), /version v1/);
  await machine.waitFor(result);
  await machine.waitFor(REPORTED);
  await machine.end();
  t.true(
    service.lines.some((line) => /has done its order/.test(line)),
    service.lines.join('\n'),
  );
  t.regex(JSON.stringify(await imaging.explain()), /"done"/);
  await service.stop();
};

for (const [title, options] of [
  ['BIOS and wes7', { firmware: 'seabios', os: 'bios', layout: 'wes7' }],
  ['BIOS and wes7 with an OS on NTFS', { firmware: 'seabios', os: 'ntfs', layout: 'wes7' }],
  ['UEFI by PXE', { firmware: 'ovmf', os: 'uefi', layout: 'uefi', memoryMiB: 768 }],
  ['UEFI by HTTP', { firmware: 'ovmf-http', os: 'uefi', layout: 'uefi', memoryMiB: 1024 }],
] as const)
  test.serial(
    `${title}: a blank disk is imaged from the network and repairs itself without it`,
    async (t) => {
      if (!requires(t, ...NEEDS)) return;
      const imaging = await makeNetworkImaging(t, options);
      await image(t, imaging);
      await imaging.destroy();
      const machine = await imaging.powerOn();
      await machine.waitFor(/^repaired from os@/);
      await machine.waitFor(REPORTED);
      await machine.end();
      t.like(await imaging.run('boot', 'state', 'device.img'), { mode: 'os', dirty: false });
    },
  );

test.serial('without a layout the disk becomes that of the image, and starts', async (t) => {
  if (!requires(t, ...NEEDS)) return;
  const imaging = await makeNetworkImaging(t, { firmware: 'seabios', os: 'ntfs' });
  await image(t, imaging, /^NACRE-GUEST result none/);
});
