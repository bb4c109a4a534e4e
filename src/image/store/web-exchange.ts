/** One message to a web server that has shown who it is, and its answer within a limit. */
import { type IncomingMessage, request } from 'node:http';
import type { WebSite } from './web-connection.ts';

/** What is sent. */
export interface ExchangeWish {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Absolute, as HTTP has it. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly parts: readonly Uint8Array[];
  /** Without a byte for so long there is no answer. */
  readonly answerMs: number;
  /** Of the answer. */
  readonly limitBytes: number;
  /** The error for an answer that is longer. */
  readonly tooLong: (reason: string) => Error;
  readonly signal?: AbortSignal | undefined;
}

/** Any answer. */
export interface ExchangeReply {
  readonly status: number;
  readonly bytes: Buffer;
}

const readReply = async (
  response: IncomingMessage,
  { limitBytes, tooLong }: ExchangeWish,
): Promise<ExchangeReply> => {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > limitBytes) throw tooLong(`more than ${limitBytes} bytes`);
    parts.push(part);
  }
  return { status: response.statusCode ?? 0, bytes: Buffer.concat(parts) };
};

/** Asks once. @throws what HTTP throws, and `tooLong` */
export const exchange = (site: WebSite, wish: ExchangeWish): Promise<ExchangeReply> => {
  const { method, path, parts, answerMs, signal } = wish;
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return new Promise((resolve, reject) => {
    const sent = request({
      agent: site.agent,
      method,
      host: site.address.url.hostname,
      path,
      timeout: answerMs,
      signal,
      // With its port: servers tell addresses of their own by it.
      headers: { Host: site.address.url.host, 'Content-Length': String(length), ...wish.headers },
    });
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${answerMs} ms`)));
    sent.on('error', reject);
    sent.on('response', (response) => readReply(response, wish).then(resolve, reject));
    for (const part of parts) sent.write(part);
    sent.end();
  });
};
