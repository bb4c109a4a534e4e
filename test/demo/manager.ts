/**
 * A manager and a device with its agent: the device appears, is approved, gets a newer version into its backup partition while its OS
 * runs, images itself without a network, and comes back; then its OS is destroyed, and it repairs itself. Logs stay in .cache/demo.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import fs from 'fs-extra';
import { formatBytes } from '../../src/cli/format.ts';
import {
  HOST,
  makeAgentDisk,
  type RunningDevice,
  switchOnDevice,
} from '../helpers/agent-device.ts';
import { documentOf, nacre } from '../helpers/nacre.ts';
import { RunningProgram } from '../helpers/network-lab.ts';
import { type Story as Device, makeStory } from '../helpers/story.ts';
import { Story } from './story.ts';

const MAIN = path.resolve(import.meta.dirname, '../../dist/cli/main.cjs');
const OPTIONS = { firmware: 'bios', layout: 'wes7' } as const;
const NAME = 'lab-pc-7';
const MIB = 2 ** 20;
const NOISE_MIB = 64;
const LOOK_MS = 1000;
const PHASE_MS = 1_200_000;

type Json = Record<string, unknown>;

/** Of `nacre disk show --json`. */
interface Shown {
  readonly disks: readonly {
    readonly partitions: readonly { readonly fileSystem: string; readonly startBytes: number }[];
  }[];
}

const folder = path.resolve(import.meta.dirname, '../../.cache/demo');
const say = (text: string): boolean => process.stdout.write(text);
const story = new Story(say);
const endings: (() => unknown)[] = [];
const owner = { teardown: (end: () => unknown) => endings.push(end) };

/** Runs nacre as the administrator; what it prints is shown. */
const administrator = (home: string) => {
  const run = async (words: readonly string[], isShown: boolean): Promise<Json> => {
    const done = await nacre([...words, ...(isShown ? [] : ['--json'])], {
      cwd: home,
      environment: { HOME: home },
    });
    if (done.exitCode !== 0)
      throw new Error(`nacre ${words.join(' ')}: ${done.stderr}${done.stdout}`);
    if (!isShown) return documentOf(done);
    say(`   $ nacre ${words.join(' ')}\n`);
    for (const line of `${done.stderr}${done.stdout}`.trimEnd().split('\n')) say(`   | ${line}\n`);
    return {};
  };
  return {
    show: (...words: readonly string[]) => run(words, true),
    ask: (...words: readonly string[]) => run(words, false),
  };
};

/** Asks until the answer is the wanted one; a device that is off by itself gives none. */
const until = async (
  { serial }: RunningDevice,
  ask: () => Promise<Json>,
  isWanted: (answer: string) => boolean,
) => {
  const end = performance.now() + PHASE_MS;
  for (;;) {
    const answer = await ask();
    const text = JSON.stringify(answer);
    if (isWanted(text)) return answer;
    if (serial.isOver) throw new Error(`the device is off:\n${serial.lines.slice(-10).join('\n')}`);
    if (performance.now() > end) throw new Error(`waited in vain; at last: ${text}`);
    await wait(LOOK_MS);
  }
};

/** The manager as a program of its own, with the store of the device's image. */
const startManager = async (device: Device) => {
  const data = ['--data', 'manager', '--store', 'store', '--listen', '127.0.0.1:0'];
  const child = spawn(process.execPath, [MAIN, 'manager', 'serve', ...data], {
    cwd: device.folder,
    env: { PATH: process.env['PATH'], LANG: 'C.UTF-8', NACRE_CONFIG: '/dev/null' },
  });
  const program = new RunningProgram(child);
  owner.teardown(() => program.stop());
  const [, port = ''] = /:(\d+)/.exec(await program.waitFor(/is ready: https:/)) ?? [];
  const [pin = ''] = /sha256:\S+/.exec(await program.waitFor(/key \(pin\)/)) ?? [];
  const [, password = ''] = /password (\S+)/.exec(await program.waitFor(/first login/)) ?? [];
  return { program, url: `https://127.0.0.1:${port}`, port, pin, password };
};

const destroy = async (device: string, startBytes: number): Promise<void> => {
  await using disk = await open(device, 'r+');
  for (let at = 0; at < NOISE_MIB; at++)
    await disk.write(randomBytes(MIB), 0, MIB, startBytes + at * MIB);
};

/** Waits for the next line and shows it. */
const shown = async ({ serial }: RunningDevice, line: RegExp): Promise<string> => {
  const found = (await serial.waitFor(line)).trim();
  say(`   | ${found}\n`);
  return found;
};

