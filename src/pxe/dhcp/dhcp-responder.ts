/** Answers DHCP datagrams: as a proxy beside another server, on port 4011, or as the small DHCP server. */
import { type DhcpMessage, type DhcpMessageType, macOf, parseDhcp } from '../../codec/dhcp.ts';
import { isInNetwork, NO_ADDRESS, parseIpv4 } from '../../codec/ipv4.ts';
import type { ServedInterface } from '../interfaces.ts';
import type { DecideAnswer, NetworkAnswer, NetworkClient } from '../network-client.ts';
import { readNetworkClient } from './client-reader.ts';
import {
  type AnsweringServer,
  type Destination,
  type DhcpAnswer,
  type DhcpPorts,
  isRelayed,
  type SilenceReason,
  silence,
} from './dhcp-answer.ts';
import type { DhcpLog } from './dhcp-log.ts';
import {
  type BootWish,
  isFromOwnNetwork,
  type LeaseOutcome,
  type LeaseSettings,
  leaseAnswer,
  leaseOutcome,
} from './lease-answer.ts';
import { networkOfInterface } from './lease-range.ts';
import type { LeaseTable } from './lease-table.ts';
import { proxyAnswer, proxySilence, pxePortAnswer, pxePortSilence } from './proxy-answer.ts';
import { AnswerLimit } from './rate-limit.ts';

/** The way to the devices of one interface. */
export interface Wire {
  readonly interface: ServedInterface;
  /** Sends from the port at which the request came. */
  readonly send: (bytes: Uint8Array, to: Destination) => void;
}

/** How a datagram came. */
export interface Arrival {
  readonly from: Destination;
  readonly door: 'dhcp' | 'pxe';
  /** Undefined for a broadcast, which may come from any wire. */
  readonly wire?: Wire | undefined;
}

/** The small DHCP server of one interface. */
export interface LeaseService {
  readonly settings: LeaseSettings;
  readonly table: LeaseTable;
  /** Resolves when the leases are stored. */
  readonly save?: (() => Promise<void>) | undefined;
}

/** A request of a boot client on which the policy was asked. */
export interface DhcpRequestReport {
  readonly client: NetworkClient;
  readonly at: Date;
  readonly answer: NetworkAnswer;
  readonly messageType: DhcpMessageType;
  readonly from: Destination;
  /** Address that the client gets with the answer, or has already. */
  readonly address: string | undefined;
  /** Why nothing was sent; `undefined` when something was. */
  readonly silence: SilenceReason | undefined;
}

export interface DhcpResponderOptions {
  readonly wires: readonly Wire[];
  readonly decide: DecideAnswer;
  readonly httpPort: number;
  readonly ports: DhcpPorts;
  readonly leases?: LeaseService | undefined;
  readonly log: DhcpLog;
  readonly onRequest?: ((report: DhcpRequestReport) => void) | undefined;
  /** MAC address of our own probe, which is left to the others. */
  readonly ownMac?: string | undefined;
  /** Unix time in milliseconds. */
  readonly now: () => number;
}

type Role = 'proxy' | 'pxe' | 'dhcp';

/** A request on its way through one wire. */
interface Question {
  readonly request: DhcpMessage;
  readonly client: NetworkClient | undefined;
  readonly arrival: Arrival;
  readonly wire: Wire;
  readonly role: Role;
  /** Asks the policy, once for all wires of a kind. */
  readonly wish: (isDhcpServer: boolean) => BootWish | undefined;
}

interface Result {
  readonly answer: DhcpAnswer;
  readonly outcome?: LeaseOutcome;
  /** Undefined when the policy was not asked. */
  readonly wish?: BootWish | undefined;
}

/** Outcomes that change what a restart has to know. */
const STORED: ReadonlySet<LeaseOutcome['kind']> = new Set(['lease', 'released', 'declined']);
/** Outcomes whose answer says what to load. */
const WITH_BOOT_FIELDS: ReadonlySet<LeaseOutcome['kind']> = new Set([
  'offer',
  'lease',
  'no-lease-wanted',
]);

const addressOf = (request: DhcpMessage, results: readonly Result[]): string | undefined => {
  const given = results.flatMap(({ answer }) => (answer.kind === 'send' ? [answer.yiaddr] : []));
  return [...given, request.ciaddr].find((address) => address !== NO_ADDRESS);
};

/** Answers datagrams; holds what it remembers about strangers within limits. */
export class DhcpResponder {
  readonly #options: DhcpResponderOptions;
  readonly #limit: AnswerLimit;
  readonly #log: DhcpLog;

  constructor(options: DhcpResponderOptions) {
    this.#options = options;
    this.#limit = new AnswerLimit(options.now);
    this.#log = options.log;
  }

