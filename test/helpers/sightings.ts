/** Reports and sightings for tests that need some. */
import type { DhcpRequestReport } from '../../src/pxe/dhcp/dhcp-responder.ts';
import type { NetworkClient } from '../../src/pxe/network-client.ts';
import { firstSighting, type Sighting } from '../../src/pxe/sightings/sighting.ts';
import { TEST_MAC } from './dhcp-clients.ts';

export const SEEN_AT = '2026-01-02T03:04:05.000Z';

/** A BIOS that was told to load iPXE. */
export const reportOf = (
  client: Partial<NetworkClient> = {},
  more: Partial<DhcpRequestReport> = {},
): DhcpRequestReport => ({
  client: {
    ...{ mac: TEST_MAC, uuid: undefined, architecture: 'bios', transport: 'tftp', isIpxe: false },
    ...client,
  },
  at: new Date(SEEN_AT),
  answer: { kind: 'file', name: 'undionly.kpxe', transport: 'tftp', reason: 'policy-merlin' },
  messageType: 'DISCOVER',
  from: { address: '0.0.0.0', port: 68 },
  address: undefined,
  silence: undefined,
  ...more,
});

/** A device that asked at SEEN_AT and was told to load iPXE. */
export const sightingOf = (more: Partial<Sighting> = {}): Sighting => ({
  ...firstSighting(TEST_MAC, SEEN_AT),
  ...{ architecture: 'bios', asked: 'pxe', answered: 'undionly.kpxe', transport: 'tftp' },
  ...{ reason: 'policy-merlin', askedAt: SEEN_AT, requests: 1 },
  ...more,
});
