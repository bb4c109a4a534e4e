/**
 * A wire between TFTP clients and a server that loses, doubles, delays and overtakes datagrams, by a seed. Each port of the
 * server that a client hears from is shown to it as a port of the wire, so that transfer identifiers stay what they are.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { ExecutionContext } from 'ava';
import { Random } from './random.ts';

export interface BadWire {
  readonly seed: number;
  /** Shares of all datagrams, 0 to 1. */
  readonly loss: number;
  readonly duplication: number;
  readonly reordering: number;
  /** In each direction. */
  readonly delayMs: number;
  /** An OACK arrives, and once: there are clients that take a second one for an error and stop. */
  readonly isKindToOacks?: boolean;
}

const OACK = 6;

const HOST = '127.0.0.1';

class Wire {
  readonly #server: number;
  readonly #bad: BadWire;
  readonly #random: Random;
  readonly #sockets: Socket[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  /** Towards the server: one socket for each port of a client. */
  readonly #uplinks = new Map<number, Promise<Socket>>();
  /** Towards a client: one socket for each pair of its port and a port of the server. */
  readonly #downlinks = new Map<string, Promise<Socket>>();
  /** Downlinks that carried an OACK. */
  readonly #oacks = new Set<string>();

  constructor(server: number, bad: BadWire) {
    this.#server = server;
    this.#bad = bad;
    this.#random = new Random(bad.seed);
  }

  /** The port that stands for the server's well-known one. */
  async open(): Promise<number> {
    const socket = await this.#socket();
    socket.on('message', (bytes, from) => this.#toServer(from.port, bytes, this.#server));
    return socket.address().port;
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const socket of this.#sockets) socket.close();
  }

  async #socket(): Promise<Socket> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 2 ** 20 });
    this.#sockets.push(socket);
    socket.bind(0, HOST);
    await once(socket, 'listening');
    return socket;
  }

  async #uplink(client: number): Promise<Socket> {
    const socket = await this.#socket();
    socket.on(
      'message',
      (bytes, from: RemoteInfo) => void this.#toClient(client, bytes, from.port),
    );
    return socket;
  }

  async #downlink(client: number, server: number): Promise<Socket> {
    const socket = await this.#socket();
    socket.on('message', (bytes) => this.#toServer(client, bytes, server));
    return socket;
  }

  async #toServer(client: number, bytes: Uint8Array, port: number): Promise<void> {
    const uplink = this.#uplinks.get(client) ?? this.#uplink(client);
    this.#uplinks.set(client, uplink);
    this.#carry(await uplink, bytes, port);
  }

  async #toClient(client: number, bytes: Uint8Array, server: number): Promise<void> {
    const key = `${client} ${server}`;
    const downlink = this.#downlinks.get(key) ?? this.#downlink(client, server);
    this.#downlinks.set(key, downlink);
    const socket = await downlink;
    if (bytes[1] === OACK && this.#bad.isKindToOacks === true)
      this.#carryOnce(key, socket, bytes, client);
    else this.#carry(socket, bytes, client);
  }

  #carryOnce(key: string, socket: Socket, bytes: Uint8Array, port: number): void {
    if (this.#oacks.has(key)) return;
    this.#oacks.add(key);
    this.#sendLater(socket, bytes, port, this.#bad.delayMs);
  }

  #carry(socket: Socket, bytes: Uint8Array, port: number): void {
    const { loss, duplication, reordering, delayMs } = this.#bad;
    if (this.#happens(loss)) return;
    const copies = this.#happens(duplication) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const late = this.#happens(reordering) ? delayMs / 2 : 0;
      this.#sendLater(socket, bytes, port, delayMs + late);
    }
  }

  #sendLater(socket: Socket, bytes: Uint8Array, port: number, delayMs: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      socket.send(bytes, port, HOST);
    }, delayMs);
    this.#timers.add(timer);
  }

  #happens(share: number): boolean {
    return this.#random.below(1_000_000) < share * 1_000_000;
  }
}

/** Opens a wire to a server of this machine until the test ends. @returns the port that clients use instead of the server's */
export const openBadWire = async (
  t: ExecutionContext,
  server: number,
  bad: BadWire,
): Promise<number> => {
  const wire = new Wire(server, bad);
  t.teardown(() => wire.close());
  return wire.open();
};
