/** A device in a virtual machine whose OS runs the agent, behind QEMU's own network. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Monitor } from './monitor.ts';
import { RunningProgram } from './network-lab.ts';
import { BUSES, type Story, type StoryOptions } from './story.ts';
import type { Owner } from './temporary-folder.ts';
import { emptyFile } from './volumes.ts';

const OVMF = '/usr/share/ovmf/OVMF.fd';

/** This machine as such a device sees it. */
export const HOST = '10.0.2.2';

/** A device that is switched on. */
export interface RunningDevice {
  readonly serial: RunningProgram;
  /** Plugs the network cable in, or pulls it out. */
  setLink(isUp: boolean): Promise<void>;
  /** Holds the machine while something is looked at on its disk. */
  paused<Result>(look: () => Promise<Result>): Promise<Result>;
  switchOff(): Promise<void>;
}

/** Which manager a device belongs to: on a volume beside its disk. */
export interface AgentConfig {
  readonly url: string;
  /** `sha256:HEX`. */
  readonly pin: string;
  /** Join code; empty: the device waits for its approval. */
  readonly code: string;
  /** Its host name, given at its first start. */
  readonly name: string;
  /** Of its network card, with the bits of the network; default: what QEMU's own network has for one. */
  readonly address?: string;
}

/** Writes the volume that the OS of the stories looks for. @returns its path */
export const makeAgentDisk = (folder: string, config: AgentConfig): string => {
  const { url, pin, code, name, address = '10.0.2.15/24' } = config;
  const file = emptyFile(path.join(folder, 'agent.img'), 1);
  const content = path.join(folder, 'agent-disk');
  mkdirSync(content);
  writeFileSync(path.join(content, 'agent'), `${url}\n${pin}\n${code}\n${name}\n${address}\n`);
  const kind = ['-t', 'ext4', '-O', '^has_journal', '-L', 'guest-agent'];
  execFileSync('mke2fs', ['-q', ...kind, '-d', content, file]);
  return file;
};

/** What can be done with a machine whose network card is `net0`. @param monitor socket of QEMU's monitor */
export const runningDevice = (serial: RunningProgram, monitor: string): RunningDevice => ({
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
});

/** Switches the device of a story on; it starts again when it wants to. */
export const switchOnDevice = (
  t: Owner,
  { folder, device }: Pick<Story, 'folder' | 'device'>,
  { firmware, bus = 'virtio' }: Pick<StoryOptions, 'firmware' | 'bus'>,
  agentDisk: string,
): RunningDevice => {
  const monitor = path.join(folder, 'monitor');
  const child = spawn('qemu-system-x86_64', [
    ...['-machine', 'pc,accel=tcg', ...(firmware === 'uefi' ? ['-bios', OVMF] : [])],
    ...['-m', '512', '-display', 'none', '-serial', 'stdio', '-device', 'i6300esb'],
    ...['-monitor', `unix:${monitor},server,nowait`, '-nic', 'none'],
    ...['-drive', `if=none,id=disk,format=raw,file=${device}`, ...BUSES[bus]],
    ...['-drive', `if=none,id=agent,format=raw,readonly=on,file=${agentDisk}`],
    ...['-device', 'virtio-blk-pci,drive=agent'],
    ...['-netdev', 'user,id=net0', '-device', 'virtio-net-pci,netdev=net0,romfile='],
  ]);
  const serial = new RunningProgram(child);
  t.teardown(() => serial.stop('SIGKILL'));
  return runningDevice(serial, monitor);
};
