/** Answers of the small DHCP server (RFC 2131 section 4.3), with what to load for machines that start from it. */
import type { DhcpMessage } from '../../codec/dhcp.ts';
import { macOf } from '../../codec/dhcp.ts';
import { OPTION, optionAddress, u32Bytes } from '../../codec/dhcp-options.ts';
import {
  ipv4Bytes,
  ipv4Text,
  isInNetwork,
  NO_ADDRESS,
  parseIpv4,
  prefixMask,
} from '../../codec/ipv4.ts';
import type { ServedInterface } from '../interfaces.ts';
import type { NetworkAnswer, NetworkClient } from '../network-client.ts';
import { bootFieldsFor } from './boot-fields.ts';
import {
  type AnsweringServer,
  type AnswerParts,
  answerTo,
  type DhcpAnswer,
  isRelayed,
  type SilenceReason,
  silence,
} from './dhcp-answer.ts';
import { networkOfInterface } from './lease-range.ts';
import type { LeaseTable } from './lease-table.ts';

/** What every client of the small server is told beside its address. */
export interface LeaseSettings {
  readonly interface: ServedInterface;
  readonly leaseSeconds: number;
  readonly router?: string | undefined;
}

/** What the lease table makes of a request. */
export type LeaseOutcome =
  | { readonly kind: 'offer' | 'lease'; readonly address: string }
  | { readonly kind: 'no-lease-wanted' }
  | { readonly kind: 'refusal' | 'declined' | 'released' }
  | { readonly kind: 'silence'; readonly reason: SilenceReason };

const silent = (reason: SilenceReason): LeaseOutcome => ({ kind: 'silence', reason });

/**
 * True for a request from the network of the interface. One that a relay brings from elsewhere is not: there are no
 * addresses for it here, so that another server has to give them.
 */
export const isFromOwnNetwork = (request: DhcpMessage, home: ServedInterface): boolean =>
  !isRelayed(request) || isInNetwork(networkOfInterface(home), parseIpv4(request.giaddr) ?? 0);

const requestedAddress = ({ options }: DhcpMessage): number | undefined => {
  const address = optionAddress(options, OPTION.requestedAddress);
  return address === undefined ? undefined : parseIpv4(address);
};

const leaseOf = (table: LeaseTable, mac: string, address: number): LeaseOutcome =>
  table.lease(mac, address) ? { kind: 'lease', address: ipv4Text(address) } : { kind: 'refusal' };

/** A client that starts again with the address it had (RFC 2131 section 4.3.2, INIT-REBOOT). */
const rebootOutcome = (
  table: LeaseTable,
  mac: string,
  address: number,
  home: ServedInterface,
): LeaseOutcome => {
  if (!isInNetwork(networkOfInterface(home), address)) return { kind: 'refusal' };
  const known = table.addressOf(mac);
  if (known === undefined) return silent('lease-unknown');
  return known === address ? leaseOf(table, mac, address) : { kind: 'refusal' };
};

const chosenServer = ({ options }: DhcpMessage): string | undefined =>
  optionAddress(options, OPTION.serverIdentifier);

const requestOutcome = (
  request: DhcpMessage,
  table: LeaseTable,
  home: ServedInterface,
): LeaseOutcome => {
  const mac = macOf(request);
  const server = chosenServer(request);
  const used = parseIpv4(request.ciaddr) ?? 0;
  const wanted = requestedAddress(request);
  if (server !== undefined) return leaseOf(table, mac, wanted ?? used);
  // Renewing and rebinding: also after our memory was lost, as long as nobody else has the address.
  if (used !== 0)
    return table.isInRange(used) ? leaseOf(table, mac, used) : silent('lease-unknown');
  return wanted === undefined ? silent('not-a-question') : rebootOutcome(table, mac, wanted, home);
};

const offerOutcome = (request: DhcpMessage, table: LeaseTable): LeaseOutcome => {
  const address = table.offer(macOf(request), requestedAddress(request));
  return address === undefined
    ? silent('no-address-free')
    : { kind: 'offer', address: ipv4Text(address) };
};

