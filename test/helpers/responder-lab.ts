/** A DHCP responder whose wires, clock, log and reports a test can see. */
import { type Destination, DHCP_PORTS } from '../../src/pxe/dhcp/dhcp-answer.ts';
import { DhcpLog } from '../../src/pxe/dhcp/dhcp-log.ts';
import {
  type Arrival,
  type DhcpRequestReport,
  DhcpResponder,
  type DhcpResponderOptions,
  type LeaseService,
  type Wire,
} from '../../src/pxe/dhcp/dhcp-responder.ts';
import { parseLeaseRange } from '../../src/pxe/dhcp/lease-range.ts';
import { LeaseTable } from '../../src/pxe/dhcp/lease-table.ts';
import type { ServedInterface } from '../../src/pxe/interfaces.ts';
import type { NetworkClient } from '../../src/pxe/network-client.ts';
import { fileAnswer, type ShownAnswer, shownReply } from './dhcp-answers.ts';
import { type OptionText, type RequestFields, requestBytes } from './dhcp-clients.ts';
import { keptLog, type LogLine } from './log-lines.ts';

/** The interface of most tests. */
export const LAB: ServedInterface = { name: 'lab0', address: '10.77.0.1', prefix: 24 };
/** Where a client without an address sends from. */
export const NOWHERE: Destination = { address: '0.0.0.0', port: 68 };
/** Its time at the start. */
export const START_MS = 1_700_000_000_000;

/** An answer and the wire it was sent to. */
export interface Sent extends ShownAnswer {
  readonly wire: string;
}

/** The responder, and what it did. */
export interface ResponderLab {
  readonly sent: Sent[];
  readonly asked: NetworkClient[];
  readonly reports: DhcpRequestReport[];
  readonly lines: LogLine[];
  readonly wires: readonly Wire[];
  pass(ms: number): void;
  receive(bytes: Uint8Array, arrival?: Partial<Arrival>): Promise<void>;
  /** Lines for people. */
  told(): readonly string[];
}

/** A responder whose policy names `boot.ipxe` for iPXE and `loader` for firmware. */
export const makeResponder = (
  interfaces: readonly ServedInterface[],
  more: Partial<DhcpResponderOptions> = {},
): ResponderLab => {
  const sent: Sent[] = [];
  const asked: NetworkClient[] = [];
  const reports: DhcpRequestReport[] = [];
  const { log, lines } = keptLog();
  let nowMs = START_MS;
  const now = (): number => nowMs;
  const wires = interfaces.map((served) => ({
    interface: served,
    send: (bytes: Uint8Array, { address, port }: Destination) => {
      sent.push({ wire: served.name, to: `${address}:${port}`, ...shownReply(bytes) });
    },
  }));
  const responder = new DhcpResponder({
    wires,
    decide: (client) => {
      asked.push(client);
      return fileAnswer(client.isIpxe ? 'boot.ipxe' : 'loader');
    },
    httpPort: 80,
    ports: DHCP_PORTS,
    onRequest: (report) => reports.push(report),
    now,
    ...more,
    log: new DhcpLog(log, now),
  });
  return {
    ...{ sent, asked, reports, lines, wires },
    pass: (ms) => {
      nowMs += ms;
    },
    receive: (bytes, arrival) =>
      responder.receive(bytes, { from: NOWHERE, door: 'dhcp', ...arrival }),
    told: () => lines.filter(({ level }) => level !== 'debug').map(({ msg }) => msg),
  };
};

/** Addresses of a range for one interface. */
export const leasesOf = (
  served: ServedInterface,
  range: string,
  save?: () => Promise<void>,
): LeaseService => ({
  settings: { interface: served, leaseSeconds: 600 },
  table: new LeaseTable({
    range: parseLeaseRange(range, [served]),
    leaseSeconds: 600,
    now: () => START_MS,
  }),
  save,
});

/** A request with a message type and more options. */
export const requestFrom = (
  mac: string,
  type: string,
  more: readonly OptionText[] = [],
  fields: Partial<RequestFields> = {},
) => requestBytes({ ...fields, mac, options: [[53, type], ...more] });
