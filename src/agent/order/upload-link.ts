/** A capture on its way to the server that Merlin was started from. A link that is lost is waited for. */
import type * as z from 'zod';
import { parsePieceHead } from '../../codec/frame-piece.ts';
import type {
  UploadBegin,
  UploadDraft,
  UploadedVersion,
  UploadTarget,
} from '../../image/upload/upload-target.ts';
import { UPLOAD_ANSWER, UPLOAD_HAVE, UPLOAD_LENGTH, UPLOADED } from '../../job/upload-messages.ts';
import {
  jsonOf,
  type LinkReply,
  type LinkRequest,
  type MerlinLink,
  problemOf,
  strangeAnswer,
} from './merlin-link.ts';

/** Digests that one answer may hold: those of a pack of the largest kind come in several. */
const KNOWN_LIMIT_BYTES = 4 * 2 ** 20;
/** Refusals after which another look at the disk helps: the server lost something. */
const LOST: ReadonlySet<string> = new Set(['STORE_CHUNK_MISSING', 'STORE_UPLOAD_MANIFEST']);

/** What this is for. */
interface UploadPlace {
  /** Path of the upload below the folder of the protocol: `orders/ID/upload`. */
  readonly path: string;
  readonly ticket: string;
}

/** Sends one capture. */
export class UploadLink implements UploadTarget {
  readonly #link: MerlinLink;
  readonly #place: UploadPlace;

  constructor(link: MerlinLink, place: UploadPlace) {
    this.#link = link;
    this.#place = place;
  }

  async begin(disk: { readonly sizeBytes: number }): Promise<UploadBegin> {
    return this.#parse(UPLOAD_ANSWER, await this.#link.demand(this.#wish('POST', 'begin', disk)));
  }

  async known(from: number): Promise<Uint8Array> {
    const wish = this.#wish('GET', `known?from=${from}`, undefined);
    return (await this.#link.demand({ ...wish, limitBytes: KNOWN_LIMIT_BYTES })).bytes;
  }

  async putFrames(parts: readonly Uint8Array[]): Promise<void> {
    const beforeRetry = () => this.#whenThere(parts[0]);
    await this.#link.demand({ ...this.#wish('PUT', 'frames', parts), beforeRetry });
  }

  /** The answer of a piece whose own got lost; undefined when not all of it is there, or that cannot be told. */
  async #whenThere(head: Uint8Array | undefined): Promise<LinkReply | undefined> {
    if (head === undefined) return undefined;
    try {
      const reply = await this.#link.send(
        this.#wish('POST', 'have', [parsePieceHead(head).digests]),
      );
      const { data } = UPLOAD_HAVE.safeParse(jsonOf(reply));
      return reply.status < 300 && data?.hasAll ? reply : undefined;
    } catch (reason) {
      // The link is still down: the next try says so.
      if (reason instanceof Error) return undefined;
      throw reason;
    }
  }

  async putDraft(at: number, bytes: Uint8Array): Promise<number> {
    const reply = await this.#link.ask(this.#wish('PUT', `draft?at=${at}`, [bytes]));
    if (reply.status < 300) return this.#parse(UPLOAD_LENGTH, reply).bytes;
    const problem = problemOf(reply);
    if (problem?.code !== 'STORE_UPLOAD_GAP') throw this.#link.refusal(reply);
    return this.#checked(UPLOAD_LENGTH, { bytes: problem.facts['needed'] }).bytes;
  }

  async publish(draft: UploadDraft): Promise<UploadedVersion | undefined> {
    const reply = await this.#link.ask(this.#wish('POST', 'publish', draft));
    if (reply.status < 300) return this.#parse(UPLOADED, reply);
    if (LOST.has(problemOf(reply)?.code ?? '')) return undefined;
    throw this.#link.refusal(reply);
  }

  #wish(method: LinkRequest['method'], step: string, body: LinkRequest['body']): LinkRequest {
    const { path, ticket } = this.#place;
    return { method, path: `${path}/${step}`, body, ticket };
  }

  #parse<Value>(schema: z.ZodType<Value>, reply: LinkReply): Value {
    return this.#checked(schema, jsonOf(reply));
  }

  #checked<Value>(schema: z.ZodType<Value>, value: unknown): Value {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    const issue = result.error.issues[0];
    throw strangeAnswer(this.#link.shown, `${issue?.path.join('.')}: ${issue?.message}`);
  }
}