  /** Handles one datagram; resolves when its answers are given to the wires. */
  async receive(datagram: Uint8Array, arrival: Arrival): Promise<void> {
    const request = parseDhcp(datagram);
    if (typeof request === 'string') {
      this.#log.dropped(request, arrival.from);
      return;
    }
    if (macOf(request) === this.#options.ownMac) return;
    const client = readNetworkClient(request);
    const wish = this.#askOnce(client);
    const questions = this.#wiresFor(request, arrival).map((wire): Question => {
      const role = this.#roleOn(wire, request, arrival);
      return { request, client, arrival, wire, role, wish };
    });
    const open = this.#open(questions);
    if (open.length === 0) return;
    const results = await Promise.all(open.map((question) => this.#handle(question)));
    this.#report(request, arrival, results);
  }

  /** Questions that may get an answer, none when this client asks too often. */
  #open(questions: readonly Question[]): readonly Question[] {
    const open = questions.filter((question) => {
      const reason = this.#silenceBefore(question);
      if (reason !== undefined) this.#log.ignored(question.request, reason);
      return reason === undefined;
    });
    const [first] = open;
    if (first === undefined || this.#limit.take(macOf(first.request))) return open;
    this.#log.ignored(first.request, 'too-many-requests');
    return [];
  }

  #askOnce(client: NetworkClient | undefined): Question['wish'] {
    const wishes = new Map<boolean, BootWish>();
    return (isDhcpServer) => {
      if (client === undefined) return undefined;
      const wish = wishes.get(isDhcpServer) ?? {
        client,
        answer: this.#options.decide(client, isDhcpServer),
      };
      wishes.set(isDhcpServer, wish);
      return wish;
    };
  }

  /** True for a wire on which the addresses are ours. */
  #isHome(wire: Wire): boolean {
    return this.#options.leases?.settings.interface.address === wire.interface.address;
  }

  /**
   * Broadcasts come from one of the wires and are answered on each, with its own address: only the right one brings
   * the answer to the client. What says where it belongs is answered there alone.
   */
  #wiresFor(request: DhcpMessage, { wire }: Arrival): readonly Wire[] {
    if (wire !== undefined) return [wire];
    const { wires } = this.#options;
    const place = parseIpv4(isRelayed(request) ? request.giaddr : request.ciaddr) ?? 0;
    const near = wires.find((one) => isInNetwork(networkOfInterface(one.interface), place));
    if (near !== undefined && place !== 0) return [near];
    return isRelayed(request) ? wires.slice(0, 1) : wires;
  }

  #roleOn(wire: Wire, request: DhcpMessage, { door }: Arrival): Role {
    if (door === 'pxe') return 'pxe';
    const home = this.#options.leases?.settings.interface;
    if (home === undefined || !this.#isHome(wire)) return 'proxy';
    return isFromOwnNetwork(request, home) ? 'dhcp' : 'proxy';
  }

  #serverOn({ interface: { address } }: Wire): AnsweringServer {
    const { httpPort, ports } = this.#options;
    return { address, httpPort, ports };
  }

  #silenceBefore({ request, client, role, wire }: Question): SilenceReason | undefined {
    if (role === 'dhcp') return undefined;
    if (role === 'proxy') return proxySilence(request, client);
    return pxePortSilence(request, client, this.#serverOn(wire));
  }

  async #handle(question: Question): Promise<Result> {
    const { request, wire } = question;
    const result = question.role === 'dhcp' ? await this.#lease(question) : this.#boot(question);
    if (result.answer.kind === 'send') wire.send(result.answer.bytes, result.answer.to);
    this.#log.handled({ request, interface: wire.interface.name, ...result });
    return result;
  }

  #boot({ request, arrival, wire, role, wish: ask }: Question): Result {
    const wish = ask(role === 'pxe' && this.#isHome(wire));
    if (wish === undefined) return { answer: silence('not-a-boot-client') };
    const question = { request, ...wish, server: this.#serverOn(wire) };
    const answer = role === 'pxe' ? pxePortAnswer(question, arrival.from) : proxyAnswer(question);
    return { answer, wish };
  }

  async #lease({ request, wire, wish: ask }: Question): Promise<Result> {
    const { leases } = this.#options;
    if (leases === undefined) return { answer: silence('network-unknown') };
    const { settings, table } = leases;
    const outcome = leaseOutcome(request, table, settings.interface);
    if (STORED.has(outcome.kind)) await this.#save(leases);
    const wish = WITH_BOOT_FIELDS.has(outcome.kind) ? ask(true) : undefined;
    const server = this.#serverOn(wire);
    return { answer: leaseAnswer(request, outcome, settings, { server, wish }), outcome, wish };
  }

  /** A device starts although its lease cannot be stored: at worst it gets another address after a restart. */
  async #save({ save }: LeaseService): Promise<void> {
    try {
      await save?.();
    } catch (reason) {
      this.#log.notStored(reason);
    }
  }

  #report(request: DhcpMessage, { from }: Arrival, results: readonly Result[]): void {
    const wish = results.find((result) => result.wish !== undefined)?.wish;
    if (wish === undefined) return;
    const silent = results.flatMap(({ answer }) =>
      answer.kind === 'silence' ? [answer.reason] : [],
    );
    this.#options.onRequest?.({
      ...wish,
      at: new Date(this.#options.now()),
      messageType: request.type,
      from,
      address: addressOf(request, results),
      silence: silent.length === results.length ? silent[0] : undefined,
    });
  }
}
