/** The blocks of a transfer that are on their way (RFC 7440). Knows nothing of sockets and time. */
import { DATA_HEAD_BYTES, putDataHead } from '../../codec/tftp.ts';
import type { ReadContent } from '../../codec/tftp-content.ts';

/** What is sent is read by the socket later: nobody may write into it. */
export type SendDatagram = (datagram: Uint8Array) => void;

/**
 * What an ACK says:
 * - `ignored`: a block that was not sent, or one acknowledged before the last
 * - `repeated`: nothing new
 * - `gap`: some blocks arrived, later ones are still on their way or lost
 * - `advanced`: all that was sent arrived
 * - `finished`: the whole file arrived
 */
export type AckMeaning = 'ignored' | 'repeated' | 'gap' | 'advanced' | 'finished';

export interface SendWindowOptions {
  readonly read: ReadContent;
  /** Sent alone, and acknowledged as block 0, before DATA 1. */
  readonly oack: Uint8Array | undefined;
  readonly blockBytes: number;
  readonly windowBlocks: number;
}

/** A datagram that is used again every `windowBlocks` blocks, and the part of it that content goes to. */
interface Slot {
  readonly datagram: Uint8Array;
  readonly content: Uint8Array;
}

const newSlot = (blockBytes: number): Slot => {
  const datagram = new Uint8Array(DATA_HEAD_BYTES + blockBytes);
  return { datagram, content: datagram.subarray(DATA_HEAD_BYTES) };
};

/** Blocks are counted from 1 without roll-over; the OACK is block 0. */
export class SendWindow {
  readonly #options: SendWindowOptions;
  readonly #oack: Uint8Array;
  readonly #slots: Slot[] = [];
  /** Highest block that is acknowledged, with all before it. */
  #acked: number;
  /** Highest block that was sent at least once. */
  #sent: number;
  /** The block that ends the file, once the reader came to it. */
  #last = Number.POSITIVE_INFINITY;
  /** Shorter than a slot, hence in memory of its own: a slot that waits to be sent keeps its length. */
  #lastDatagram: Uint8Array = new Uint8Array();
  #resent = 0;
  #isUnanswered = true;

  constructor(options: SendWindowOptions) {
    this.#options = options;
    this.#oack = options.oack ?? new Uint8Array();
    this.#acked = options.oack === undefined ? 0 : -1;
    this.#sent = this.#acked;
  }

  /** True until the first ACK. */
  get isUnanswered(): boolean {
    return this.#isUnanswered;
  }

  /** True until the first block of data arrived. */
  get isAtStart(): boolean {
    return this.#acked <= 0;
  }

  /** Highest block that is acknowledged, -1 before the OACK is. */
  get ackedBlock(): number {
    return this.#acked;
  }

  /** Highest block that was sent. */
  get sentBlock(): number {
    return this.#sent;
  }

  /** True while only the OACK was sent. */
  get isGreeting(): boolean {
    return this.#acked < 0;
  }

  /** The whole file was sent, though not all of it acknowledged. */
  get isAllSent(): boolean {
    return this.#sent === this.#last;
  }

  /** Datagrams that were sent more than once, each time but the first. */
  get resentBlocks(): number {
    return this.#resent;
  }

  /** Content that arrived. */
  get ackedBytes(): number {
    const { blockBytes } = this.#options;
    if (this.#acked < this.#last) return Math.max(0, this.#acked) * blockBytes;
    return (this.#last - 1) * blockBytes + this.#lastDatagram.length - DATA_HEAD_BYTES;
  }

  /** @param block number of an ACK, modulo 65536 */
  acknowledge(block: number): AckMeaning {
    const distance = (block - this.#acked) & 0xffff;
    if (distance === 0) return 'repeated';
    if (distance > this.#sent - this.#acked) return 'ignored';
    this.#acked += distance;
    this.#isUnanswered = false;
    if (this.#acked < this.#sent) return 'gap';
    return this.#acked === this.#last ? 'finished' : 'advanced';
  }

  /** Sends what the window has room for and was not sent yet. */
  sendNew(send: SendDatagram): void {
    while (this.#sent < this.#limit()) {
      this.#sent++;
      send(this.#sent === 0 ? this.#oack : this.#read(this.#sent));
    }
  }

  /** Sends all again that is not acknowledged. */
  sendAgain(send: SendDatagram): void {
    for (let block = this.#acked + 1; block <= this.#sent; block++) {
      this.#resent++;
      send(this.#datagramOf(block));
    }
  }

  /** Sends the first block that is not acknowledged again. */
  sendOldest(send: SendDatagram): void {
    this.#resent++;
    send(this.#datagramOf(this.#acked + 1));
  }

  /** Highest block that may be on its way; nothing follows an OACK before its ACK. */
  #limit(): number {
    return this.isGreeting ? 0 : Math.min(this.#last, this.#acked + this.#options.windowBlocks);
  }

  /** The datagram of a block that was sent before and is not acknowledged. */
  #datagramOf(block: number): Uint8Array {
    if (block === 0) return this.#oack;
    return block === this.#last ? this.#lastDatagram : this.#slotOf(block).datagram;
  }

  #slotOf(block: number): Slot {
    const index = block % this.#options.windowBlocks;
    this.#slots[index] ??= newSlot(this.#options.blockBytes);
    return this.#slots[index];
  }

  #read(block: number): Uint8Array {
    const { datagram, content } = this.#slotOf(block);
    const length = this.#options.read(content);
    putDataHead(datagram, block);
    if (length === content.length) return datagram;
    this.#last = block;
    this.#lastDatagram = datagram.slice(0, DATA_HEAD_BYTES + length);
    return this.#lastDatagram;
  }
}
