/** The server's side of Merlin's protocol: HTTPS with a key of its own, its routes, and limits for whoever asks. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type * as z from 'zod';
import { PIECE_LIMIT_BYTES } from '../../codec/frame-piece.ts';
import { NacreError } from '../../errors.ts';
import { BEGIN, END, HELLO, MENU_HELLO, MERLIN_PATH, PROGRESS } from '../../job/merlin-protocol.ts';
import { Allowance } from '../../job/serving/allowance.ts';
import { BodySlots } from '../../job/serving/body-slots.ts';
import {
  Refusal,
  readMessage,
  refuseMessage,
  sendMessage,
  sendProblem,
} from '../../job/serving/json-exchange.ts';
import { type ListeningServer, listenWithin } from '../../job/serving/listening-server.ts';
import { dropRest, sendBytes } from '../../job/serving/raw-exchange.ts';
import { RecentMap } from '../../job/serving/recent-map.ts';
import type { ServiceLog } from '../../job/serving/service-log.ts';
import { answerUpload, type UploadParts } from '../../job/serving/upload-routes.ts';
import type { BootServer } from '../files/boot-server.ts';
import type { MenuDesk } from './menu-desk.ts';
import type { MerlinDesk, Speaker } from './merlin-desk.ts';
import type { MerlinKey } from './merlin-key.ts';
import type { UploadDesk, UploadSender } from './upload-desk.ts';
import { takerFor, uploadRouteOf } from './upload-routes.ts';

export interface MerlinLimits {
  readonly connections: number;
  readonly connectionsPerAddress: number;
  readonly idleMs: number;
  /** For a message to arrive, once it began. */
  readonly requestMs: number;
  /** For a piece of a capture to arrive: 4 MiB at 280 kbit/s. */
  readonly pieceMs: number;
  /** Pieces in memory: of one order, and of all. */
  readonly piecesPerOrder: number;
  readonly pieces: number;
  /** Messages of one address in a second; Merlin sends one. */
  readonly messagesPerSecond: number;
}

export const MERLIN_LIMITS: MerlinLimits = {
  connections: 512,
  connectionsPerAddress: 16,
  idleMs: 30_000,
  requestMs: 10_000,
  pieceMs: 120_000,
  piecesPerOrder: 3,
  pieces: 32,
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
  readonly uploads: UploadDesk;
  /** For administrators at the menu of a device. */
  readonly menuDesk: MenuDesk;
  /** We, as the device reached us at one of our addresses. */
  readonly serverAt: (localAddress: string) => BootServer;
  readonly log: ServiceLog;
  readonly limits?: Partial<MerlinLimits> | undefined;
}

const plainAddress = (address: string | undefined): string =>
  (address ?? '').replace(/^::ffff:/, '');

const ticketOf = ({ headers }: IncomingMessage): string | undefined =>
  TICKET.exec(headers.authorization ?? '')?.[1];

const EMPTY = {};

/** What the answers of one server stand on. */
interface Office extends UploadParts {
  readonly uploads: UploadDesk;
  readonly desk: MerlinDesk;
  readonly menuDesk: MenuDesk;
}

/** The sender of a request, before a byte of its body is read. @throws Refusal */
const admitted = (request: IncomingMessage, desk: MerlinDesk, id: string): UploadSender => {
  const ticket = ticketOf(request);
  if (ticket === undefined)
    throw new Refusal(403, new NacreError('PXE_TICKET_REFUSED', { order: id }));
  return { id, ticket, device: desk.admit(id, ticket) };
};

const answerOrder = async (
  request: IncomingMessage,
  { desk, messageMs }: Office,
  speaker: Speaker,
  [id, step]: readonly [id: string, step: string],
): Promise<object> => {
  const { ticket } = admitted(request, desk, id);
  const read = <Message>(schema: z.ZodType<Message>): Promise<Message> =>
    readMessage(request, schema, messageMs);
  if (step === 'begin') await desk.begin(id, ticket, await read(BEGIN), speaker);
  else if (step === 'progress') await desk.progress(id, ticket, await read(PROGRESS), speaker);
  else await desk.end(id, ticket, await read(END), speaker);
  return EMPTY;
};

