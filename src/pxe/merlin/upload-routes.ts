/** The addresses under which a device sends its capture (src/job/upload-messages.ts). */
import type { IncomingMessage } from 'node:http';
import { PIECE_LIMIT_BYTES } from '../../codec/frame-piece.ts';
import { MERLIN_PATH } from '../../job/merlin-protocol.ts';
import { UPLOAD_BEGIN, UPLOAD_DRAFT } from '../../job/upload-messages.ts';
import type { BodySlots } from './body-slots.ts';
import { readMessage, refuseMessage } from './json-exchange.ts';
import { readBytes } from './raw-exchange.ts';
import type { UploadDesk, UploadSender } from './upload-desk.ts';

const ROUTE = new RegExp(
  `^${MERLIN_PATH}/orders/([0-9a-f]{32})/upload/(?:(begin|frames|publish)|(known)\\?from=(\\d{1,10})|(draft)\\?at=(\\d{1,12}))$`,
);
const METHODS = {
  begin: 'POST',
  known: 'GET',
  frames: 'PUT',
  draft: 'PUT',
  publish: 'POST',
} as const;

/** What is asked of an upload. */
export interface UploadRoute {
  readonly id: string;
  readonly step: keyof typeof METHODS;
  /** Row or offset where something begins. */
  readonly at: number;
}

const isStep = (text: string): text is UploadRoute['step'] => Object.hasOwn(METHODS, text);

/** The upload that an address means; undefined for another address. */
export const uploadRouteOf = (path: string): UploadRoute | undefined => {
  const [, id, plain, known, from, draft, at] = ROUTE.exec(path) ?? [];
  const step = plain ?? known ?? draft;
  if (id === undefined || step === undefined || !isStep(step)) return undefined;
  return { id, step, at: Number(from ?? at ?? 0) };
};

/** What the answers stand on. */
export interface UploadParts {
  readonly uploads: UploadDesk;
  readonly slots: BodySlots;
  /** For a message to arrive. */
  readonly messageMs: number;
}

const withBody = async <Result>(
  request: IncomingMessage,
  { slots }: UploadParts,
  id: string,
  work: (bytes: Buffer) => Promise<Result>,
): Promise<Result> => {
  const release = await slots.take(id);
  if (release === undefined) throw refuseMessage(429, 'too much of this order is on its way');
  try {
    return await work(await readBytes(request, PIECE_LIMIT_BYTES));
  } finally {
    release();
  }
};

/** The answer: a message, or bytes. @throws Refusal */
export const answerUpload = async (
  request: IncomingMessage,
  parts: UploadParts,
  { id, step, at }: UploadRoute,
  sender: UploadSender,
): Promise<object | Uint8Array> => {
  const { uploads, messageMs } = parts;
  const method = METHODS[step];
  if (request.method !== method) throw refuseMessage(405, `this comes by ${method}`);
  switch (step) {
    case 'begin': {
      const { sizeBytes } = await readMessage(request, UPLOAD_BEGIN, messageMs);
      return await uploads.begin(sender, sizeBytes);
    }
    case 'known':
      return await uploads.known(sender, at);
    case 'frames':
      await withBody(request, parts, id, (bytes) => uploads.putFrames(sender, bytes));
      return {};
    case 'draft': {
      const put = (bytes: Buffer) => uploads.putDraft(sender, at, bytes);
      return { bytes: await withBody(request, parts, id, put) };
    }
    case 'publish':
      return await uploads.publish(sender, await readMessage(request, UPLOAD_DRAFT, messageMs));
  }
};
