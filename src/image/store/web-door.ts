/** What lets requests into a server that wants more than an address: signatures, and its own words for a refusal. */
import type { IncomingHttpHeaders } from 'node:http';
import type { NacreError } from '../../errors.ts';

/** A request as it will be sent. */
export interface DoorRequest {
  readonly method: string;
  /** With its query. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** SHA-256 of the body, hex; of an empty one by default. */
  readonly bodyDigest?: string | undefined;
}

/** An answer that is no content. */
export interface DoorRefusal {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Of what was asked for, for messages. */
  readonly address: string;
  /** At most `REFUSAL_BYTES`; hostile. */
  readonly body: string;
}

/** Most bytes of a refusal that are looked at. */
export const REFUSAL_BYTES = 16_384;

export interface WebDoor {
  /** Headers that let this request in, at this moment. */
  readonly admit: (request: DoorRequest) => Readonly<Record<string, string>>;
  /** The error for an answer with another status than was hoped for; `undefined` where its status says all. */
  readonly refusalOf: (refusal: DoorRefusal) => NacreError | undefined;
}
