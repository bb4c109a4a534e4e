/** One file on its way to one client: its socket, its timer, and what an ACK or a silence leads to. */
import type { RemoteInfo, Socket } from 'node:dgram';
import type { Logger } from 'pino';
import { printable } from '../../codec/printable.ts';
import { parseTftpPacket, serializeTftpPacket, TFTP_ERRORS } from '../../codec/tftp.ts';
import type { TransferTerms } from '../../codec/tftp-options.ts';
import { DeadlineTimer } from './deadline-timer.ts';
import { RoundTrip, type RoundTripLimits } from './round-trip.ts';
import { SendWindow, type SendWindowOptions } from './send-window.ts';
import type { TransferEnd, TransferOutcome } from './tftp-report.ts';
import type { Endpoint } from './transfer-socket.ts';

export interface TransferLimits extends RoundTripLimits {
  /** Times that a block is sent while the client is silent, the first included. */
  readonly sends: number;
  /** A client that acknowledges nothing new for this long has gone. */
  readonly silenceMs: number;
  /** A client that repeats its ACK or its request is answered only when nothing was sent to it for this long. */
  readonly repeatSpacingMs: number;
  /** A request that comes again after such a silence is a client that started anew. */
  readonly newStartMs: number;
}

/** What a transfer needs; the socket is connected to the client, and is the transfer's from then on. */
export interface TransferTask {
  readonly socket: Socket;
  readonly client: Endpoint;
  readonly window: SendWindowOptions;
  readonly terms: TransferTerms;
  readonly limits: TransferLimits;
  readonly log: Logger;
}

const STOPPED = serializeTftpPacket({
  kind: 'error',
  code: TFTP_ERRORS.undefined,
  message: 'the server stops',
});

/** A transfer, which runs once. */
export class TftpTransfer {
  readonly #task: TransferTask;
  readonly #window: SendWindow;
  readonly #roundTrip: RoundTrip;
  readonly #timer = new DeadlineTimer((now) => this.#onSilence(now));
  readonly #isTraced: boolean;
  readonly #startedAt = performance.now();
  #resolve: (end: TransferEnd) => void = () => undefined;
  #isEnded = false;

  /** When the last ACK of something new came. */
  #progressAt = this.#startedAt;
  /** When the client sent anything. */
  #heardAt = this.#startedAt;
  #sentAt = this.#startedAt;
  #restartedAt = this.#startedAt;
  /** Highest block that the last restart sent again; `undefined` when all that was sent since has arrived. */
  #resentUpTo: number | undefined;
  /** Sends of the oldest block by the timer, the first one included. */
  #sends = 1;
  /** The block whose ACK measures a round trip: it was sent once, at this time. */
  #timedBlock: number | undefined;
  #timedAt = this.#startedAt;
  /** The client said that the oldest block is missing; it is taken at its word once a block. */
  #gap: 'none' | 'reported' | 'answered' = 'none';

  constructor(task: TransferTask) {
    const { terms, limits } = task;
    this.#task = task;
    this.#window = new SendWindow(task.window);
    this.#isTraced = task.log.isLevelEnabled('debug');
    const asked = (terms.timeoutSeconds ?? Number.POSITIVE_INFINITY) * 1000;
    const longestWaitMs = Math.min(limits.longestWaitMs, asked);
    this.#roundTrip = new RoundTrip({ ...limits, longestWaitMs });
  }

