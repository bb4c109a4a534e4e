/**
 * The smallest object store, in this process, for answers that a real one cannot be made to give; test/long/s3-store.test.ts has a real one.
 * It believes every signature.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { S3Settings } from '../../src/image/s3/s3-address.ts';
import type { Owner } from './temporary-folder.ts';
import { rangeHeaders, rangeOf } from './web-server.ts';

export interface S3Request {
  readonly method: string;
  /** Key of the object; empty for the bucket. */
  readonly key: string;
  readonly request: IncomingMessage;
  readonly body: Buffer;
}

/** Answers a request itself and gives true, or leaves it to the server. */
export type S3Fault = (asked: S3Request, response: ServerResponse) => boolean;

export interface S3Server {
  readonly settings: S3Settings;
  /** By key. */
  readonly objects: Map<string, { readonly bytes: Buffer; readonly at: Date }>;
  readonly requests: S3Request[];
  fault: S3Fault | undefined;
  /** Rows of a page of a list. */
  pageRows: number;
}

const etagOf = (bytes: Buffer): string =>
  `"${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}"`;

/** An answer as S3 refuses. */
export const refuse = (
  response: ServerResponse,
  status: number,
  code: string,
  more: { readonly text?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): true => {
  const text = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>said so</Message>${more.text ?? ''}</Error>`;
  response.writeHead(status, { ...more.headers, 'Content-Length': text.length }).end(text);
  return true;
};

const isMet = ({ headers }: IncomingMessage, found: Buffer | undefined): boolean => {
  if (headers['if-none-match'] === '*') return found === undefined;
  const wanted = headers['if-match'];
  return wanted === undefined || (found !== undefined && wanted === etagOf(found));
};

const sendObject = (
  { method, request }: S3Request,
  response: ServerResponse,
  bytes: Buffer,
): void => {
  const range = rangeOf(request.headers.range);
  const part = range && { start: range.start, end: Math.min(range.end, bytes.length) };
  const headers = part
    ? { ...rangeHeaders(part, bytes.length), ETag: etagOf(bytes) }
    : { 'Content-Length': String(bytes.length), ETag: etagOf(bytes) };
  response.writeHead(part ? 206 : 200, headers);
  response.end(method === 'HEAD' ? undefined : bytes.subarray(part?.start, part?.end));
};

const listingOf = (server: S3Server, { request }: S3Request): string => {
  const query = new URL(request.url ?? '', 'http://x').searchParams;
  const keys = [...server.objects.keys()].filter((key) =>
    key.startsWith(query.get('prefix') ?? ''),
  );
  const from = Number(query.get('continuation-token') ?? 0);
  const page = keys.sort().slice(from, from + server.pageRows);
  const rows = page.map((key) => {
    const at = server.objects.get(key)?.at.toISOString();
    return `<Contents><Key>${key}</Key><LastModified>${at}</LastModified></Contents>`;
  });
  const isCut = from + page.length < keys.length;
  const next = isCut ? `<NextContinuationToken>${from + page.length}</NextContinuationToken>` : '';
  return `<ListBucketResult><IsTruncated>${isCut}</IsTruncated>${rows.join('')}${next}</ListBucketResult>`;
};

const answer = (server: S3Server, asked: S3Request, response: ServerResponse): void => {
  const { method, key, request, body } = asked;
  const found = server.objects.get(key);
  if (method === 'PUT' && !isMet(request, found?.bytes))
    refuse(response, 412, 'PreconditionFailed');
  else if (method === 'PUT') {
    server.objects.set(key, { bytes: body, at: new Date() });
    response.writeHead(200, { 'Content-Length': 0, ETag: etagOf(body) }).end();
  } else if (method === 'DELETE') {
    server.objects.delete(key);
    response.writeHead(204).end();
  } else if (key === '') {
    const text = listingOf(server, asked);
    response.writeHead(200, { 'Content-Length': text.length }).end(text);
  } else if (found === undefined) refuse(response, 404, 'NoSuchKey');
  else sendObject(asked, response, found.bytes);
};

/** Serves the bucket `test` at an address of its own until the test ends. */
export const serveBucket = async (t: Owner): Promise<S3Server> => {
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const pieces: Buffer[] = [];
    for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
    const { method = '', url = '' } = request;
    const key = new URL(url, 'http://x').pathname.replace(/^\/test\//, '');
    const asked = { method, key, request, body: Buffer.concat(pieces) };
    bucket.requests.push(asked);
    if (bucket.fault?.(asked, response) !== true) answer(bucket, asked, response);
  };
  const server = createServer((request, response) => {
    // Whoever goes away in the middle is no failure of the test.
    handle(request, response).catch(() => response.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new TypeError('no address');
  const bucket: S3Server = {
    settings: {
      endpoint: `http://127.0.0.1:${address.port}`,
      keys: () => ({ id: 'key', secret: 'hush-hush' }),
    },
    objects: new Map(),
    requests: [],
    fault: undefined,
    pageRows: 1000,
  };
  return bucket;
};
