/** Requests to the server that Merlin was started from, over the pinned connection, asked again until their patience ends. */
import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';
import { printable } from '../../codec/printable.ts';
import { isNacreError, NacreError } from '../../errors.ts';
import { parseWebAddress } from '../../image/store/web-address.ts';
import { openSite, type WebSite } from '../../image/store/web-connection.ts';
import { isTransient, toWebError } from '../../image/store/web-error.ts';
import { type ExchangeReply, exchange } from '../../image/store/web-exchange.ts';
import { WEB_LIMITS } from '../../image/store/web-limits.ts';
import { MERLIN_LIMIT_BYTES, MERLIN_PATH } from '../../job/merlin-protocol.ts';

export interface MerlinLinkOptions {
  /** `https://ADDRESS:PORT`, as the kernel's command line has it. */
  readonly url: string;
  /** SHA-256 of the server's public key, hex; empty for `http`, which only tests use. */
  readonly pin: string;
  readonly signal?: AbortSignal | undefined;
  /** Folder of the protocol; default Merlin's. */
  readonly folder?: string | undefined;
  /** The error that a refusal stands for, where it is to be told as it is. */
  readonly toError?: ((problem: LinkProblem) => NacreError | undefined) | undefined;
  /** How long a server that does not answer is asked again, instead of what each request says. */
  readonly patienceMs?: number | undefined;
}

/** One request. */
export interface LinkRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Below the folder of the protocol. */
  readonly path: string;
  readonly ticket?: string | undefined;
  /** A message, or bytes in parts. */
  readonly body?: object | readonly Uint8Array[] | undefined;
  /** Default 10 minutes. */
  readonly patienceMs?: number | undefined;
  /** Asked before another try: an answer that got lost may be known from elsewhere. What it gives is the answer. */
  readonly beforeRetry?: (() => Promise<LinkReply | undefined>) | undefined;
  /** Of the answer; default that of a message. */
  readonly limitBytes?: number | undefined;
}

/** An answer that is no refusal for the moment. */
export type LinkReply = ExchangeReply;

/** A refusal as the server words it. */
export interface LinkProblem {
  readonly code: string;
  readonly detail: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

const PATIENCE_MS = 600_000;
/** Somebody has to make room; what has arrived is kept meanwhile. */
const FULL_PATIENCE_MS = 60_000;
const PAUSE_MS = 500;
const PAUSE_MOST_MS = 15_000;
const NO_ROOM = 507;

const PROBLEM = z.object({
  code: z.string().max(64),
  title: z.string().max(2048).default(''),
  detail: z.string().max(2048),
  facts: z.record(z.string(), z.unknown()).default({}),
});

/** An answer that this program does not understand. */
export const strangeAnswer = (server: string, reason: string): NacreError<'MERLIN_SERVER_ANSWER'> =>
  new NacreError('MERLIN_SERVER_ANSWER', { server, reason });

/** JSON of an answer; undefined when it is none. */
export const jsonOf = ({ bytes }: LinkReply): unknown => {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (reason) {
    if (reason instanceof SyntaxError) return undefined;
    throw reason;
  }
};

/** The problem in a refusal, when it has one. */
export const problemOf = (reply: LinkReply): LinkProblem | undefined =>
  PROBLEM.safeParse(jsonOf(reply)).data;

/** What a refusal says, or at least its number. */
const refusalText = (reply: LinkReply): string => {
  const problem = problemOf(reply);
  if (problem === undefined) return `HTTP ${reply.status}`;
  return printable(`${problem.code}: ${problem.detail}`);
};

/** True for a status that may be another one a little later. */
const isBusy = (status: number): boolean => status >= 500 || status === 408 || status === 429;

const partsOf = (body: LinkRequest['body']): readonly Uint8Array[] => {
  if (body === undefined) return [];
  return Array.isArray(body) ? body : [Buffer.from(JSON.stringify(body))];
};

/** The connection to one server. */
export class MerlinLink {
  readonly #site: WebSite;
  readonly #options: MerlinLinkOptions;
  /** Nobody waits for what is still asked. */
  readonly #closing = new AbortController();
  readonly #signal: AbortSignal;

  /** @throws NacreError STORE_ADDRESS for what is no address */
  constructor(options: MerlinLinkOptions) {
    this.#options = options;
    const { signal: closing } = this.#closing;
    this.#signal =
      options.signal === undefined ? closing : AbortSignal.any([options.signal, closing]);
    const pins = options.pin === '' ? [] : [options.pin];
    this.#site = openSite(parseWebAddress(options.url), { pins, limits: WEB_LIMITS });
  }

