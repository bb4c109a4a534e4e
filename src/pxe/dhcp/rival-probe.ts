/**
 * Asks a network as a machine that starts from it, and collects who offers what. The offers are never accepted, so no
 * address is taken. What the answers mean is judged elsewhere; here are facts only.
 */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:dgram';
import {
  BROADCAST_FLAG,
  type DhcpMessage,
  macOf,
  parseDhcp,
  serializeDhcp,
} from '../../codec/dhcp.ts';
import { byteText, OPTION, optionAddress, textBytes } from '../../codec/dhcp-options.ts';
import { NO_ADDRESS } from '../../codec/ipv4.ts';
import { printable } from '../../codec/printable.ts';
import { type VendorClass, vendorClassOf } from '../../codec/pxe-options.ts';
import { NacreError } from '../../errors.ts';
import { closeSocket, openSocket } from '../bound-socket.ts';
import { DHCP_PORTS } from './dhcp-answer.ts';

/** What one server offered to one kind of machine. Texts are printable whatever the server sent. */
export interface DhcpOfferFacts {
  /** Option 54, or where the offer came from. */
  readonly server: string;
  /** Type of processor that was asked for, option 93. */
  readonly architectureType: number;
  /** The address offered; `undefined` from a PXE service, which gives none. */
  readonly address: string | undefined;
  /** Field `file` or option 67. */
  readonly bootFile: string | undefined;
  /** Field `siaddr`, else `sname` or option 66. */
  readonly bootServer: string | undefined;
  /** Option 60: `PXEClient` from servers that know about network boot. */
  readonly vendorClass: VendorClass | undefined;
}

export interface RivalProbeOptions {
  /** Address of the interface that asks. */
  readonly address: string;
  /** MAC address that asks; a new one by default. */
  readonly mac?: string | undefined;
  /** Types of processor, one question for each: BIOS and x64 EFI by default. */
  readonly architectureTypes?: readonly number[] | undefined;
  /** How long offers are collected for each question; 4000 by default, since some servers first ping an address. */
  readonly waitMs?: number | undefined;
  readonly ports?: { readonly server: number; readonly client: number } | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told of each offer as it comes, the same one only once. */
  readonly onOffer?: ((offer: DhcpOfferFacts) => void) | undefined;
  /** Lets time pass; a timer by default. */
  readonly wait?: Wait | undefined;
}

/** Lets that time pass. @throws NacreError CANCELLED when the signal comes first */
export type Wait = (delayMs: number, signal: AbortSignal | undefined) => Promise<void>;

const WAIT_MS = 4000;
/** Like firmware, a second time when nothing came at first. */
const REPEAT_MS = 1000;
/** Offers that are kept: nobody can fill the memory with them. */
const OFFER_LIMIT = 64;
const BROADCAST = '255.255.255.255';
/** What firmware asks for: subnet mask, router, and all about network boot. */
const WANTED_OPTIONS = Uint8Array.of(1, 3, 43, 54, 60, 66, 67, 97);

/** A MAC that no maker has: locally administered, and of one machine. */
export const makeProbeMac = (): string => {
  const bytes = randomBytes(6);
  bytes[0] = ((bytes[0] ?? 0) & 0xfc) | 2;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
};

const chaddrOf = (mac: string): Uint8Array => {
  const chaddr = new Uint8Array(16);
  chaddr.set(Buffer.from(mac.replaceAll(':', ''), 'hex'));
  return chaddr;
};

const makeDiscover = (chaddr: Uint8Array, architectureType: number): DhcpMessage => ({
  type: 'DISCOVER',
  hops: 0,
  xid: randomBytes(4).readUInt32BE(),
  secs: 0,
  flags: BROADCAST_FLAG,
  ciaddr: NO_ADDRESS,
  yiaddr: NO_ADDRESS,
  siaddr: NO_ADDRESS,
  giaddr: NO_ADDRESS,
  chaddr,
  sname: '',
  file: '',
  options: new Map([
    [OPTION.largestMessage as number, Uint8Array.of(1472 >> 8, 1472 & 255)],
    [OPTION.parameterList, WANTED_OPTIONS],
    [OPTION.machineIdentifier, new Uint8Array(17)],
    [OPTION.architecture, Uint8Array.of(architectureType >> 8, architectureType & 255)],
    [OPTION.networkInterface, Uint8Array.of(1, 2, 1)],
    [
      OPTION.vendorClass,
      textBytes(`PXEClient:Arch:${String(architectureType).padStart(5, '0')}:UNDI:002001`),
    ],
  ]),
});

const textOption = ({ options }: DhcpMessage, code: number): string =>
  byteText(options.get(code) ?? new Uint8Array());

