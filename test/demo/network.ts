/**
 * A blank machine on a network with `nacre pxe serve`: it starts from the network, is imaged by Merlin and starts its OS; then the
 * network goes, the OS is destroyed, and the machine repairs itself. `network.ts`; logs stay in .cache/demo.
 */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import fs from 'fs-extra';
import { formatBytes } from '../../src/cli/format.ts';
import { makeNetworkImaging, type NetworkImaging } from '../helpers/network-imaging.ts';
import type { RunningProgram } from '../helpers/network-lab.ts';
import { numberOf, Story } from './story.ts';

const REPORTED = /^NACRE-GUEST-OK/;

const folder = path.resolve(import.meta.dirname, '../../.cache/demo');
const say = (text: string): boolean => process.stdout.write(text);
const story = new Story(say);
const endings: (() => unknown)[] = [];
const owner = { teardown: (end: () => unknown) => endings.push(end) };

const keep = (name: string, lines: readonly string[]): Promise<void> =>
  writeFile(path.join(folder, name), `${lines.join('\n')}\n`);

/** Waits for the next line and shows it. */
const shown = async (machine: RunningProgram, line: RegExp): Promise<string> => {
  const found = (await machine.waitFor(line)).trim();
  say(`   | ${found}\n`);
  return found;
};

const play = async (): Promise<void> => {
  let lab: NetworkImaging | undefined;
  await story.step(
    'Capture the OS of a PC, and write a policy for a machine that is blank',
    async () => {
      lab = await makeNetworkImaging(owner, { firmware: 'seabios', os: 'bios', layout: 'wes7' });
      const { name } = await lab.run('image', 'inspect', 'os');
      return { outcome: `${name}, layout wes7` };
    },
  );
  if (lab === undefined) throw new TypeError('a step without its outcome');
  const { net, device, run, destroy, explain, serve, powerOn } = lab;
  const service = await serve();

  await story.step('Power on: network boot, Merlin, the image, the OS', async () => {
    const machine = await powerOn();
    await shown(machine, /^Merlin, the imaging environment/);
    await shown(machine, /^order: image os@/);
    await shown(machine, / is on \/dev\/vda .* read back and right/);
    assert.match(await shown(machine, /^NACRE-GUEST version/), /v1/);
    await machine.waitFor(REPORTED);
    await machine.end();
    await keep('network-start.log', machine.lines);
    assert.match(JSON.stringify(await run('disk', 'show', device)), /NACRE-BK/);
    return { outcome: 'a blank disk became one that repairs itself' };
  });

  await story.step('Ask the server what it knows', async () => {
    const known = JSON.stringify(await explain());
    assert.match(known, /"done"/);
    await keep('service.log', service.lines);
    return { outcome: 'the order is done, read back on the machine' };
  });

  await story.step('Take the network away, and destroy the OS', async () => {
    await service.stop();
    await net.lab.ip('switch', 'link set bridge0 down');
    await destroy();
    return { outcome: '64 MiB of noise over the start of its file system' };
  });

  await story.step('Power on: it repairs itself', async () => {
    const machine = await powerOn();
    const repaired = await shown(machine, /^repaired from os@/);
    assert.match(await shown(machine, /^NACRE-GUEST version/), /v1/);
    await machine.waitFor(REPORTED);
    await machine.end();
    await keep('repair.log', machine.lines);
    const { freeBytes } = await run('backup', 'show', device).then((answer) => ({
      freeBytes: numberOf(answer, 'freeBytes'),
    }));
    return {
      outcome: `${repaired.split(':')[0]}; its backup partition has ${formatBytes(freeBytes)} free`,
    };
  });
};

await fs.emptyDir(folder);
try {
  await play();
} finally {
  for (const end of endings.reverse()) await end();
}
say(
  `\n${story.table()}\nA blank machine was imaged over the network, and repaired itself without it.\n`,
);
say('Serial logs and that of the service: .cache/demo\n');