const START_ROUTE = `${MERLIN_PATH}/start`;
const MENU_ROUTE = `${MERLIN_PATH}/menu`;

const answer = async (
  request: IncomingMessage,
  office: Office,
  speaker: Speaker,
): Promise<object | Uint8Array> => {
  const path = request.url ?? '';
  const upload = uploadRouteOf(path);
  if (upload !== undefined) {
    const sender = admitted(request, office.desk, upload.id);
    return await answerUpload(request, office, upload, takerFor(office.uploads, sender));
  }
  const [, id, step] = ORDER_ROUTE.exec(path) ?? [];
  const isOrder = id !== undefined && step !== undefined;
  if (!isOrder && path !== START_ROUTE && path !== MENU_ROUTE)
    throw refuseMessage(404, 'there is nothing under this address');
  if (request.method !== 'POST') throw refuseMessage(405, 'messages come by POST');
  if (isOrder) return answerOrder(request, office, speaker, [id, step]);
  if (path === MENU_ROUTE)
    return office.menuDesk.enter(await readMessage(request, MENU_HELLO, office.messageMs), speaker);
  return office.desk.start(await readMessage(request, HELLO, office.messageMs), speaker);
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

/** Parts of a capture; its begin and end are messages as others. */
const PARTS: ReadonlySet<string> = new Set(['known', 'have', 'frames', 'draft']);

/** True for a part of a capture whose ticket is right: a device sends as many of them as the link carries. */
const isUpload = (request: IncomingMessage, desk: MerlinDesk): boolean => {
  const route = uploadRouteOf(request.url ?? '');
  const ticket = ticketOf(request);
  if (route === undefined || ticket === undefined || !PARTS.has(route.step)) return false;
  return desk.isAdmitted(route.id, ticket);
};

const isBulky = ({ url = '' }: IncomingMessage): boolean => uploadRouteOf(url) !== undefined;

const isTooMany = (reason: unknown): boolean => reason instanceof Refusal && reason.status === 429;

const makeListener = (
  { desk, uploads, menuDesk, serverAt, log }: MerlinServerOptions,
  limits: MerlinLimits,
) => {
  const mayAsk = makeRate(limits.messagesPerSecond);
  const slots = new BodySlots({ perOrder: limits.piecesPerOrder, all: limits.pieces });
  const office: Office = { desk, uploads, menuDesk, slots, messageMs: limits.requestMs };
  const lines = new Allowance(REFUSALS_PER_SECOND, performance.now());
  const refuse = (response: ServerResponse, address: string, reason: unknown): void => {
    // A request that broke off in the middle has nobody left to answer.
    if (response.socket === null || response.socket.destroyed) return;
    const refusal = refusalOf(reason, log);
    const { status, error } = refusal;
    if (lines.take(performance.now()))
      log.warn({ address, status, code: error.code, reason: error.message }, 'merlin refused');
    sendProblem(response, refusal);
  };
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const address = plainAddress(request.socket.remoteAddress);
    const isPart = isUpload(request, desk);
    try {
      if (!isPart && !mayAsk(address))
        throw refuseMessage(429, 'this address sends too many messages');
      const server = serverAt(plainAddress(request.socket.localAddress));
      const reply = await answer(request, office, { address, server });
      if (reply instanceof Uint8Array) sendBytes(response, reply);
      else sendMessage(response, reply);
    } catch (reason) {
      // Who sends bytes reads the refusal only when he got rid of them.
      if (isBulky(request) && !isTooMany(reason)) await dropRest(request, PIECE_LIMIT_BYTES);
      refuse(response, address, reason);
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
      requestTimeout: limits.pieceMs,
      keepAliveTimeout: limits.idleMs,
      connectionsCheckingInterval: Math.ceil(limits.requestMs / 4),
    },
    (request, response) => void listener(request, response),
  );
  const listening = await listenWithin(server, { address, port, limits, log });
  log.info({ address: listening.address, port: listening.port }, 'merlin service started');
  return listening;
};
