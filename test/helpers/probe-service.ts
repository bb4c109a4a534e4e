/** Looks for DHCP servers as a program of its own, for network namespaces: `probe-service.ts JSON`; says the offers as JSON. */
import { probeRivals, type RivalProbeOptions } from '../../src/pxe/rival-probe.ts';

const isWish = (value: unknown): value is RivalProbeOptions =>
  typeof value === 'object' && value !== null && 'address' in value;

const wish: unknown = JSON.parse(process.argv[2] ?? '');
if (!isWish(wish)) throw new TypeError('probe-service: no wish');
process.stdout.write(`offers ${JSON.stringify(await probeRivals(wish))}\n`);
