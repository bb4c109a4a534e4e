/** Sends magic packets for the addresses on its command line, and prints the networks that they went to. */
import { wake } from '../../src/agent/network/wake.ts';

process.stdout.write(`sent to ${(await wake(process.argv.slice(2))).sentTo.join(' ')}\n`);
