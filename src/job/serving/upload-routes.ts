/** The addresses under which a capture is sent (src/job/upload-messages.ts), behind whatever comes before `upload/`. */
import type { IncomingMessage } from 'node:http';
import { PIECE_LIMIT_BYTES } from '../../codec/frame-piece.ts';
import { DIGEST_BYTES } from '../../codec/image-limits.ts';
import type {
  UploadBegin,
  UploadDraft,
  UploadedVersion,
} from '../../image/upload/upload-target.ts';
import { HAVE_LIMIT_BYTES, UPLOAD_BEGIN, UPLOAD_DRAFT } from '../upload-messages.ts';
import type { BodySlots } from './body-slots.ts';
import { readMessage, refuseMessage } from './json-exchange.ts';
import { readBytes } from './raw-exchange.ts';

const STEP =
  /^upload\/(?:(begin|have|frames|publish)|(known)\?from=(\d{1,10})|(draft)\?at=(\d{1,12}))$/;
const METHODS = {
  begin: 'POST',
  known: 'GET',
  have: 'POST',
  frames: 'PUT',
  draft: 'PUT',
  publish: 'POST',
} as const;

/** What is asked of an upload. */
export interface UploadStep {
  readonly step: keyof typeof METHODS;
  /** Row or offset where something begins. */
  readonly at: number;
}

const isStep = (text: string): text is UploadStep['step'] => Object.hasOwn(METHODS, text);

/** The step that the end of an address means, from `upload/` on; undefined for another one. */
export const uploadStepOf = (path: string): UploadStep | undefined => {
  const [, plain, known, from, draft, at] = STEP.exec(path) ?? [];
  const step = plain ?? known ?? draft;
  if (step === undefined || !isStep(step)) return undefined;
  return { step, at: Number(from ?? at ?? 0) };
};

/** Who takes an upload. */
export interface UploadTaker {
  readonly begin: (sizeBytes: number) => Promise<UploadBegin>;
  readonly known: (from: number) => Promise<Uint8Array>;
  /** Whether all of these chunks have arrived. */
  readonly hasAll: (digests: Uint8Array) => Promise<boolean>;
  readonly putFrames: (bytes: Uint8Array) => Promise<void>;
  /** @returns bytes that are there */
  readonly putDraft: (at: number, bytes: Uint8Array) => Promise<number>;
  readonly publish: (draft: UploadDraft) => Promise<UploadedVersion>;
}

/** What the answers stand on. */
export interface UploadParts {
  readonly slots: BodySlots;
  /** For a message to arrive. */
  readonly messageMs: number;
  /** Told of each body that arrived whole. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

const withBody = async <Result>(
  request: IncomingMessage,
  { slots, onBytes }: UploadParts,
  id: string,
  work: (bytes: Buffer) => Promise<Result>,
): Promise<Result> => {
  const release = await slots.take(id);
  if (release === undefined) throw refuseMessage(429, 'too much of this upload is on its way');
  try {
    const bytes = await readBytes(request, PIECE_LIMIT_BYTES);
    onBytes?.(bytes.length);
    return await work(bytes);
  } finally {
    release();
  }
};

/** @throws Refusal */
const readDigests = async (request: IncomingMessage): Promise<Buffer> => {
  const bytes = await readBytes(request, HAVE_LIMIT_BYTES);
  if (bytes.length > 0 && bytes.length % DIGEST_BYTES === 0) return bytes;
  throw refuseMessage(400, `${bytes.length} bytes are no list of digests`);
};

/**
 * The answer: a message, or bytes.
 *
 * @param id of the upload, whose bodies are counted
 * @throws Refusal, and what the taker throws
 */
export const answerUpload = async (
  request: IncomingMessage,
  parts: UploadParts,
  { id, step, at }: UploadStep & { readonly id: string },
  taker: UploadTaker,
): Promise<object | Uint8Array> => {
  const { messageMs } = parts;
  const method = METHODS[step];
  if (request.method !== method) throw refuseMessage(405, `this comes by ${method}`);
  switch (step) {
    case 'begin': {
      const { sizeBytes } = await readMessage(request, UPLOAD_BEGIN, messageMs);
      return await taker.begin(sizeBytes);
    }
    case 'known':
      return await taker.known(at);
    case 'have':
      return { hasAll: await taker.hasAll(await readDigests(request)) };
    case 'frames':
      await withBody(request, parts, id, (bytes) => taker.putFrames(bytes));
      return {};
    case 'draft': {
      const put = (bytes: Buffer) => taker.putDraft(at, bytes);
      return { bytes: await withBody(request, parts, id, put) };
    }
    case 'publish':
      return await taker.publish(await readMessage(request, UPLOAD_DRAFT, messageMs));
  }
};
