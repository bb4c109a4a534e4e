/** The server's side of Merlin's protocol: HTTPS with a key of its own, four routes, and limits for whoever asks. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { NacreError } from '../../errors.ts';
import { BEGIN, END, HELLO, MERLIN_PATH, PROGRESS } from '../../job/merlin-protocol.ts';
import { Allowance } from '../dhcp/rate-limit.ts';
import { RecentMap } from '../dhcp/recent-map.ts';
import type { BootServer } from '../files/boot-server.ts';
import { type ListeningServer, listenWithin } from '../http/http-server.ts';
import type { ServiceLog } from '../service-log.ts';
import { Refusal, readMessage, refuseMessage, sendMessage, sendProblem } from './json-exchange.ts';
import type { MerlinDesk, Speaker } from './merlin-desk.ts';
import type { MerlinKey } from './merlin-key.ts';

export interface MerlinLimits {
  readonly connections: number;
  readonly connectionsPerAddress: number;
  readonly idleMs: number;
  /** For a request to arrive, once it began. */
  readonly requestMs: number;
  /** Messages of one address in a second; Merlin sends one. */
  readonly messagesPerSecond: number;
}

export const MERLIN_LIMITS: MerlinLimits = {
  connections: 512,
  connectionsPerAddress: 16,
  idleMs: 30_000,
  requestMs: 10_000,
  messagesPerSecond: 20,
};

/** Addresses whose messages are counted. */
const REMEMBERED = 4096;
const HEADER_BYTES = 4096;
const REFUSALS_PER_SECOND = 20;
const TICKET = /^Bearer ([0-9a-f]{64})$/;
const ORDER_ROUTE = new RegExp(`^${MERLIN_PATH}/orders/([0-9a-f]{32})/(begin|progress|end)$`);

export interface MerlinServerOptions {
  readonly address: string;
  /** 30806; 0 takes a free one. */
  readonly port: number;
  readonly key: MerlinKey;
  readonly desk: MerlinDesk;
  /** We, as the device reached us at one of our addresses. */
  readonly serverAt: (localAddress: string) => BootServer;
  readonly log: ServiceLog;
  readonly limits?: Partial<MerlinLimits> | undefined;
}

const plainAddress = (address: string | undefined): string =>
  (address ?? '').replace(/^::ffff:/, '');

const ticketOf = ({ headers }: IncomingMessage, order: string): string => {
  const ticket = TICKET.exec(headers.authorization ?? '')?.[1];
  if (ticket !== undefined) return ticket;
  throw new Refusal(403, new NacreError('PXE_TICKET_REFUSED', { order }));
};

const EMPTY = {};

const answerOrder = async (
  request: IncomingMessage,
  desk: MerlinDesk,
  speaker: Speaker,
  [id, step]: readonly [id: string, step: string],
): Promise<object> => {
  const ticket = ticketOf(request, id);
  // Before a byte of the message is read.
  desk.admit(id, ticket);
  if (step === 'begin') await desk.begin(id, ticket, await readMessage(request, BEGIN), speaker);
  else if (step === 'progress')
    await desk.progress(id, ticket, await readMessage(request, PROGRESS), speaker);
  else await desk.end(id, ticket, await readMessage(request, END), speaker);
  return EMPTY;
};

const answer = async (
  request: IncomingMessage,
  desk: MerlinDesk,
  speaker: Speaker,
): Promise<object> => {
  const path = request.url ?? '';
  const [, id, step] = ORDER_ROUTE.exec(path) ?? [];
  const isOrder = id !== undefined && step !== undefined;
  if (!isOrder && path !== `${MERLIN_PATH}/start`)
    throw refuseMessage(404, 'there is nothing under this address');
  if (request.method !== 'POST') throw refuseMessage(405, 'messages come by POST');
  if (isOrder) return answerOrder(request, desk, speaker, [id, step]);
  return desk.start(await readMessage(request, HELLO), speaker);
};

/** Lets each address ask a few times a second. */
const makeRate = (perSecond: number): ((address: string) => boolean) => {
  const allowances = new RecentMap<string, Allowance>(REMEMBERED);
  return (address) => {
    const nowMs = performance.now();
    const own = allowances.get(address) ?? new Allowance(perSecond, nowMs);
    allowances.set(address, own);
    return own.take(nowMs);
  };
};

/** A failure of ours in the words of a refusal; the client went away when there is nobody to tell. */
const refusalOf = (reason: unknown, log: ServiceLog): Refusal => {
  if (reason instanceof Refusal) return reason;
  log.error({ err: reason }, 'merlin message failed');
  return refuseMessage(500, 'the server failed; its log says why');
};

const makeListener = ({ desk, serverAt, log }: MerlinServerOptions, limits: MerlinLimits) => {
  const mayAsk = makeRate(limits.messagesPerSecond);
  const lines = new Allowance(REFUSALS_PER_SECOND, performance.now());
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const address = plainAddress(request.socket.remoteAddress);
    try {
      if (!mayAsk(address)) throw refuseMessage(429, 'this address sends too many messages');
      const server = serverAt(plainAddress(request.socket.localAddress));
      sendMessage(response, await answer(request, desk, { address, server }));
    } catch (reason) {
      // A request that broke off in the middle has nobody left to answer.
      if (response.socket === null || response.socket.destroyed) return;
      const refusal = refusalOf(reason, log);
      const { status, error } = refusal;
      if (lines.take(performance.now()))
        log.warn({ address, status, code: error.code, reason: error.message }, 'merlin refused');
      sendProblem(response, refusal);
    }
  };
};

/** Starts the service. @throws NacreError PXE_PORT_TAKEN, PXE_PORT_DENIED */
export const startMerlinServer = async (options: MerlinServerOptions): Promise<ListeningServer> => {
  const { address, port, key, log } = options;
  const limits = { ...MERLIN_LIMITS, ...options.limits };
  const listener = makeListener(options, limits);
  const server = createServer(
    {
      key: key.key,
      cert: key.certificate,
      handshakeTimeout: limits.requestMs,
      maxHeaderSize: HEADER_BYTES,
      headersTimeout: limits.requestMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.idleMs,
      connectionsCheckingInterval: Math.ceil(limits.requestMs / 4),
    },
    (request, response) => void listener(request, response),
  );
  const listening = await listenWithin(server, { address, port, limits, log });
  log.info({ address: listening.address, port: listening.port }, 'merlin service started');
  return listening;
};
