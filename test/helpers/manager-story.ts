/** Devices with agents in virtual machines, and the manager that they belong to, in this process. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { type ManagerLab, openManagerLab } from './manager-lab.ts';
import { Monitor } from './monitor.ts';
import { RunningProgram } from './network-lab.ts';
import { BUSES, makeStory, type Story, type StoryOptions } from './story.ts';
import { emptyFile } from './volumes.ts';

const OVMF = '/usr/share/ovmf/OVMF.fd';
/** The host as a guest behind QEMU's own network sees it. */
const HOST = '10.0.2.2';
const LOOK_MS = 1000;
const DEFAULT_MINUTES = 20;

type Json = Readonly<Record<string, unknown>>;

/** A device that is switched on. */
export interface RunningDevice {
  readonly serial: RunningProgram;
  /** Plugs the network cable in, or pulls it out. */
  setLink(isUp: boolean): Promise<void>;
  /** Holds the machine while something is looked at on its disk. */
  paused<Result>(look: () => Promise<Result>): Promise<Result>;
  switchOff(): Promise<void>;
}

export interface ManagerStory {
  readonly story: Story;
  readonly manager: ManagerLab;
  switchOn(): Promise<RunningDevice>;
  /** The answer of the first look at an address of the API that is wanted. @throws Error with the last one after `minutes` */
  until(where: string, isWanted: (answer: Json) => boolean, minutes?: number): Promise<Json>;
  /** The device as the manager knows it. */
  device(): Promise<Json>;
  /** Makes a job for the device and gives its id. */
  order(kind: 'bi' | 'pi' | 'bi-pi', image: string, more?: Json): Promise<string>;
  /** Waits for a state of a job. */
  job(id: string, state: string, minutes?: number): Promise<Json>;
}

/** A volume that tells the guest which manager it belongs to. */
const agentDisk = (folder: string, lines: readonly string[]): string => {
  const file = emptyFile(path.join(folder, 'agent.img'), 1);
  const content = path.join(folder, 'agent-disk');
  mkdirSync(content);
  writeFileSync(path.join(content, 'agent'), `${lines.join('\n')}\n`);
  execFileSync('mke2fs', [
    '-q',
    '-t',
    'ext4',
    '-O',
    '^has_journal',
    '-L',
    'guest-agent',
    '-d',
    content,
    file,
  ]);
  return file;
};

const listOf = (answer: Json): readonly Json[] =>
  Array.isArray(answer['items']) ? (answer['items'] as readonly Json[]) : [];

/** The device of `makeStory` with a manager whose store has both versions; it comes in by a join code. */
export const makeManagerStory = async (
  t: ExecutionContext,
  options: StoryOptions,
): Promise<ManagerStory> => {
  const story = await makeStory(t, options);
  const { folder } = story;
  const manager = await openManagerLab(t, {
    dataFolder: path.join(folder, 'manager'),
    imageStore: path.join(folder, 'store'),
  });
  const { admin, service } = manager;
  await admin('PATCH', '/api/v1/packages/os', { body: { isAutogenic: true } });
  const code = (await admin('POST', '/api/v1/join-codes', { body: {} })).json['code'];
  const config = agentDisk(folder, [`https://${HOST}:${service.port}`, service.pin, String(code)]);
  const monitor = path.join(folder, 'monitor');
  const { firmware, bus = 'virtio' } = options;
  const ask = async (where: string): Promise<Json> => (await admin('GET', where)).json;

  const until: ManagerStory['until'] = async (where, isWanted, minutes = DEFAULT_MINUTES) => {
    const end = performance.now() + minutes * 60_000;
    for (;;) {
      const answer = await ask(where);
      if (isWanted(answer)) return answer;
      if (performance.now() > end)
        throw new Error(`${where} said at last: ${JSON.stringify(answer)}`);
      await wait(LOOK_MS);
    }
  };
  const device = async (): Promise<Json> => {
    const [found] = listOf(await ask('/api/v1/devices'));
    if (found === undefined) throw new Error('the manager knows no device');
    return found;
  };
  return {
    ...{ story, manager, until, device },
    switchOn: async () => {
      const child = spawn('qemu-system-x86_64', [
        ...['-machine', 'pc,accel=tcg', ...(firmware === 'uefi' ? ['-bios', OVMF] : [])],
        ...['-m', '512', '-display', 'none', '-serial', 'stdio', '-device', 'i6300esb'],
        ...['-monitor', `unix:${monitor},server,nowait`, '-nic', 'none'],
        ...['-drive', `if=none,id=disk,format=raw,file=${story.device}`, ...BUSES[bus]],
        ...['-drive', `if=none,id=agent,format=raw,readonly=on,file=${config}`],
        ...['-device', 'virtio-blk-pci,drive=agent'],
        ...[
          '-netdev',
          'user,id=net0,restrict=off',
          '-device',
          'virtio-net-pci,netdev=net0,romfile=',
        ],
      ]);
      const serial = new RunningProgram(child);
      t.teardown(() => serial.stop('SIGKILL'));
      return {
        serial,
        setLink: async (isUp) => {
          using qemu = await Monitor.open(monitor);
          await qemu.tell(`set_link net0 ${isUp ? 'on' : 'off'}`);
        },
        paused: async (look) => {
          using qemu = await Monitor.open(monitor);
          await qemu.tell('stop');
          const found = await look();
          await qemu.tell('cont');
          return found;
        },
        switchOff: () => serial.stop('SIGKILL'),
      };
    },
    order: async (kind, image, more = {}) => {
      const { id } = await device();
      const body = { image, kind, selection: { devices: [id] }, ...more };
      const { status, json, text } = await admin('POST', '/api/v1/jobs', { body });
      const [made] = Array.isArray(json['jobs']) ? (json['jobs'] as readonly Json[]) : [];
      if (status !== 201 || made === undefined) throw new Error(`no job: ${text}`);
      return String(made['id']);
    },
    job: (id, state, minutes) =>
      until(`/api/v1/jobs/${id}`, (found) => found['state'] === state, minutes),
  };
};
