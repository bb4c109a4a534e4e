/** What is done with a DHCP request: one message is sent, or none and why. */
import {
  BROADCAST_FLAG,
  type DhcpMessage,
  type DhcpMessageType,
  serializeDhcp,
} from '../../codec/dhcp.ts';
import { type DhcpOptions, OPTION } from '../../codec/dhcp-options.ts';
import { ipv4Bytes, NO_ADDRESS } from '../../codec/ipv4.ts';

/** Why a request is left without an answer. */
export const SILENCE_REASONS = [
  'not-a-boot-client',
  'not-a-question',
  'other-server',
  'lease-of-other-server',
  'policy',
  'file-not-loadable',
  'answer-too-long',
  'too-many-requests',
  'no-address-free',
  'lease-unknown',
  'network-unknown',
] as const;
export type SilenceReason = (typeof SILENCE_REASONS)[number];

/** Where a datagram goes. */
export interface Destination {
  readonly address: string;
  readonly port: number;
}

export type DhcpAnswer =
  | {
      readonly kind: 'send';
      readonly type: DhcpMessageType;
      /** Address that the client gets with it, `0.0.0.0` for none. */
      readonly yiaddr: string;
      readonly bytes: Uint8Array;
      readonly to: Destination;
    }
  | { readonly kind: 'silence'; readonly reason: SilenceReason };

/** Ports of the service; 67, 68 and 4011 outside of tests. */
export interface DhcpPorts {
  readonly server: number;
  readonly client: number;
  readonly pxe: number;
}

/** The ports that all firmware uses. */
export const DHCP_PORTS: DhcpPorts = { server: 67, client: 68, pxe: 4011 };

/** We, as the devices of one wire see us. */
export interface AnsweringServer {
  /** Our address on that wire. */
  readonly address: string;
  readonly httpPort: number;
  readonly ports: DhcpPorts;
}

/** What makes an answer; fields that are left out are 0 or empty. */
export interface AnswerParts {
  readonly type: DhcpMessageType;
  readonly yiaddr?: string;
  readonly siaddr?: string;
  readonly sname?: string;
  readonly file?: string;
  /** All but 53, 54 and 82. */
  readonly options?: DhcpOptions;
}

const BROADCAST = '255.255.255.255';

/**
 * Longest answer: with the headers of IP and UDP 576 bytes, which every client takes (RFC 2131 section 2). Option 57
 * never says less, and more has to come in fragments on some relays.
 */
export const ANSWER_LIMIT_BYTES = 548;

/** A silence with its reason. */
export const silence = (reason: SilenceReason): DhcpAnswer => ({ kind: 'silence', reason });

/** True for a request that a relay passed on. */
export const isRelayed = (request: DhcpMessage): boolean => request.giaddr !== NO_ADDRESS;

/**
 * Where an answer goes (RFC 2131 section 4.1). A client that has no address yet gets it as a broadcast: unicast would
 * need an entry of the neighbour table, and all firmware takes broadcasts, also without the flag.
 */
const destinationOf = (
  request: DhcpMessage,
  type: DhcpMessageType,
  { ports }: AnsweringServer,
): Destination => {
  if (isRelayed(request)) return { address: request.giaddr, port: ports.server };
  const isUnicast = type === 'ACK' && request.ciaddr !== NO_ADDRESS;
  return { address: isUnicast ? request.ciaddr : BROADCAST, port: ports.client };
};

const flagsOf = (request: DhcpMessage, type: DhcpMessageType, yiaddr: string): number => {
  // A relay broadcasts by this flag, and otherwise sends to the address that the client is given. An offer without one and a
  // refusal have none to be sent to: dnsmasq's relay would lose them (iPXE of a BIOS does not set the flag).
  const hasAddress = yiaddr !== NO_ADDRESS || request.ciaddr !== NO_ADDRESS;
  if (isRelayed(request) && hasAddress && type !== 'NAK') return request.flags;
  return request.flags | BROADCAST_FLAG;
};

const optionsOf = (
  request: DhcpMessage,
  server: AnsweringServer,
  options: DhcpOptions,
): DhcpOptions => {
  const all = new Map([[OPTION.serverIdentifier as number, ipv4Bytes(server.address)], ...options]);
  const relayAgent = request.options.get(OPTION.relayAgent);
  if (relayAgent !== undefined) all.set(OPTION.relayAgent, relayAgent);
  return all;
};

/** The message to a client, or silence when it would not fit. `to` overrides where it goes. */
export const answerTo = (
  request: DhcpMessage,
  server: AnsweringServer,
  parts: AnswerParts,
  to: Destination = destinationOf(request, parts.type, server),
): DhcpAnswer => {
  const { type, yiaddr = NO_ADDRESS } = parts;
  const bytes = serializeDhcp(
    {
      type,
      hops: request.hops,
      xid: request.xid,
      secs: request.secs,
      flags: flagsOf(request, type, yiaddr),
      ciaddr: type === 'ACK' ? request.ciaddr : NO_ADDRESS,
      yiaddr,
      siaddr: parts.siaddr ?? NO_ADDRESS,
      giaddr: request.giaddr,
      chaddr: request.chaddr,
      sname: parts.sname ?? '',
      file: parts.file ?? '',
      options: optionsOf(request, server, parts.options ?? new Map()),
    },
    'reply',
  );
  return bytes.length > ANSWER_LIMIT_BYTES
    ? silence('answer-too-long')
    : { kind: 'send', type, yiaddr, bytes, to };
};
