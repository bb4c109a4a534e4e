/** Byte ranges of a file behind a web server (RFC 9110 section 14), each answer checked against what was asked. */
import { NacreError } from '../../errors.ts';
import { readBody } from './web-body.ts';
import type { WebSite } from './web-connection.ts';
import { wrongAnswer } from './web-error.ts';
import { ask, dropAnswer, type WebAnswer } from './web-request.ts';

/** A range on its way into memory. */
export interface RangeRead {
  readonly name: string;
  readonly offset: number;
  readonly target: Uint8Array;
  /** Bytes of the whole file, where they are known. */
  readonly sizeBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Bytes of `target` that are there; what comes next begins behind them. */
  done: number;
  /** Validator of the file that they came from: all bytes must come from the same one. */
  tag?: string | undefined;
}

const CONTENT_RANGE = /^bytes (\d{1,16})-(\d{1,16})\/(\d{1,16}|\*)$/i;

interface ContentRange {
  readonly start: number;
  /** Inclusive, as on the wire. */
  readonly last: number;
  readonly sizeBytes: number | undefined;
}

/** The value of a Content-Range header; `undefined` when it is none. */
export const parseContentRange = (header: string | undefined): ContentRange | undefined => {
  const [, start, last, size] = CONTENT_RANGE.exec(header ?? '') ?? [];
  if (start === undefined || last === undefined || size === undefined) return undefined;
  const sizeBytes = size === '*' ? undefined : Number(size);
  const range = { start: Number(start), last: Number(last), sizeBytes };
  const fits = range.start <= range.last && (sizeBytes === undefined || range.last < sizeBytes);
  return fits ? range : undefined;
};

const changed = (address: string, field: string, before: string, after: string): NacreError =>
  new NacreError('STORE_WEB_CHANGED', { address, field, before, after });

/** What tells one content of a file from another: a strong ETag, else the time of its last change. */
const tagOf = ({ response }: WebAnswer): string | undefined => {
  const { etag, 'last-modified': time } = response.headers;
  return etag === undefined || etag.startsWith('W/') ? time : etag;
};

const checkSize = (read: RangeRead, address: string, found: number): void => {
  const { sizeBytes } = read;
  if (sizeBytes === undefined || found === sizeBytes) return;
  throw changed(address, 'its length', String(sizeBytes), String(found));
};

const tooShort = (answer: WebAnswer, read: RangeRead): NacreError => {
  const { address, response } = answer;
  const size = /^bytes \*\/(\d{1,16})$/i.exec(response.headers['content-range'] ?? '')?.[1];
  if (size !== undefined) checkSize(read, address, Number(size));
  const needed = read.offset + read.target.length;
  return new NacreError('STORE_FILE_LENGTH', { path: address, found: Number(size ?? 0), needed });
};

/** How many bytes of `target` the answer brings. */
const checkAnswer = (answer: WebAnswer, read: RangeRead): number => {
  const { response, status, address } = answer;
  const [start, end] = [read.offset + read.done, read.offset + read.target.length];
  if (status === 416) throw tooShort(answer, read);
  const tag = tagOf(answer);
  if (read.tag !== undefined && tag !== read.tag) {
    throw changed(address, 'its tag', read.tag, tag ?? 'none');
  }
  if (status !== 206) throw new NacreError('STORE_WEB_NO_RANGES', { address, status });
  const header = response.headers['content-range'];
  const range = parseContentRange(header);
  if (range?.start !== start || range.last >= end) {
    throw wrongAnswer(address, 'Content-Range', header, `bytes ${start}-${end - 1}`);
  }
  if (range.sizeBytes !== undefined) checkSize(read, address, range.sizeBytes);
  const length = range.last + 1 - start;
  const told = response.headers['content-length'];
  if (told !== undefined && told !== String(length)) {
    throw wrongAnswer(address, 'Content-Length', told, length);
  }
  read.tag = tag;
  return length;
};

/**
 * One request for what is lacking of a range. A server may answer with less; `read.done` says how much is there,
 * also after a failure.
 *
 * @throws NacreError `STORE_WEB_…`, `STORE_FILE_MISSING`, `STORE_FILE_LENGTH`; what `signal` was aborted with
 */
export const fetchRange = async (site: WebSite, read: RangeRead): Promise<void> => {
  const { name, signal, target } = read;
  const first = read.offset + read.done;
  const last = read.offset + target.length - 1;
  const headers = { Range: `bytes=${first}-${last}` };
  const answer = await ask(site, { method: 'GET', name, headers, signal });
  let left: number;
  try {
    left = checkAnswer(answer, read);
  } catch (reason) {
    dropAnswer(answer, site.limits.idleMs);
    throw reason;
  }
  await readBody(answer, {
    idleMs: site.limits.idleMs,
    signal,
    onBytes: (bytes) => {
      if (bytes.length > left) {
        throw wrongAnswer(answer.address, 'the body', `${bytes.length - left} bytes more`, left);
      }
      target.set(bytes, read.done);
      read.done += bytes.length;
      left -= bytes.length;
      return true;
    },
  });
  if (left > 0) throw wrongAnswer(answer.address, 'the body', `${left} bytes less`, left);
};
