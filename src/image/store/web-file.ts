/** Whole files behind a web server: how long they are, and small ones with their content. */
import { isNacreError } from '../../errors.ts';
import { readBody } from './web-body.ts';
import type { WebSite } from './web-connection.ts';
import { wrongAnswer } from './web-error.ts';
import { ask, dropAnswer } from './web-request.ts';

/** Bytes of a file. @throws NacreError `STORE_FILE_MISSING`, `STORE_WEB_…` */
export const fetchSize = async (
  site: WebSite,
  name: string,
  signal: AbortSignal | undefined,
): Promise<number> => {
  const answer = await ask(site, { method: 'HEAD', name, signal });
  dropAnswer(answer, site.limits.idleMs);
  const length = answer.response.headers['content-length'];
  if (length !== undefined && /^\d{1,15}$/.test(length)) return Number(length);
  throw wrongAnswer(answer.address, 'Content-Length', length, 'a number of bytes');
};

/** A file, of a larger one its first `mostBytes`. @throws NacreError `STORE_FILE_MISSING`, `STORE_WEB_…` */
export const fetchSmall = async (
  site: WebSite,
  name: string,
  mostBytes: number,
  signal: AbortSignal | undefined,
): Promise<Buffer> => {
  const answer = await ask(site, { method: 'GET', name, signal });
  const { status, address, response } = answer;
  if (status !== 200) {
    dropAnswer(answer, site.limits.idleMs);
    throw wrongAnswer(address, 'status', status, 200);
  }
  const pieces: Uint8Array[] = [];
  let length = 0;
  await readBody(answer, {
    idleMs: site.limits.idleMs,
    signal,
    onBytes: (bytes) => {
      const part = bytes.subarray(0, mostBytes - length);
      pieces.push(part);
      length += part.length;
      return length < mostBytes;
    },
  });
  const told = response.headers['content-length'];
  if (told === undefined || length === Math.min(Number(told), mostBytes)) {
    return Buffer.concat(pieces, length);
  }
  throw wrongAnswer(address, 'the body', `${length} bytes`, told);
};

/** True for the error of a file that is not there. */
export const isMissing = (reason: unknown): boolean => isNacreError(reason, 'STORE_FILE_MISSING');
