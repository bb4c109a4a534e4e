/** A TFTP client of our own (RFC 1350, RFC 2347, RFC 7440), patient with bad wires. */
import { createSocket, type Socket } from 'node:dgram';
import {
  parseTftpPacket,
  serializeTftpPacket,
  type TftpOption,
  type TftpPacket,
} from '../../src/codec/tftp.ts';

export interface TftpRead {
  readonly port: number;
  readonly name: string;
  readonly blockBytes?: number;
  readonly windowBlocks?: number;
  /** Silence after which the last datagram is sent again; a minute by default, that is never on a good wire. */
  readonly timeoutMs?: number;
}

export interface TftpReadResult {
  readonly content: Buffer;
  /** Blocks that came again. */
  readonly duplicates: number;
}

const optionsOf = ({ blockBytes, windowBlocks }: TftpRead): TftpOption[] => [
  ...(blockBytes === undefined ? [] : [{ name: 'blksize', value: String(blockBytes) }]),
  ...(windowBlocks === undefined ? [] : [{ name: 'windowsize', value: String(windowBlocks) }]),
];

class Reading {
  readonly result: Promise<TftpReadResult>;
  readonly #socket: Socket = createSocket({ type: 'udp4', recvBufferSize: 2 ** 20 });
  readonly #parts: Uint8Array[] = [];
  #resolve: (result: TftpReadResult) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;
  #last: Uint8Array;
  #port: number;
  #isPinned = false;
  #blockBytes = 512;
  #windowBlocks = 1;
  #expected = 1;
  #inWindow = 0;
  #isGapTold = false;
  #duplicates = 0;
  #timer: NodeJS.Timeout;

  constructor(read: TftpRead) {
    this.#port = read.port;
    this.#timer = setInterval(this.#onSilence, read.timeoutMs ?? 60_000);
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#last = serializeTftpPacket({
      kind: 'read-request',
      name: read.name,
      mode: 'octet',
      options: optionsOf(read),
    });
    this.#socket.on('message', (bytes, from) => {
      if (this.#isPinned && from.port !== this.#port) return;
      this.#port = from.port;
      this.#isPinned = true;
      const packet = parseTftpPacket(bytes);
      if (packet.kind !== 'malformed') this.#take(packet);
    });
    this.#sendLast();
  }

  #take(packet: TftpPacket): void {
    if (packet.kind === 'error') this.#end(new Error(`ERROR ${packet.code} ${packet.message}`));
    else if (packet.kind === 'oack') this.#agree(packet.options);
    else if (packet.kind === 'data') this.#takeData(packet.block, packet.content);
  }

  #agree(options: readonly TftpOption[]): void {
    if (this.#expected > 1) return;
    for (const { name, value } of options) {
      if (name === 'blksize') this.#blockBytes = Number(value);
      if (name === 'windowsize') this.#windowBlocks = Number(value);
    }
    this.#acknowledge();
  }

  #takeData(block: number, content: Uint8Array): void {
    if (block !== (this.#expected & 0xffff)) {
      if (((block - this.#expected) & 0xffff) > 0x8000) this.#duplicates++;
      if (!this.#isGapTold) this.#acknowledge();
      this.#isGapTold = true;
      return;
    }
    this.#parts.push(content);
    this.#expected++;
    this.#inWindow++;
    this.#isGapTold = false;
    const isLast = content.length < this.#blockBytes;
    if (isLast || this.#inWindow === this.#windowBlocks) this.#acknowledge();
    if (isLast) this.#end(undefined);
  }

  #acknowledge(): void {
    this.#inWindow = 0;
    this.#last = serializeTftpPacket({ kind: 'ack', block: (this.#expected - 1) & 0xffff });
    this.#sendLast();
  }

  readonly #onSilence = (): void => {
    this.#isGapTold = false;
    this.#inWindow = 0;
    this.#sendLast();
  };

  #sendLast(): void {
    this.#socket.send(this.#last, this.#port, '127.0.0.1');
    this.#timer.refresh();
  }

  #end(error: Error | undefined): void {
    this.#socket.removeAllListeners('message');
    clearInterval(this.#timer);
    // The last ACK is handed over in the next tick.
    setImmediate(() => this.#socket.close());
    if (error !== undefined) this.#reject(error);
    else this.#resolve({ content: Buffer.concat(this.#parts), duplicates: this.#duplicates });
  }
}

/** Reads a file in octet mode. @throws Error for an ERROR of the server */
export const readByTftp = (read: TftpRead): Promise<TftpReadResult> => new Reading(read).result;
