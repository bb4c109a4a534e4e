/**
 * Sends requests of one made-up MAC address, a thousand a second: `dhcp-flood.ts ADDRESS COUNT`. It says `sent` when all are
 * on their way.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { discoverOf } from './dhcp-clients.ts';

const EACH_MS = 10;
const AT_ONCE = 10;

const [address = '', count = ''] = process.argv.slice(2);
const request = discoverOf.ipxeRom('02:00:00:00:00:66');
const socket = createSocket('udp4');
// The address chooses the wire for broadcasts.
socket.bind(68, address);
await once(socket, 'listening');
socket.setBroadcast(true);
let sent = 0;
const timer = setInterval(() => {
  for (let index = 0; index < AT_ONCE && sent < Number(count); index++, sent++)
    socket.send(request, 67, '255.255.255.255');
  if (sent < Number(count)) return;
  clearInterval(timer);
  process.stdout.write('sent\n');
  socket.close();
}, EACH_MS);
