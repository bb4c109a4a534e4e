/**
 * A machine that does its order: `order-program.ts URL PIN MAC DISK`, Merlin's own code on a disk in a file. Says `ready`, waits for a line,
 * and says how it ended in JSON.
 */
import { once } from 'node:events';
import { runNetworkOrder } from '../../src/agent/order/network-order.ts';
import { inspectDisk } from '../../src/disk/device.ts';

const [url = '', pin = '', mac = '', disk = ''] = process.argv.slice(2);

process.stdout.write('ready\n');
await once(process.stdin, 'data');
const began = performance.now();
let answeredSeconds = 0;
const report = await runNetworkOrder({
  ...{ url, pin },
  cards: [{ mac }],
  disks: [await inspectDisk(disk)],
  block: undefined,
  nodePart: '/nowhere',
  onAnswer: () => {
    answeredSeconds = (performance.now() - began) / 1000;
  },
});
const seconds = (performance.now() - began) / 1000;
const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
const cost = { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakBytes: maxRSS * 1024 };
process.stdout.write(`${JSON.stringify({ seconds, answeredSeconds, ...cost, ...report })}\n`);
process.exit(0);