const play = async (): Promise<void> => {
  let made: Device | undefined;
  await story.step('Two versions of an OS, and a device that was made from the first', async () => {
    made = await makeStory(owner, OPTIONS);
    return { outcome: `a disk with boot agent, OS and backup partition; v2 waits in the store` };
  });
  if (made === undefined) throw new TypeError('a step without its outcome');
  const device = made;
  const { show, ask } = administrator(device.folder);

  let manager: Awaited<ReturnType<typeof startManager>> | undefined;
  await story.step('Start the manager, and make the image autogenic capable', async () => {
    manager = await startManager(device);
    const { url, pin, password } = manager;
    writeFileSync(path.join(device.folder, 'password'), `${password}\n`, { mode: 0o600 });
    const who = ['--user', 'admin', '--password-file', 'password'];
    await show('login', '--server', url, '--pin', pin, ...who);
    await show('package', 'autogenic', 'os');
    return { outcome: `${url}, ${pin.slice(0, 23)}…` };
  });
  if (manager === undefined) throw new TypeError('a step without its outcome');
  const { port, pin } = manager;

  const agentDisk = makeAgentDisk(device.folder, {
    url: `https://${HOST}:${port}`,
    pin,
    code: '',
    name: NAME,
  });
  const machine = switchOnDevice(owner, device, OPTIONS, agentDisk);
  await story.step('Switch the device on: it appears, and is approved', async () => {
    await shown(machine, /^NACRE-GUEST version v1/);
    await until(
      machine,
      () => ask('device', 'list'),
      (text) => text.includes('"pending"'),
    );
    await show('device', 'list');
    await show('device', 'approve', NAME);
    const [v1] = device.ids;
    await until(
      machine,
      () => ask('device', 'show', NAME),
      (text) => text.includes(v1),
    );
    return { outcome: 'its key is one of ours, and its backup partition holds v1' };
  });

  await story.step('BI: v2 into its backup partition, while its OS runs', async () => {
    await show('job', 'make', '--package', 'os', '--device', NAME, '--bi', '--yes');
    await until(
      machine,
      () => ask('job', 'list'),
      (text) => text.includes('"done"'),
    );
    await show('job', 'list');
    return { outcome: 'read back on the device' };
  });

  await story.step('PI without a network: it images itself, and comes back', async () => {
    await show('job', 'make', '--package', 'os', '--device', NAME, '--pi', '--yes');
    await until(
      machine,
      () => ask('job', 'list'),
      (text) => text.includes('"armed"'),
    );
    await machine.setLink(false);
    await shown(machine, /^Merlin, the imaging environment/);
    const repaired = await shown(machine, /^repaired from os@/);
    assert.match(await shown(machine, /^NACRE-GUEST version/), /v2/);
    await machine.setLink(true);
    await until(
      machine,
      () => ask('job', 'list', '--open'),
      (text) => text.includes('"jobs":[]'),
    );
    await show('job', 'list');
    return { outcome: repaired.split(',')[0] ?? '' };
  });

  await story.step('Destroy its OS, take the network away: it repairs itself', async () => {
    await machine.switchOff();
    const { disks } = (await device.run('disk', 'show', 'device.img')) as unknown as Shown;
    const os = disks[0]?.partitions.find(({ fileSystem }) => fileSystem === 'ext4');
    if (os === undefined) throw new Error('the disk has no OS');
    await destroy(device.device, os.startBytes);
    const again = switchOnDevice(owner, device, OPTIONS, agentDisk);
    await again.setLink(false);
    const repaired = await shown(again, /^repaired from os@/);
    assert.match(await shown(again, /^NACRE-GUEST version/), /v2/);
    await again.setLink(true);
    await again.switchOff();
    await keep('repair.log', again.serial);
    return { outcome: `${formatBytes(NOISE_MIB * MIB)} of noise; ${repaired.split(',')[0]}` };
  });
  await keep('device.log', machine.serial);
  await keep('manager.log', manager.program);
};

const keep = (name: string, { lines }: RunningProgram): Promise<void> =>
  fs.writeFile(path.join(folder, name), `${lines.join('\n')}\n`);

await fs.emptyDir(folder);
try {
  await play();
} finally {
  for (const end of endings.reverse()) await end();
}
say(
  `\n${story.table()}\nA device took a new version while people could work on it, and imaged itself without a network.\n`,
);
say('What the device and the manager said: .cache/demo\n');
