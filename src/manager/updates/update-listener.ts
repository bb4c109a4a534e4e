/**
 * What terminals send, past the application: bulk bytes, each request by itself.
 *
 * ```
 * GET  /update/v1/ID/base                 -> manifest of the version that is changed
 * ...  /update/v1/ID/upload/...           src/job/upload-messages.ts
 * ```
 *
 * All carry the token of the update in `Authorization: Bearer TOKEN`.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { PIECE_LIMIT_BYTES } from '../../codec/frame-piece.ts';
import { NacreError } from '../../errors.ts';
import { Allowance } from '../../job/serving/allowance.ts';
import { BodySlots } from '../../job/serving/body-slots.ts';
import {
  Refusal,
  refuseMessage,
  sendMessage,
  sendProblem,
} from '../../job/serving/json-exchange.ts';
import { uploadRefusal } from '../../job/serving/open-uploads.ts';
import { dropRest, sendBytes } from '../../job/serving/raw-exchange.ts';
import type { ServiceLog } from '../../job/serving/service-log.ts';
import { answerUpload, type UploadParts, uploadStepOf } from '../../job/serving/upload-routes.ts';
import { UPDATE_PATH } from '../../job/upload-messages.ts';
import type { UpdateDesk, UpdateSender } from './update-desk.ts';

/** Where terminals send. */
export const UPDATE_PREFIX = `${UPDATE_PATH}/`;

const ROUTE = new RegExp(`^${UPDATE_PREFIX}([0-9a-f]{32})/(.{1,64})$`);
const TOKEN = /^Bearer ([\w-]{43})$/;
const MESSAGE_MS = 10_000;
/** Pieces in memory: of one update, and of all. */
const PIECES = { perOrder: 3, all: 32 };
const REFUSALS_PER_SECOND = 20;
/** A label of metrics: ids are not told apart. */
const ROUTE_LABEL = `${UPDATE_PREFIX}:id`;

export interface UpdateListenerOptions {
  readonly desk: UpdateDesk;
  readonly log: ServiceLog;
  /** Told of each piece that arrived whole. */
  readonly onBytes: (bytes: number) => void;
  readonly onRequest: (
    labels: { readonly method: string; readonly route: string; readonly status: number },
    seconds: number,
  ) => void;
}

/** The sender of a request. @throws Refusal */
const senderOf = (request: IncomingMessage, id: string): UpdateSender => {
  const token = TOKEN.exec(request.headers.authorization ?? '')?.[1];
  const address = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  if (token !== undefined) return { id, token, address };
  throw new Refusal(403, new NacreError('UPDATE_TOKEN_REFUSED', { update: id }));
};

const answer = async (
  request: IncomingMessage,
  desk: UpdateDesk,
  parts: UploadParts,
): Promise<object | Uint8Array> => {
  const [, id, rest = ''] = ROUTE.exec(request.url ?? '') ?? [];
  const step = uploadStepOf(rest);
  if (id === undefined || (step === undefined && rest !== 'base'))
    throw refuseMessage(404, 'there is nothing under this address');
  const sender = senderOf(request, id);
  if (step === undefined) {
    if (request.method !== 'GET') throw refuseMessage(405, 'this comes by GET');
    return await desk.baseManifest(sender);
  }
  // Before a byte of the body is taken.
  await desk.check(sender);
  return await answerUpload(request, parts, { id, ...step }, desk.takerFor(sender));
};

/** A failure in the words of a refusal. */
const refusalOf = (reason: unknown, log: ServiceLog): Refusal => {
  const known = uploadRefusal(reason);
  if (known instanceof Refusal) return known;
  log.error({ err: reason }, 'update request failed');
  return refuseMessage(500, 'the manager failed; its log says why');
};

export const makeUpdateListener = ({
  desk,
  log,
  onRequest,
  onBytes,
}: UpdateListenerOptions): RequestListener => {
  const parts: UploadParts = { slots: new BodySlots(PIECES), messageMs: MESSAGE_MS, onBytes };
  const lines = new Allowance(REFUSALS_PER_SECOND, performance.now());
  const refuse = (response: ServerResponse, reason: unknown): void => {
    // A request that broke off in the middle has nobody left to answer.
    if (response.socket === null || response.socket.destroyed) return;
    const refusal = refusalOf(reason, log);
    const { status, error } = refusal;
    if (lines.take(performance.now()))
      log.warn({ status, code: error.code, reason: error.message }, 'update refused');
    sendProblem(response, refusal);
  };
  const listen = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const startedMs = performance.now();
    try {
      const reply = await answer(request, desk, parts);
      if (reply instanceof Uint8Array) sendBytes(response, reply);
      else sendMessage(response, reply);
    } catch (reason) {
      // Who sends bytes reads the refusal only when he got rid of them.
      await dropRest(request, PIECE_LIMIT_BYTES);
      refuse(response, reason);
    }
    const labels = {
      method: request.method ?? '',
      route: ROUTE_LABEL,
      status: response.statusCode,
    };
    onRequest(labels, (performance.now() - startedMs) / 1000);
  };
  return (request, response) => void listen(request, response);
};
