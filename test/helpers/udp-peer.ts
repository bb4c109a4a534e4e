/** A UDP socket of a test: sends any bytes, and hands out what came, in order. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { ExecutionContext } from 'ava';
import {
  type MalformedTftpPacket,
  parseTftpPacket,
  serializeTftpPacket,
  type TftpPacket,
  type WritableTftpPacket,
} from '../../src/codec/tftp.ts';

/** A datagram, what it means, and the port it came from. */
export interface Received {
  readonly bytes: Uint8Array;
  readonly packet: TftpPacket | MalformedTftpPacket;
  readonly from: number;
}

export class UdpPeer {
  readonly #socket: Socket;
  readonly #queue: Received[] = [];
  #wake: (() => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (bytes, from) => {
      this.#queue.push({ bytes, packet: parseTftpPacket(bytes), from: from.port });
      this.#wake?.();
    });
  }

  /** Opens one on the loopback address; it is closed when the test ends. */
  static async open(t: ExecutionContext): Promise<UdpPeer> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 2 ** 20 });
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    t.teardown(() => {
      socket.close();
    });
    return new UdpPeer(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Datagrams that came and were not asked for. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Sends bytes, or a datagram of TFTP. */
  send(what: Uint8Array | WritableTftpPacket, port: number): void {
    const bytes = what instanceof Uint8Array ? what : serializeTftpPacket(what);
    this.#socket.send(bytes, port, '127.0.0.1');
  }

  /** The next datagram; waits for it. */
  async next(): Promise<Received> {
    for (;;) {
      const first = this.#queue.shift();
      if (first !== undefined) return first;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
