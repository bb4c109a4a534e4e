/** TFTP, read only: serves boot files to clients that start from the network (RFC 1350, 2347 to 2349, 7440). */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import type { Logger } from 'pino';
import { equalBytes } from '../../codec/bytes.ts';
import { DEFAULT_BLOCK_BYTES, LARGEST_BLOCK_BYTES } from '../../codec/tftp-options.ts';
import { NacreError } from '../../errors.ts';
import { portError } from '../../job/serving/port-error.ts';
import type { FindBootFile } from '../network-client.ts';
import { refusal, type TransferEnd, TransferLog, type TransferReport } from './tftp-report.ts';
import {
  decideRequest,
  type RefusalReason,
  refusalDatagram,
  type TftpDecision,
} from './tftp-request.ts';
import { TftpTransfer, type TransferLimits } from './tftp-transfer.ts';
import { TransferSlots } from './transfer-slots.ts';
import {
  type Endpoint,
  openTransferSocket,
  type PortRange,
  socketTypeOf,
} from './transfer-socket.ts';

export interface TftpLimits extends TransferLimits {
  /** Transfers at once; more are answered with ERROR 0, "busy". */
  readonly transfers: number;
  readonly transfersPerAddress: number;
}

const DEFAULT_LIMITS: TftpLimits = {
  transfers: 512,
  transfersPerAddress: 8,
  firstWaitMs: 400,
  shortestWaitMs: 25,
  longestWaitMs: 4000,
  sends: 5,
  silenceMs: 15_000,
  repeatSpacingMs: 500,
  newStartMs: 1000,
};

export interface TftpServerOptions {
  /** Of the network card that clients reach: from the address of all cards an answer may leave with another one. */
  readonly address: string;
  /** 69 for clients that start from the network; 0 for any free port. */
  readonly port: number;
  readonly files: FindBootFile;
  readonly log: Logger;
  /** Closes the server. */
  readonly signal?: AbortSignal | undefined;
  readonly limits?: Partial<TftpLimits> | undefined;
  /** Largest packet on the way to the clients, in bytes; 1500 by default. Blocks are made to fit. */
  readonly mtu?: number | undefined;
  /** Ports that transfers use, for a firewall; any by default. */
  readonly transferPorts?: PortRange | undefined;
  /** Called at the end of each request, refused ones included; not for datagrams that are no request. */
  readonly onTransfer?: ((report: TransferReport) => void) | undefined;
}

export interface TftpServer extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  /** Stops listening and all transfers, whose clients are told; resolves when every socket is closed. */
  close(): Promise<void>;
}

/** Room for the requests of some hundred machines that were switched on together; Linux may grant less. */
const RECEIVE_BUFFER_BYTES = 4 * 2 ** 20;
const DEFAULT_MTU = 1500;
/** IP, UDP and TFTP before the content of a block. */
const HEAD_BYTES = { udp4: 20 + 8 + 4, udp6: 40 + 8 + 4 } as const;

/** Largest block that is agreed to; 512 bytes are sent anyway when no size was asked for. */
const blockLimitOf = (address: string, mtu: number): number =>
  Math.min(
    Math.max(mtu - HEAD_BYTES[socketTypeOf(address)], DEFAULT_BLOCK_BYTES),
    LARGEST_BLOCK_BYTES,
  );

/** A request for a file that there is. */
interface Request {
  readonly client: Endpoint;
  readonly datagram: Uint8Array;
  readonly decision: Extract<TftpDecision, { kind: 'serve' }>;
}

/** A client's port that a transfer was opened for. */
interface Running {
  readonly datagram: Uint8Array;
  /** `undefined` while its socket is being opened. */
  transfer: TftpTransfer | undefined;
  /** The request came again, and what that means is about to be decided. */
  isRepeated: boolean;
}

const keyOf = ({ address, port }: Endpoint): string => `${address} ${port}`;

class RunningServer implements TftpServer {
  readonly address: string;
  readonly port: number;
  readonly #socket: Socket;
  readonly #options: TftpServerOptions;
  readonly #limits: TftpLimits;
  readonly #blockLimitBytes: number;
  readonly #log: TransferLog;
  readonly #slots: TransferSlots;
  readonly #running = new Map<string, Running>();
  readonly #tasks = new Set<Promise<void>>();
  #closed: Promise<void> | undefined;

