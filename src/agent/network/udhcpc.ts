/** Busybox's DHCP client, which runs as long as the network is needed, so that leases are renewed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { TOOL_ENVIRONMENT } from '../../disk/tool.ts';
import { type LeaseEvent, parseLeaseLine } from './lease.ts';

/** udhcpc knows only scripts: this one hands on what it is told (src/agent/network/lease.ts). */
const scriptFor = (busybox: string): string => `#!${busybox} sh
printf 'dhcp\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\n' "$1" "$interface" "$ip" "$mask" "$router" "$dns"
`;

/** Three quick tries, then one every ten seconds, for ever: a switch may take its time. */
const PATIENCE = ['-t', '3', '-T', '2', '-A', '10'];

export interface DhcpClientOptions {
  readonly busybox: string;
  /** Where the script may be written. */
  readonly folder: string;
  readonly card: string;
  readonly onEvent: (event: LeaseEvent) => void;
}

/** A client of one card; ends with `close`. */
export interface DhcpClient {
  close(): Promise<void>;
}

const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'close');
  child.kill('SIGTERM');
  await ended;
};

/** Starts asking for an address. */
export const startDhcpClient = async (options: DhcpClientOptions): Promise<DhcpClient> => {
  const { busybox, folder, card, onEvent } = options;
  const script = `${folder}/udhcpc-${card}`;
  await writeFile(script, scriptFor(busybox));
  await chmod(script, 0o700);
  const words = ['udhcpc', '-f', '-i', card, '-s', script, ...PATIENCE];
  const child = spawn(busybox, words, {
    env: TOOL_ENVIRONMENT,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = parseLeaseLine(line);
    if (event !== undefined) onEvent(event);
  });
  await once(child, 'spawn');
  return { close: () => end(child) };
};