  /** Sends the file. Resolves when the socket is closed again; never rejects. */
  run(): Promise<TransferEnd> {
    const { socket } = this.#task;
    const ended = new Promise<TransferEnd>((resolve) => {
      this.#resolve = resolve;
    });
    socket.on('message', this.#receive);
    socket.on('error', this.#fail);
    this.#sendNew(this.#startedAt);
    this.#wait(this.#startedAt);
    return ended;
  }

  /**
   * The client sent its request again, maybe because the answer was lost. A request that comes soon after the answer was
   * sent crossed it on the way; atftp and others take a second OACK for an error.
   */
  repeat(): void {
    if (!this.#isEnded) this.#resendSpaced(performance.now());
  }

  /** True when a repeated request means that the client began anew. */
  get isAbandoned(): boolean {
    if (this.#isEnded || this.#window.isUnanswered) return this.#isEnded;
    return performance.now() - this.#heardAt >= this.#task.limits.newStartMs;
  }

  /** Ends it because the server closes; the client is told. */
  stop(): void {
    if (!this.#isEnded) this.#send(STOPPED);
    this.#end('stopped');
  }

  /** Ends it without a word: the client's port is used by its next transfer. */
  supersede(): void {
    this.#end('superseded');
  }

  readonly #send = (datagram: Uint8Array): void => {
    this.#task.socket.send(datagram);
  };

  readonly #receive = (datagram: Uint8Array, from: RemoteInfo): void => {
    // Between bind and connect any sender's datagrams may have been queued.
    if (from.port !== this.#task.client.port || from.address !== this.#task.client.address) return;
    const packet = parseTftpPacket(datagram);
    if (packet.kind === 'ack') this.#acknowledged(packet.block);
    else if (packet.kind === 'error') this.#clientStopped(packet.code, packet.message);
  };

  #acknowledged(block: number): void {
    const now = performance.now();
    const meaning = this.#window.acknowledge(block);
    this.#heardAt = now;
    this.#trace('tftp ack', { block, meaning });
    switch (meaning) {
      case 'ignored':
        return;
      case 'repeated':
        this.#ackRepeated(now);
        return;
      case 'finished':
        this.#end('done');
        return;
      case 'advanced':
        this.#resentUpTo = undefined;
        this.#progress(now);
        this.#sendNew(now);
        break;
      case 'gap':
        this.#progress(now);
        this.#closeGap(now);
    }
    this.#sentAt = now;
    this.#wait(now);
  }

  #progress(now: number): void {
    if (this.#timedBlock !== undefined && this.#timedBlock <= this.#window.ackedBlock) {
      this.#roundTrip.measure(now - this.#timedAt);
      this.#timedBlock = undefined;
    }
    if (this.#sends === 1) this.#roundTrip.relax();
    this.#progressAt = now;
    this.#sends = 1;
    this.#gap = 'none';
  }

  /**
   * Starts again behind the last block that arrived (RFC 7440 section 4). After a restart such an ACK may also be an older
   * one, or the answer to a block that the client had already; another restart would then bring forth the next such ACK,
   * and so on to the end of the file. So the window only moves on, and the timer restarts it if that was wrong.
   */
  #closeGap(now: number): void {
    if (this.#isHoleSure(now)) {
      this.#restart(now);
      return;
    }
    this.#gap = 'reported';
    this.#sendNew(now);
  }

  #isHoleSure(now: number): boolean {
    if (this.#resentUpTo === undefined) return true;
    const isAnswer = now - this.#restartedAt >= 0.75 * this.#roundTrip.smoothedMs;
    return isAnswer && this.#window.ackedBlock < this.#resentUpTo;
  }

  #restart(now: number): void {
    this.#restartedAt = now;
    this.#resentUpTo = this.#window.sentBlock;
    this.#timedBlock = undefined;
    this.#window.sendAgain(this.#send);
    this.#sendNew(now);
  }

  #sendNew(now: number): void {
    const before = this.#window.sentBlock;
    this.#window.sendNew(this.#send);
    if (this.#timedBlock !== undefined || this.#window.sentBlock === before) return;
    this.#timedBlock = this.#window.sentBlock;
    this.#timedAt = now;
  }

  /** Answering each repeated ACK with a block is the Sorcerer's Apprentice bug (RFC 1123 section 4.2.3.1). */
  #ackRepeated(now: number): void {
    if (this.#gap === 'none' && !this.#window.isAtStart) this.#gap = 'reported';
    this.#resendSpaced(now);
  }

  /** For a client that asks for it; the timer has its own pace. */
  #resendSpaced(now: number): void {
    if (now - this.#sentAt >= this.#task.limits.repeatSpacingMs) this.#resend(now);
  }

  /** One block, as long as the client may be gone; all once, when it said what it lacks. */
  #resend(now: number): void {
    this.#trace('tftp resend', { after: this.#window.ackedBlock, gap: this.#gap });
    this.#timedBlock = undefined;
    this.#sentAt = now;
    if (this.#gap === 'reported') {
      this.#gap = 'answered';
      this.#restart(now);
    } else this.#window.sendOldest(this.#send);
  }

  #trace(message: string, fields: Readonly<Record<string, unknown>>): void {
    if (this.#isTraced) this.#task.log.debug({ ...this.#task.client, ...fields }, message);
  }

  #clientStopped(code: number, message: string): void {
    const isProbe =
      this.#window.isGreeting &&
      this.#task.terms.isSizeTold &&
      (code === TFTP_ERRORS.optionsRefused || code === TFTP_ERRORS.undefined);
    if (isProbe) this.#end('probe');
    else this.#end('aborted', `error ${code} of the client: ${printable(message)}`);
  }

  /** An ICMP answer to what was sent: nobody listens at the client's port any more. */
  readonly #fail = (error: Error): void => {
    const code = 'code' in error ? String(error.code) : error.name;
    if (code !== 'ECONNREFUSED') this.#end('aborted', code);
    else if (this.#isMaybeDone) this.#end('unconfirmed', 'the client closed its port');
    else this.#end('aborted', 'the client closed its port');
  };

  /** Sets the moment of the next step, if no ACK comes before. */
  #wait(now: number): void {
    this.#timer.set(Math.min(now + this.#waitMs(), this.#givesUpAt), now);
  }

  #waitMs(): number {
    if (this.#gap === 'reported') return this.#roundTrip.soonMs;
    if (this.#sends < this.#task.limits.sends) return this.#roundTrip.waitMs(this.#sends);
    return Number.POSITIVE_INFINITY;
  }

  #onSilence(now: number): void {
    if (now >= this.#givesUpAt) {
      this.#fallSilent();
      return;
    }
    this.#sends++;
    this.#roundTrip.backOff();
    this.#resend(now);
    this.#wait(now);
  }

  get #givesUpAt(): number {
    return this.#progressAt + this.#task.limits.silenceMs;
  }

  /** The client may have the whole file: then only the last ACK is missing. */
  get #isMaybeDone(): boolean {
    return this.#window.isAllSent && !this.#window.isUnanswered;
  }

  #fallSilent(): void {
    if (this.#isMaybeDone) this.#end('unconfirmed', 'the last block was not acknowledged');
    else this.#end('timed-out');
  }

  #end(outcome: TransferOutcome, reason?: string): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#timer.stop();
    const { socket } = this.#task;
    const end = {
      outcome,
      reason,
      bytes: this.#window.ackedBytes,
      resentBlocks: this.#window.resentBlocks,
      seconds: (performance.now() - this.#startedAt) / 1000,
    };
    socket.off('message', this.#receive);
    // A datagram is handed over in the next tick: a socket that is closed before would drop it.
    process.nextTick(() => socket.close(() => this.#resolve(end)));
  }
}
