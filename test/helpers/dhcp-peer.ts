/** A DHCP client of a test on the loopback: a socket that sends bytes and waits for answers. */
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { closeSocket, openSocket } from '../../src/pxe/bound-socket.ts';
import { type ShownAnswer, shownReply } from './dhcp-answers.ts';

/** An answer that arrived, and from where. */
export interface Arrived extends Omit<ShownAnswer, 'to'> {
  readonly from: string;
}

/** The client's end. */
export class DhcpPeer implements AsyncDisposable {
  readonly #receiver: Socket;
  readonly #sender: Socket;
  readonly #arrived: Arrived[] = [];

  private constructor(receiver: Socket, sender: Socket) {
    this.#receiver = receiver;
    this.#sender = sender;
    for (const socket of [receiver, sender])
      socket.on('message', (bytes, { address, port }) => {
        this.#arrived.push({ ...shownReply(bytes), from: `${address}:${port}` });
        receiver.emit('arrived');
      });
  }

  /** Opens one that takes broadcasts, and unicast to `address` on `port`. */
  static async open(address = '127.0.0.1', port = 0): Promise<DhcpPeer> {
    const receiver = await openSocket({ port, address: '0.0.0.0', isShared: true });
    const bound = receiver.address().port;
    const wish = { port: bound, address, isShared: true, canBroadcast: true };
    return new DhcpPeer(receiver, await openSocket(wish));
  }

  /** Its port: what clients have at 68. */
  get port(): number {
    return this.#receiver.address().port;
  }

  broadcast(bytes: Uint8Array, port: number): void {
    this.#sender.send(bytes, port, '255.255.255.255');
  }

  send(bytes: Uint8Array, port: number): void {
    this.#sender.send(bytes, port, '127.0.0.1');
  }

  /** Takes the next answers in the order of their arrival. */
  async take(count: number): Promise<readonly Arrived[]> {
    while (this.#arrived.length < count) await once(this.#receiver, 'arrived');
    return this.#arrived.splice(0, count);
  }

  /** Takes the next answer. */
  async next(): Promise<Arrived> {
    const [only] = await this.take(1);
    if (only === undefined) throw new Error('no answer');
    return only;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([closeSocket(this.#receiver), closeSocket(this.#sender)]);
  }
}
