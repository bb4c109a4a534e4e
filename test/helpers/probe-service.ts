/**
 * Looks for DHCP servers as a program of its own, for network namespaces. Each line of its input is a wish as JSON, each
 * line of its output the offers for it.
 */
import { createInterface } from 'node:readline';
import { probeRivals, type RivalProbeOptions } from '../../src/pxe/rival-probe.ts';

const isWish = (value: unknown): value is RivalProbeOptions =>
  typeof value === 'object' && value !== null && 'address' in value;

for await (const line of createInterface({ input: process.stdin })) {
  const wish: unknown = JSON.parse(line);
  if (!isWish(wish)) throw new TypeError('probe-service: no wish');
  process.stdout.write(`offers ${JSON.stringify(await probeRivals(wish))}\n`);
}
