/** One start of Merlin as a program of its own: `capture-program.ts URL PIN DISK` does the order of the lab's device, and prints what came of it. */
import { runNetworkOrder } from '../../src/agent/order/network-order.ts';
import { inspectDisk } from '../../src/disk/device.ts';
import { TEST_MAC } from './dhcp-clients.ts';

const [url = '', pin = '', disk = ''] = process.argv.slice(2);
const report = await runNetworkOrder({
  ...{ url, pin, cards: [{ mac: TEST_MAC }], disks: [await inspectDisk(disk)] },
  ...{ block: undefined, nodePart: '/nowhere' },
});
process.stdout.write(`${JSON.stringify(report ?? null)}\n`);
