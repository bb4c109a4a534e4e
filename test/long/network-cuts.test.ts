/** The link, and the server, are taken away at five points while a machine is imaged; each time they come back. */
import { setTimeout } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { makeNetworkImaging, type NetworkImaging } from '../helpers/network-imaging.ts';
import type { RunningProgram } from '../helpers/network-lab.ts';
import { type OrderPoint, orderReaches } from '../helpers/order-watch.ts';
import { requires } from '../helpers/requires.ts';
import { STORY_NEEDS } from '../helpers/story.ts';

const NEEDS = [...STORY_NEEDS, 'root', 'ip'];
const REPORTED = /^NACRE-GUEST-OK/;

const POINTS: readonly OrderPoint[] = [
  { phase: 'boot-files', share: 0 },
  { phase: 'fill', share: 0 },
  { phase: 'restore', share: 0.1 },
  { phase: 'restore', share: 0.6 },
  { phase: 'done on the disk' },
];

/** Longer than Merlin waits for an answer: its connections end. */
const LINK_DOWN_MS = 45_000;
/** What a service manager leaves between two starts. */
const SERVER_DOWN_MS = 5000;

/** Takes something away and brings it back. @returns the service that runs then */
type Cut = (imaging: NetworkImaging, service: RunningProgram) => Promise<RunningProgram>;

const cutLink: Cut = async ({ net }, service) => {
  await net.lab.ip('server', 'link set eth0 down');
  await setTimeout(LINK_DOWN_MS);
  await net.lab.ip('server', 'link set eth0 up');
  return service;
};

const killServer: Cut = async (imaging, service) => {
  await service.stop('SIGKILL');
  await setTimeout(SERVER_DOWN_MS);
  return imaging.serve();
};

const survives = async (t: ExecutionContext, imaging: NetworkImaging, cut: Cut): Promise<void> => {
  const { net, device } = imaging;
  let service = await imaging.serve();
  const machine = await imaging.powerOn();
  for (const point of POINTS) {
    const seen = await orderReaches(point, { data: net.data, disk: device });
    t.log(`${Object.values(point).join(' ')}: cut at ${seen}`);
    service = await cut(imaging, service);
  }
  await machine.waitFor(/os@[0-9a-f]{8} is on \/dev\/vda nacre-guest: .* read back and right/);
  await machine.waitFor(REPORTED);
  await machine.end();
  t.regex(JSON.stringify(await imaging.explain()), /"done"/, service.lines.join('\n'));
  await service.stop();
};

const BIOS = { firmware: 'seabios', os: 'bios', layout: 'wes7' } as const;
const UEFI = { firmware: 'ovmf', os: 'uefi', layout: 'uefi', memoryMiB: 768 } as const;

for (const [title, cut] of [
  ['a link that is cut', cutLink],
  ['a server that is killed', killServer],
] as const)
  for (const [machine, options] of [
    ['BIOS', BIOS],
    ['UEFI', UEFI],
  ] as const)
    test.serial(`${machine}: ${title} at each of five points in turn`, async (t) => {
      if (!requires(t, ...NEEDS)) return;
      await survives(t, await makeNetworkImaging(t, options), cut);
    });
