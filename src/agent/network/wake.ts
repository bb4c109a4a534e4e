/** Wake-on-LAN: sends magic packets into the networks of this machine. Nothing answers them. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';

/** Discard, as everybody sends them; cards look at the bytes alone. */
const PORT = 9;
const REPEATS = 16;
const SYNC_BYTES = 6;

/** What a card of that address wakes at: six bytes of ones, and its address 16 times (AMD Magic Packet, white paper 20213). */
export const magicPacket = (mac: string): Buffer => {
  const address = Buffer.from(mac.replaceAll(':', ''), 'hex');
  return Buffer.concat([Buffer.alloc(SYNC_BYTES, 0xff), ...Array(REPEATS).fill(address)]);
};

const parts = (address: string): readonly number[] => address.split('.').map(Number);

/** The last address of a network: `192.0.2.255` of 192.0.2.7 and 255.255.255.0. */
export const broadcastOf = (address: string, netmask: string): string => {
  const mask = parts(netmask);
  return parts(address)
    .map((part, at) => part | (~(mask[at] ?? 0) & 0xff))
    .join('.');
};

/** Sends from one address of this machine. @throws Error of the system */
const sendFrom = async (
  address: string,
  target: string,
  packets: readonly Buffer[],
): Promise<void> => {
  const socket = createSocket('udp4');
  try {
    socket.bind(0, address);
    await once(socket, 'listening');
    socket.setBroadcast(true);
    for (const packet of packets)
      await new Promise<void>((resolve, reject) => {
        socket.send(packet, PORT, target, (error) => (error === null ? resolve() : reject(error)));
      });
  } finally {
    socket.close();
  }
};

/** Networks that packets went to, and why they did not go to others. */
export interface WakeReport {
  readonly sentTo: readonly string[];
  readonly failed: readonly string[];
}

/** Wakes machines by the addresses of their cards. A network that cannot be sent to is told, and the next one tried. */
export const wake = async (macs: readonly string[]): Promise<WakeReport> => {
  const packets = macs.map(magicPacket);
  const [sentTo, failed]: [string[], string[]] = [[], []];
  for (const { family, internal, address, netmask } of Object.values(networkInterfaces()).flatMap(
    (each) => each ?? [],
  )) {
    if (family !== 'IPv4' || internal) continue;
    const target = broadcastOf(address, netmask);
    try {
      await sendFrom(address, target, packets);
      sentTo.push(target);
    } catch (reason) {
      failed.push(`${target}: ${String(reason)}`);
    }
  }
  return { sentTo, failed };
};