const addressOf = (address: string): string | undefined =>
  address === NO_ADDRESS ? undefined : address;

const printableOf = (text: string): string | undefined =>
  text === '' ? undefined : printable(text);

const factsOf = (offer: DhcpMessage, architectureType: number, from: string): DhcpOfferFacts => ({
  server: optionAddress(offer.options, OPTION.serverIdentifier) ?? from,
  architectureType,
  address: addressOf(offer.yiaddr),
  bootFile: printableOf(offer.file || textOption(offer, OPTION.bootFile)),
  bootServer:
    addressOf(offer.siaddr) ?? printableOf(offer.sname || textOption(offer, OPTION.serverName)),
  vendorClass: vendorClassOf(offer.options),
});

/** The facts of a datagram, when it is an offer for this question. */
const readOffer = (
  datagram: Uint8Array,
  question: DhcpMessage,
  architectureType: number,
  from: string,
): DhcpOfferFacts | undefined => {
  const offer = parseDhcp(datagram, 'reply');
  if (typeof offer === 'string' || offer.type !== 'OFFER') return undefined;
  if (offer.xid !== question.xid || macOf(offer) !== macOf(question)) return undefined;
  return factsOf(offer, architectureType, from);
};

const sendTo = (socket: Socket, bytes: Uint8Array, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.send(bytes, port, BROADCAST, (reason) => (reason === null ? resolve() : reject(reason)));
  });

const cancelled = (): NacreError =>
  new NacreError('CANCELLED', { phase: 'looking for other DHCP servers' });

const pause: Wait = (delayMs, signal) =>
  new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(cancelled());
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, delayMs);
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
  });

interface Probe {
  readonly sender: Socket;
  readonly receivers: readonly Socket[];
  readonly chaddr: Uint8Array;
  readonly serverPort: number;
  readonly waitMs: number;
  readonly wait: Wait;
  readonly signal: AbortSignal | undefined;
  readonly onOffer: ((offer: DhcpOfferFacts) => void) | undefined;
}

/** Asks one question and collects until the time is over; the question is repeated once when nobody answered. */
const ask = async (probe: Probe, architectureType: number): Promise<readonly DhcpOfferFacts[]> => {
  const question = makeDiscover(probe.chaddr, architectureType);
  const bytes = serializeDhcp(question, 'request');
  const found = new Map<string, DhcpOfferFacts>();
  const take = (datagram: Uint8Array, { address }: { readonly address: string }): void => {
    const facts = readOffer(datagram, question, architectureType, address);
    const key = JSON.stringify(facts);
    if (facts === undefined || found.has(key) || found.size >= OFFER_LIMIT) return;
    found.set(key, facts);
    probe.onOffer?.(facts);
  };
  for (const socket of probe.receivers) socket.on('message', take);
  try {
    const firstMs = Math.min(REPEAT_MS, probe.waitMs);
    await sendTo(probe.sender, bytes, probe.serverPort);
    await probe.wait(firstMs, probe.signal);
    if (found.size === 0) await sendTo(probe.sender, bytes, probe.serverPort);
    await probe.wait(probe.waitMs - firstMs, probe.signal);
  } finally {
    for (const socket of probe.receivers) socket.off('message', take);
  }
  return [...found.values()];
};

/**
 * Asks for each kind of machine in turn, from one made-up MAC. The result is in the order of arrival and empty when
 * nobody answered. A service of our own on this machine answers too.
 *
 * @throws NacreError PXE_PORT_TAKEN or PXE_PORT_DENIED for the client's port, CANCELLED; errors of the network as they are
 */
export const probeRivals = async (
  options: RivalProbeOptions,
): Promise<readonly DhcpOfferFacts[]> => {
  const { address, architectureTypes = [0, 7], waitMs = WAIT_MS } = options;
  const { signal, onOffer, wait = pause, mac = makeProbeMac() } = options;
  const ports = options.ports ?? DHCP_PORTS;
  if (signal?.aborted) throw cancelled();
  const sockets: Socket[] = [];
  try {
    const everywhere = await openSocket({ port: ports.client, address: '0.0.0.0', isShared: true });
    sockets.push(everywhere);
    const { port } = everywhere.address();
    const sender = await openSocket({ port, address, isShared: true, canBroadcast: true });
    sockets.push(sender);
    const common = { sender, receivers: sockets, chaddr: chaddrOf(mac), serverPort: ports.server };
    const offers: DhcpOfferFacts[] = [];
    for (const type of architectureTypes) {
      offers.push(...(await ask({ ...common, waitMs, wait, signal, onOffer }, type)));
    }
    return offers;
  } finally {
    await Promise.all(sockets.map(closeSocket));
  }
};
