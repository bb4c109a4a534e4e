/** The web console: a few files that the build made, kept in memory, and sent to whoever asks; what they show is asked of the API. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const compress = promisify(gzip);

/** Addresses, the file of each, and its type. */
const FILES = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/console.js', 'console.js', 'text/javascript; charset=utf-8'],
  ['/japanese.js', 'japanese.js', 'text/javascript; charset=utf-8'],
  ['/console.css', 'console.css', 'text/css; charset=utf-8'],
  ['/icon.svg', 'icon.svg', 'image/svg+xml'],
  ['/licences.txt', 'licences.txt', 'text/plain; charset=utf-8'],
] as const;

/** Browsers keep the files and ask each time whether they are still the same: after an upgrade nobody sees the old console. */
const KEPT = 'private, no-cache';

const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Nacre manager</title>
<h1>The console is not built</h1>
<p>This manager runs from its sources, and there is no <code>dist/web</code> beside them. Run <code>scripts/build</code> and start it again.</p>
<p>The API works: <a href="/api/docs">try it</a>.</p>
</html>
`;

/** What of a request decides the answer. */
export interface FileWish {
  readonly ifNoneMatch: string | undefined;
  readonly acceptEncoding: string | undefined;
}

interface FileHeaders {
  readonly headers: Readonly<Record<string, string>>;
}

export type FileAnswer =
  | (FileHeaders & { readonly status: 200 | 503; readonly body: Uint8Array<ArrayBuffer> })
  | (FileHeaders & { readonly status: 304; readonly body: null });

/** A file of the console. */
export interface ConsoleFile {
  readonly path: string;
  readonly answer: (wish: FileWish) => FileAnswer;
}

const takesGzip = (accept: string | undefined): boolean =>
  /(^|,)\s*gzip\s*(;\s*q=(?!0(\.0*)?\s*(,|$))[\d.]+\s*)?(,|$)/i.test(accept ?? '');

/** Whether an `If-None-Match` names it (RFC 9110 section 13.1.2: compared weakly). */
const isKnown = (header: string | undefined, etag: string): boolean =>
  (header ?? '')
    .split(',')
    .map((each) => each.trim().replace(/^W\//, ''))
    .some((each) => each === etag || each === '*');

const makeFile = async (place: string, type: string, bytes: Uint8Array): Promise<ConsoleFile> => {
  const plain = new Uint8Array(bytes);
  const small = new Uint8Array(await compress(bytes));
  const digest = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
  return {
    path: place,
    answer: ({ ifNoneMatch, acceptEncoding }) => {
      const isSmall = takesGzip(acceptEncoding);
      // Two representations are two entities (RFC 9110 section 8.8.3.3).
      const etag = `"${digest}${isSmall ? '-gzip' : ''}"`;
      const headers = { 'cache-control': KEPT, vary: 'accept-encoding', etag };
      if (isKnown(ifNoneMatch, etag)) return { status: 304, headers, body: null };
      return {
        status: 200,
        headers: {
          ...{ ...headers, 'content-type': type },
          ...(isSmall ? { 'content-encoding': 'gzip' } : {}),
        },
        body: isSmall ? small : plain,
      };
    },
  };
};

const notBuilt: ConsoleFile = {
  path: '/',
  answer: () => ({
    status: 503,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    body: new TextEncoder().encode(NOT_BUILT),
  }),
};

/** Reads the console that `scripts/build` made into a folder; where it is not there, a page says so. */
export const readConsole = async (folder: string | undefined): Promise<readonly ConsoleFile[]> => {
  if (folder === undefined) return [notBuilt];
  try {
    return await Promise.all(
      FILES.map(async ([place, name, type]) =>
        makeFile(place, type, await readFile(path.join(folder, name))),
      ),
    );
  } catch (reason) {
    if (reason instanceof Error && 'code' in reason && reason.code === 'ENOENT') return [notBuilt];
    throw reason;
  }
};