  /** Address for people. */
  get shown(): string {
    return this.#site.address.shown;
  }

  /** Ends connections that are kept open, and what is still asked or waited for. */
  close(): void {
    this.#closing.abort();
    this.#site.agent.destroy();
  }

  /**
   * Asks until there is an answer; one of a status from 400 on is a refusal that stays.
   *
   * @throws NacreError STORE_WEB_UNREACHABLE, STORE_WEB_PIN, MERLIN_SERVER_FULL, MERLIN_SERVER_ANSWER, CANCELLED
   */
  async ask(wish: LinkRequest): Promise<LinkReply> {
    const signal = this.#signal;
    const mayWait = this.#patience(wish.patienceMs ?? PATIENCE_MS);
    for (let pause = PAUSE_MS; ; pause = Math.min(pause * 2, PAUSE_MOST_MS)) {
      const found = await this.#try(wish);
      if (!(found instanceof NacreError)) return found;
      if (!mayWait(found)) throw found;
      await wait(pause, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) throw new NacreError('CANCELLED', { phase: 'network' });
      const known = await wish.beforeRetry?.();
      if (known !== undefined) return known;
    }
  }

  /** Says of each failure whether it is waited for. */
  #patience(patienceMs: number): (failure: NacreError) => boolean {
    const late = this.#deadline(patienceMs);
    let lateForRoom: AbortSignal | undefined;
    return (failure) => {
      if (!isNacreError(failure, 'MERLIN_SERVER_FULL')) {
        lateForRoom = undefined;
        return isTransient(failure) && !late.aborted;
      }
      lateForRoom ??= this.#deadline(FULL_PATIENCE_MS);
      return !lateForRoom.aborted;
    };
  }

  /** The same, where every refusal is a failure. @throws NacreError MERLIN_SERVER_REFUSED, and as `ask` */
  async demand(wish: LinkRequest): Promise<LinkReply> {
    const reply = await this.ask(wish);
    if (reply.status < 300) return reply;
    throw this.refusal(reply);
  }

  /** The error for an answer that is a refusal. */
  refusal(reply: LinkReply): NacreError {
    const problem = problemOf(reply);
    const told = problem && this.#options.toError?.(problem);
    if (told !== undefined) return told;
    return new NacreError('MERLIN_SERVER_REFUSED', {
      server: this.shown,
      reason: refusalText(reply),
    });
  }

  /** Asks once. @throws what HTTP throws */
  send({ method, path, ticket, body, limitBytes }: LinkRequest): Promise<LinkReply> {
    const { url } = this.#site.address;
    return exchange(this.#site, {
      method,
      path: `${url.pathname.replace(/\/$/, '')}${this.#options.folder ?? MERLIN_PATH}/${path}`,
      headers: {
        'Content-Type': Array.isArray(body) ? 'application/octet-stream' : 'application/json',
        ...(ticket === undefined ? {} : { Authorization: `Bearer ${ticket}` }),
      },
      parts: partsOf(body),
      answerMs: WEB_LIMITS.answerMs,
      limitBytes: limitBytes ?? MERLIN_LIMIT_BYTES,
      tooLong: (reason) => strangeAnswer(this.shown, reason),
      signal: this.#signal,
    });
  }

  #deadline(patienceMs: number): AbortSignal {
    return AbortSignal.timeout(this.#options.patienceMs ?? patienceMs);
  }

  /** The answer, or a failure that the caller judges. */
  async #try(wish: LinkRequest): Promise<LinkReply | NacreError> {
    try {
      const reply = await this.send(wish);
      if (!isBusy(reply.status)) return reply;
      const reason = refusalText(reply);
      const server = this.shown;
      return reply.status === NO_ROOM
        ? new NacreError('MERLIN_SERVER_FULL', { server, reason })
        : new NacreError('STORE_WEB_UNREACHABLE', { address: server, reason });
    } catch (reason) {
      const failure = toWebError(this.shown, reason);
      if (isNacreError(failure)) return failure;
      // An aborted request is the wish of whoever waits.
      if (this.#signal.aborted) return new NacreError('CANCELLED', { phase: 'network' });
      throw failure;
    }
  }
}