  constructor(socket: Socket, options: TftpServerOptions) {
    const { address, port } = socket.address();
    this.address = address;
    this.port = port;
    this.#socket = socket;
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#blockLimitBytes = blockLimitOf(address, options.mtu ?? DEFAULT_MTU);
    this.#log = new TransferLog(options.log);
    this.#slots = new TransferSlots(this.#limits.transfers, this.#limits.transfersPerAddress);
    socket.on('message', this.#receive);
    socket.on('error', (err) => options.log.warn({ err }, 'tftp socket failed'));
    options.signal?.addEventListener('abort', this.#abort);
  }

  close(): Promise<void> {
    this.#closed ??= this.#shutDown();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  readonly #abort = (): void => void this.close();

  async #shutDown(): Promise<void> {
    this.#options.signal?.removeEventListener('abort', this.#abort);
    const closed = once(this.#socket, 'close');
    this.#socket.close();
    for (const { transfer } of this.#running.values()) transfer?.stop();
    await closed;
    await Promise.all(this.#tasks);
  }

  /** Work that `close` waits for. It fails only when there is a bug, and then loudly. */
  #own(task: Promise<void>): void {
    this.#tasks.add(task);
    void task.finally(() => this.#tasks.delete(task));
  }

  readonly #receive = (datagram: Uint8Array, from: RemoteInfo): void => {
    // A forged sender; nothing can be sent to this port.
    if (from.port === 0) return;
    const client = { address: from.address, port: from.port };
    const decision = decideRequest(datagram, {
      address: client.address,
      files: this.#options.files,
      blockLimitBytes: this.#blockLimitBytes,
    });
    if (decision.kind === 'serve') this.#take({ client, datagram, decision });
    else if (decision.kind === 'refuse') this.#refuse(client, decision.file, decision.reason);
    else this.#options.log.debug({ ...client, reason: decision.reason }, 'tftp datagram dropped');
  };

  #take(request: Request): void {
    const { client, datagram, decision } = request;
    const running = this.#running.get(keyOf(client));
    if (running !== undefined) this.#own(this.#repeat(running, request));
    else if (!this.#slots.take(client.address)) this.#refuse(client, decision.file, 'busy');
    else {
      const started: Running = { datagram, transfer: undefined, isRepeated: false };
      this.#running.set(keyOf(client), started);
      this.#own(this.#serve(started, request));
    }
  }

  async #serve(running: Running, request: Request): Promise<void> {
    const { client, decision } = request;
    const end = await this.#transfer(running, request);
    this.#forget(running, client);
    this.#slots.release(client.address);
    this.#report(client, decision.file, end);
  }

  async #transfer(running: Running, { client, decision }: Request): Promise<TransferEnd> {
    const socket = await this.#openSocket(client);
    if (socket === undefined) {
      this.#tell(client, 'busy');
      return refusal('busy');
    }
    if (this.#closed !== undefined) {
      socket.close();
      return refusal('stopped');
    }
    const { window, terms } = decision;
    const { log } = this.#options;
    log.debug({ ...client, file: decision.file, options: terms.accepted }, 'tftp transfer started');
    const task = { socket, client, window, terms, limits: this.#limits, log };
    running.transfer = new TftpTransfer(task);
    return running.transfer.run();
  }

  /** `undefined` when the machine has no port or socket left. */
  async #openSocket(client: Endpoint): Promise<Socket | undefined> {
    try {
      return await openTransferSocket(this.address, this.#options.transferPorts, client);
    } catch (err) {
      if (!(err instanceof Error && 'syscall' in err)) throw err;
      this.#options.log.warn({ ...client, err }, 'tftp transfer without a socket');
      return undefined;
    }
  }

  /** A client whose port has a transfer asks again: the answer was lost, or it goes on to something else. */
  async #repeat(running: Running, request: Request): Promise<void> {
    if (running.isRepeated) return;
    running.isRepeated = true;
    // The ACK that ends the transfer may have come before the request, in the transfer's own socket: look there first.
    await setImmediate();
    await setImmediate();
    running.isRepeated = false;
    if (this.#closed !== undefined) return;
    const isCurrent = this.#running.get(keyOf(request.client)) === running;
    const { transfer } = running;
    if (isCurrent && transfer === undefined) return;
    const isSame = equalBytes(running.datagram, request.datagram);
    if (isCurrent && isSame && transfer?.isAbandoned === false) return transfer.repeat();
    transfer?.supersede();
    this.#forget(running, request.client);
    this.#take(request);
  }

  #forget(running: Running, client: Endpoint): void {
    if (this.#running.get(keyOf(client)) === running) this.#running.delete(keyOf(client));
  }

  #refuse(client: Endpoint, file: string, reason: RefusalReason): void {
    this.#tell(client, reason);
    this.#report(client, file, refusal(reason));
  }

  #tell(client: Endpoint, reason: RefusalReason): void {
    if (this.#closed !== undefined) return;
    this.#socket.send(refusalDatagram(reason), client.port, client.address);
  }

  #report({ address }: Endpoint, file: string, end: TransferEnd): void {
    const report = { address, file, ...end };
    this.#log.write(report, performance.now());
    this.#options.onTransfer?.(report);
  }
}

/**
 * Starts the server; it answers when the promise resolves.
 *
 * @throws NacreError CANCELLED, PXE_PORT_TAKEN, PXE_PORT_DENIED; other errors of the operating system as they are. Nothing is
 *   left open then.
 */
export const startTftpServer = async (options: TftpServerOptions): Promise<TftpServer> => {
  const { address, port, signal } = options;
  const socket = createSocket({
    type: socketTypeOf(address),
    recvBufferSize: RECEIVE_BUFFER_BYTES,
  });
  try {
    socket.bind({ address, port, exclusive: true });
    await once(socket, 'listening');
    if (signal?.aborted === true) throw new NacreError('CANCELLED', { phase: 'a TFTP server' });
    return new RunningServer(socket, options);
  } catch (cause) {
    socket.close();
    throw await portError(cause, 'udp', port);
  }
};
