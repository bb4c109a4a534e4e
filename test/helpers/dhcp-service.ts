/**
 * The DHCP service as a program of its own, for network namespaces: `dhcp-service.ts JSON`. It says `ready`, then its log
 * and its reports, each a line of JSON, until it is ended.
 */
import { networkInterfaces } from 'node:os';
import pino from 'pino';
import { startDhcpServer } from '../../src/pxe/dhcp/dhcp-server.ts';
import { parseLeaseRange } from '../../src/pxe/dhcp/lease-range.ts';
import { chooseInterfaces } from '../../src/pxe/interfaces.ts';

/** What the service is to do. */
export interface DhcpServiceWish {
  readonly interfaces: readonly string[];
  readonly range?: string;
  readonly router?: string;
  readonly leaseSeconds?: number;
  readonly file?: string;
}

const isWish = (value: unknown): value is DhcpServiceWish =>
  typeof value === 'object' && value !== null && 'interfaces' in value;

const wish: unknown = JSON.parse(process.argv[2] ?? '');
if (!isWish(wish)) throw new TypeError('dhcp-service: no wish');

const interfaces = chooseInterfaces(wish.interfaces, networkInterfaces());
const { range, router, leaseSeconds, file } = wish;
const dhcp =
  range === undefined
    ? undefined
    : { range: parseLeaseRange(range, interfaces), router, leaseSeconds, file };

const server = await startDhcpServer({
  interfaces,
  dhcp,
  decide: ({ isIpxe, architecture }) => ({
    kind: 'file',
    name: isIpxe ? 'boot.ipxe' : `${architecture}.loader`,
    transport: isIpxe ? 'http' : 'tftp',
    reason: 'policy-merlin',
  }),
  httpPort: 80,
  log: pino({ level: 'info', base: null }, pino.destination({ fd: 1, sync: true })),
});
process.stdout.write('ready\n');
process.on('SIGTERM', () => {
  server.close().catch((reason: unknown) => {
    throw reason;
  });
});
