/** One message in, one out: JSON bodies within limits, and refusals as problem documents (RFC 9457). */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type * as z from 'zod';
import { NacreError } from '../../errors.ts';
import { MERLIN_LIMIT_BYTES } from '../merlin-protocol.ts';

/** A request that is answered with a status of its own. */
export class Refusal extends Error {
  readonly status: number;
  readonly error: NacreError;

  constructor(status: number, error: NacreError) {
    super(error.message, { cause: error });
    this.status = status;
    this.error = error;
  }
}

/** A message that is not understood or not taken. */
export const refuseMessage = (status: number, reason: string): Refusal =>
  new Refusal(status, new NacreError('PXE_MESSAGE_REFUSED', { reason }));

const tooLarge = (): Refusal => refuseMessage(413, `it has more than ${MERLIN_LIMIT_BYTES} bytes`);

/** What `work` gives, unless it takes too long. */
const within = async <Result>(work: Promise<Result>, mostMs: number): Promise<Result> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const refuse = () => reject(refuseMessage(408, `it took more than ${mostMs} ms`));
    timer = setTimeout(refuse, mostMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};

const readBody = async (request: IncomingMessage): Promise<string> => {
  if (Number(request.headers['content-length'] ?? 0) > MERLIN_LIMIT_BYTES) throw tooLarge();
  const pieces: Buffer[] = [];
  let bytes = 0;
  // The answer to a message that is too long needs the connection.
  for await (const piece of request.iterator({ destroyOnReturn: false })) {
    if (!Buffer.isBuffer(piece)) throw new TypeError('the body is text');
    bytes += piece.length;
    if (bytes > MERLIN_LIMIT_BYTES) throw tooLarge();
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
};

/** The message of a request, which has `mostMs` to arrive. @throws Refusal 413, 408 or 400 */
export const readMessage = async <Message>(
  request: IncomingMessage,
  schema: z.ZodType<Message>,
  mostMs: number,
): Promise<Message> => {
  const text = await within(readBody(request), mostMs);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (reason) {
    if (!(reason instanceof SyntaxError)) throw reason;
    throw refuseMessage(400, 'it is not JSON');
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw refuseMessage(400, `${issue?.path.join('.') || 'message'}: ${issue?.message ?? 'wrong'}`);
};

const send = (response: ServerResponse, status: number, type: string, value: unknown): void => {
  const bytes = Buffer.from(JSON.stringify(value));
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': bytes.length,
    'Cache-Control': 'no-store',
    // The rest of a body that was not read would be taken for the next request.
    ...(status >= 400 ? { Connection: 'close' } : {}),
  });
  response.end(bytes);
};

/** Answers with a message. */
export const sendMessage = (response: ServerResponse, value: object): void =>
  send(response, 200, 'application/json', value);

/** Answers with the problem. */
export const sendProblem = (response: ServerResponse, { status, error }: Refusal): void => {
  const { code, message, hint, facts } = error;
  const problem = { type: 'about:blank', title: message, status, code, detail: hint, facts };
  send(response, status, 'application/problem+json', problem);
};