/** Takes a request into the table. Nothing is sent yet: a lease is stored before its ACK. */
export const leaseOutcome = (
  request: DhcpMessage,
  table: LeaseTable,
  home: ServedInterface,
): LeaseOutcome => {
  const mac = macOf(request);
  const server = chosenServer(request);
  if (server !== undefined && server !== home.address) {
    if (request.type === 'REQUEST') table.refuseOffer(mac);
    return silent('other-server');
  }
  switch (request.type) {
    case 'DISCOVER':
      return offerOutcome(request, table);
    case 'REQUEST':
      return requestOutcome(request, table, home);
    case 'INFORM':
      return { kind: 'no-lease-wanted' };
    case 'DECLINE': {
      const isOwn = table.decline(mac, requestedAddress(request) ?? 0);
      return isOwn ? { kind: 'declined' } : silent('lease-unknown');
    }
    case 'RELEASE': {
      const isOwn = table.release(mac, parseIpv4(request.ciaddr) ?? 0);
      return isOwn ? { kind: 'released' } : silent('lease-unknown');
    }
    default:
      return silent('not-a-question');
  }
};

const networkOptions = ({ interface: home, router }: LeaseSettings): Map<number, Uint8Array> => {
  const options = new Map<number, Uint8Array>([
    [OPTION.subnetMask, u32Bytes(prefixMask(home.prefix))],
  ]);
  if (router !== undefined) options.set(OPTION.router, ipv4Bytes(router));
  return options;
};

/** Lease time, then when to renew and when to ask any server (RFC 2131 section 4.4.5). */
const timeOptions = ({ leaseSeconds }: LeaseSettings): Map<number, Uint8Array> =>
  new Map([
    [OPTION.leaseSeconds, u32Bytes(leaseSeconds)],
    [OPTION.renewalSeconds, u32Bytes(Math.floor(leaseSeconds / 2))],
    [OPTION.rebindingSeconds, u32Bytes(Math.floor((leaseSeconds * 7) / 8))],
  ]);

/** RFC 6842: a client identifier goes back to who sent it. */
const identifierOptions = ({ options }: DhcpMessage): Map<number, Uint8Array> => {
  const identifier = options.get(OPTION.clientIdentifier);
  return new Map(identifier === undefined ? [] : [[OPTION.clientIdentifier, identifier]]);
};

/** Who asks and what the policy says, when it is a machine that starts from the network. */
export interface BootWish {
  readonly client: NetworkClient;
  readonly answer: NetworkAnswer;
}

const bootParts = (
  request: DhcpMessage,
  wish: BootWish | undefined,
  server: AnsweringServer,
): Partial<AnswerParts> => {
  if (wish === undefined || wish.answer.kind === 'silence') return {};
  return bootFieldsFor(request, wish.client, wish.answer, server) ?? {};
};

const TYPE_OF = { offer: 'OFFER', lease: 'ACK', 'no-lease-wanted': 'ACK' } as const;

/**
 * The message for an outcome. A machine that the policy leaves alone gets its address without a file: this is the only
 * server it has.
 */
export const leaseAnswer = (
  request: DhcpMessage,
  outcome: LeaseOutcome,
  settings: LeaseSettings,
  { server, wish }: { readonly server: AnsweringServer; readonly wish?: BootWish | undefined },
): DhcpAnswer => {
  if (outcome.kind === 'silence') return outcome;
  if (outcome.kind === 'declined' || outcome.kind === 'released') return silence('not-a-question');
  const identifier = identifierOptions(request);
  if (outcome.kind === 'refusal')
    return answerTo(request, server, { type: 'NAK', options: identifier });
  const boot = bootParts(request, wish, server);
  const options = new Map([
    ...(outcome.kind === 'no-lease-wanted' ? [] : timeOptions(settings)),
    ...networkOptions(settings),
    ...(boot.options ?? []),
    ...identifier,
  ]);
  const yiaddr = 'address' in outcome ? outcome.address : NO_ADDRESS;
  return answerTo(request, server, { ...boot, type: TYPE_OF[outcome.kind], yiaddr, options });
};
