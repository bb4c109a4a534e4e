/** Bodies that are bytes and no message: frames and manifests of captures, within limits. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { refuseMessage } from './json-exchange.ts';

/** The bytes of a request, which says before how many there are. @throws Refusal 411, 413, 400 */
export const readBytes = async (request: IncomingMessage, mostBytes: number): Promise<Buffer> => {
  const told = request.headers['content-length'];
  if (told === undefined) throw refuseMessage(411, 'it does not say how long it is');
  const length = Number(told);
  if (length > mostBytes) throw refuseMessage(413, `it has more than ${mostBytes} bytes`);
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  for await (const piece of request.iterator({ destroyOnReturn: false })) {
    if (!Buffer.isBuffer(piece)) throw new TypeError('the body is text');
    filled += piece.copy(bytes, filled);
  }
  if (filled !== length) throw refuseMessage(400, `${filled} of ${length} bytes came`);
  return bytes;
};

/** Lets what was not read of a request arrive, so that its sender can read the refusal. A longer one is cut off. */
export const dropRest = async (request: IncomingMessage, mostBytes: number): Promise<void> => {
  if (request.complete || Number(request.headers['content-length'] ?? 0) > mostBytes) return;
  let left = mostBytes;
  try {
    for await (const piece of request.iterator({ destroyOnReturn: false })) {
      left -= Buffer.isBuffer(piece) ? piece.length : 0;
      if (left < 0) return;
    }
  } catch (reason) {
    // The sender went away.
    if (!(reason instanceof Error && 'code' in reason)) throw reason;
  }
};

/** Answers with bytes. */
export const sendBytes = (response: ServerResponse, bytes: Uint8Array): void => {
  response.writeHead(200, {
    'Content-Type': 'application/octet-stream',
    'Content-Length': bytes.length,
    'Cache-Control': 'no-store',
  });
  response.end(bytes);
};
