/** What an answer of the HTTP service consists of, and how it reaches a slow client in bounded memory. */
import type { FileHandle } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import type { ByteRange } from './http-range.ts';

/** At most so much of an answer waits in memory; files are read by it. */
const SLICE_BYTES = 2 ** 20;

/** A file in pieces, in their order. */
export type Pieces = readonly Uint8Array[];

/** Another server that has a content, too. */
export interface ContentElsewhere {
  /** A secret for as long as it works. */
  readonly url: string;
  /** `sha256:HEX` of its keys; empty where a known CA says who it is. */
  readonly pins: readonly string[];
}

/** What is behind a name. */
export interface HttpContent extends AsyncDisposable {
  /** Who reads it, and does not only ask for its length, is sent there. */
  readonly elsewhere?: ContentElsewhere | undefined;
  readonly sizeBytes: number;
  /** For the headers; `application/efi` for what UEFI starts. */
  readonly type: string;
  /** Another text for other bytes; `undefined` where nobody knows. */
  readonly tag: string | undefined;
  /** Sends a range; resolves when the connection took all of it. @throws when it cannot be sent whole */
  readonly send: (response: ServerResponse, range: ByteRange) => Promise<void>;
}

/** The type by the end of a name. */
export const typeOf = (name: string): string => {
  if (name.endsWith('.efi')) return 'application/efi';
  return name.endsWith('.json') ? 'application/json' : 'application/octet-stream';
};

/** Hands bytes on and waits until the connection took them. @throws when it went away */
const write = (response: ServerResponse, bytes: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    const gone = (): void => reject(new Error('the connection was closed'));
    response.once('close', gone);
    response.write(bytes, (error) => {
      response.off('close', gone);
      if (error instanceof Error) reject(error);
      else resolve();
    });
  });

const sendPieces = async (
  pieces: Pieces,
  response: ServerResponse,
  { start, end }: ByteRange,
): Promise<void> => {
  let at = 0;
  for (const piece of pieces) {
    const last = Math.min(end, at + piece.length);
    for (let from = Math.max(start, at); from < last; from += SLICE_BYTES)
      await write(response, piece.subarray(from - at, Math.min(from + SLICE_BYTES, last) - at));
    at += piece.length;
  }
};

/** Content that lies in memory and is not copied. */
export const memoryContent = (
  pieces: Pieces,
  type: string,
  tag: string | undefined,
): HttpContent => ({
  sizeBytes: pieces.reduce((sum, { length }) => sum + length, 0),
  type,
  tag,
  send: (response, range) => sendPieces(pieces, response, range),
  [Symbol.asyncDispose]: async () => {},
});

const sendFile = async (
  handle: FileHandle,
  response: ServerResponse,
  { start, end }: ByteRange,
): Promise<void> => {
  const buffer = Buffer.allocUnsafeSlow(Math.min(SLICE_BYTES, end - start));
  for (let at = start; at < end; ) {
    const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, end - at), at);
    if (bytesRead === 0) throw new Error(`the file ends at ${at}, expected ${end}`);
    // The buffer is written over only when the connection took it.
    await write(response, buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
};

/** Content of an open file, which is closed with it. */
export const fileContent = (
  handle: FileHandle,
  facts: Pick<HttpContent, 'sizeBytes' | 'type' | 'tag'>,
): HttpContent => ({
  ...facts,
  send: (response, range) => sendFile(handle, response, range),
  [Symbol.asyncDispose]: () => handle.close(),
});

/** Content that is read piece by piece from elsewhere. */
export const readContent = (
  read: (offset: number, length: number) => Promise<Uint8Array>,
  facts: Pick<HttpContent, 'sizeBytes' | 'type' | 'tag' | 'elsewhere'>,
): HttpContent => ({
  ...facts,
  send: async (response, { start, end }) => {
    for (let at = start; at < end; at += SLICE_BYTES)
      await write(response, await read(at, Math.min(SLICE_BYTES, end - at)));
  },
  [Symbol.asyncDispose]: async () => {},
});
