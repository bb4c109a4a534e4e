/** Prints what comes to the port of magic packets, in hex digits, and who sent it. */
import { createSocket } from 'node:dgram';

const socket = createSocket('udp4');
socket.on('message', (bytes, { address }) => {
  process.stdout.write(`${address} ${bytes.toString('hex')}\n`);
});
socket.bind(9, '0.0.0.0', () => process.stdout.write('listens\n'));
