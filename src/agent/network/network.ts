/** The network of Merlin: every card with a link asks for an address, and the first one that gets one will do. */
import { writeFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { runTool } from '../../disk/tool.ts';
import { NacreError } from '../../errors.ts';
import { type NetworkCard, readNetworkCards } from './cards.ts';
import type { Lease, LeaseEvent } from './lease.ts';
import { type DhcpClient, startDhcpClient } from './udhcpc.ts';

const PATIENCE_MS = 90_000;
const LINK_PAUSE_MS = 200;

export interface NetworkOptions {
  /** The program that has `ip` and `udhcpc`. */
  readonly busybox: string;
  /** A folder for what is written on the way. */
  readonly folder: string;
  /** Where name servers are told: `/etc/resolv.conf`. */
  readonly resolver: string;
  /** How long it may take until there is an address; 90 s. */
  readonly patienceMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told of each address. */
  readonly onLease?: ((lease: Lease) => void) | undefined;
}

/** A network that is up; addresses are renewed until it is closed. */
export interface Network extends AsyncDisposable {
  /** The address that came first. */
  readonly lease: Lease;
  close(): Promise<void>;
}

/** Puts an address on a card, and its gateway and name servers into place. */
const configure = async (options: NetworkOptions, lease: Lease): Promise<void> => {
  const { busybox, resolver } = options;
  const { card, address, prefixLength, routers, nameServers } = lease;
  const ip = (...words: readonly string[]) => runTool(busybox, ['ip', ...words]);
  await ip('addr', 'flush', 'dev', card);
  await ip('addr', 'add', `${address}/${prefixLength}`, 'dev', card);
  const [router] = routers;
  if (router !== undefined) await ip('route', 'replace', 'default', 'via', router, 'dev', card);
  if (nameServers.length > 0)
    await writeFile(resolver, nameServers.map((server) => `nameserver ${server}\n`).join(''));
};

/** What a card lacks, for the message of a network that does not come. */
const cardText = ({ name, mac, hasLink }: NetworkCard): string =>
  `${name} ${mac}: ${hasLink ? 'no answer to DHCP' : 'no link'}`;

const noNetwork = async (): Promise<NacreError> => {
  const cards = await readNetworkCards();
  const found = cards.length === 0 ? 'no card with a driver' : cards.map(cardText).join('; ');
  return new NacreError('MERLIN_NO_NETWORK', { found });
};

/** The clients of all cards, and what they found. */
class Clients {
  readonly #options: NetworkOptions;
  readonly #clients: DhcpClient[] = [];
  readonly #found: Promise<Lease>;
  #resolve: (lease: Lease) => void = () => undefined;
  #reject: (reason: unknown) => void = () => undefined;
  /** What events want of the cards is done one after the other. */
  #last: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: NetworkOptions) {
    this.#options = options;
    this.#found = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Whoever waits gets it; nobody may be waiting yet.
    this.#found.catch(() => undefined);
  }

  /** The first address. */
  get found(): Promise<Lease> {
    return this.#found;
  }

  async add(card: string): Promise<void> {
    const { busybox, folder } = this.#options;
    await runTool(busybox, ['ip', 'link', 'set', card, 'up']);
    const onEvent = (event: LeaseEvent): void => {
      this.#last = this.#last.then(() => this.#take(event)).catch(this.#reject);
    };
    const client = await startDhcpClient({ busybox, folder, card, onEvent });
    this.#clients.push(client);
    if (this.#isClosed) await client.close();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#clients.map((client) => client.close()));
    await this.#last;
  }

  async #take(event: LeaseEvent): Promise<void> {
    if (event.kind === 'lost') {
      await runTool(this.#options.busybox, ['ip', 'addr', 'flush', 'dev', event.card]);
      return;
    }
    await configure(this.#options, event.lease);
    this.#options.onLease?.(event.lease);
    this.#resolve(event.lease);
  }
}

/** Drivers of cards may still be loading when the first one is asked for. */
const addCards = async (clients: Clients, signal: AbortSignal): Promise<never> => {
  const known = new Set<string>();
  for (;;) {
    for (const { name } of await readNetworkCards()) {
      if (known.has(name)) continue;
      known.add(name);
      await clients.add(name);
    }
    await wait(LINK_PAUSE_MS, undefined, { signal });
  }
};

/**
 * Brings the network up and waits for the first address.
 *
 * @throws NacreError MERLIN_NO_NETWORK, which names each card and what it lacks; TOOL_MISSING; CANCELLED
 */
export const startNetwork = async (options: NetworkOptions): Promise<Network> => {
  const clients = new Clients(options);
  const stop = new AbortController();
  const late = AbortSignal.timeout(options.patienceMs ?? PATIENCE_MS);
  const signals = [stop.signal, late, ...(options.signal ? [options.signal] : [])];
  const close = (): Promise<void> => clients.close();
  try {
    const lease = await Promise.race([clients.found, addCards(clients, AbortSignal.any(signals))]);
    return { lease, close, [Symbol.asyncDispose]: close };
  } catch (reason) {
    await close();
    if (options.signal?.aborted) throw new NacreError('CANCELLED', { phase: 'network' });
    throw late.aborted ? await noNetwork() : reason;
  } finally {
    stop.abort();
  }
};
