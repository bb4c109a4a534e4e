/** The server that Merlin was started from: asked for the order, and told how it goes (src/job/merlin-protocol.ts). */
import { type IncomingMessage, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';
import { printable } from '../../codec/printable.ts';
import { isNacreError, NacreError } from '../../errors.ts';
import { parseWebAddress } from '../../image/store/web-address.ts';
import { openSite, type WebSite } from '../../image/store/web-connection.ts';
import { isTransient, toWebError } from '../../image/store/web-error.ts';
import { WEB_LIMITS } from '../../image/store/web-limits.ts';
import {
  ANSWER,
  type Answer,
  type Begin,
  type End,
  type Hello,
  MERLIN_LIMIT_BYTES,
  MERLIN_PATH,
  type Progress,
} from '../../job/merlin-protocol.ts';

export interface MerlinServerOptions {
  /** `https://ADDRESS:PORT`, as the kernel's command line has it. */
  readonly url: string;
  /** SHA-256 of the server's public key, hex; empty for `http`, which only tests use. */
  readonly pin: string;
  readonly signal?: AbortSignal | undefined;
  /** How long a server that does not answer is asked again; 10 minutes, for the end of an order an hour, for a failure half a minute. */
  readonly patienceMs?: number | undefined;
}

type OrderInHand = Readonly<Extract<Answer, { order: unknown }>['order']>;

interface Reply {
  readonly status: number;
  readonly bytes: Buffer;
}

const PATIENCE_MS = 600_000;
/** An order that is done and not reported would be done again. */
const END_PATIENCE_MS = 3_600_000;
/** A person waits for the reason, and an order that failed unreported is only tried again. */
const FAILURE_PATIENCE_MS = 30_000;
const PAUSE_MS = 500;
const PAUSE_MOST_MS = 15_000;

const PROBLEM = z.object({ code: z.string().max(64), detail: z.string().max(2048) });

const readReply = async (response: IncomingMessage, shown: string): Promise<Reply> => {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > MERLIN_LIMIT_BYTES) throw strange(shown, `more than ${MERLIN_LIMIT_BYTES} bytes`);
    parts.push(part);
  }
  return { status: response.statusCode ?? 0, bytes: Buffer.concat(parts) };
};

const strange = (server: string, reason: string): NacreError<'MERLIN_SERVER_ANSWER'> =>
  new NacreError('MERLIN_SERVER_ANSWER', { server, reason });

const parsed = (bytes: Buffer): unknown => {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (reason) {
    if (reason instanceof SyntaxError) return undefined;
    throw reason;
  }
};

/** What a refusal says, or at least its number. */
const refusalText = ({ status, bytes }: Reply): string => {
  const problem = PROBLEM.safeParse(parsed(bytes));
  if (!problem.success) return `HTTP ${status}`;
  return printable(`${problem.data.code}: ${problem.data.detail}`);
};

/** True for a status that may be another one a little later. */
const isBusy = (status: number): boolean => status >= 500 || status === 429;

/** Asks and reports. What got lost on the way is sent again: the server takes each message twice. */
export class MerlinServer {
  readonly #site: WebSite;
  readonly #options: MerlinServerOptions;
  #isReporting = false;

  /** @throws NacreError STORE_ADDRESS for what is no address */
  constructor(options: MerlinServerOptions) {
    this.#options = options;
    const pins = options.pin === '' ? [] : [options.pin];
    this.#site = openSite(parseWebAddress(options.url), { pins, limits: WEB_LIMITS });
  }

  /** Address for people. */
  get shown(): string {
    return this.#site.address.shown;
  }

  /**
   * What this device is to do.
   *
   * @throws NacreError MERLIN_SERVER_ANSWER, MERLIN_SERVER_REFUSED, STORE_WEB_UNREACHABLE, STORE_WEB_PIN, CANCELLED
   */
  async start(hello: Hello): Promise<Answer> {
    const { bytes } = await this.#persist('start', hello, PATIENCE_MS);
    const answer = ANSWER.safeParse(parsed(bytes));
    if (answer.success) return answer.data;
    throw strange(this.shown, z.prettifyError(answer.error));
  }

  /** Says that writing begins. @throws NacreError as `start`; nothing may be written then */
  async begin(order: OrderInHand, begin: Begin): Promise<void> {
    await this.#persist(`orders/${order.id}/begin`, begin, PATIENCE_MS, order.ticket);
  }

  /** Says how it ended. @throws NacreError as `start` */
  async end(order: OrderInHand, end: End): Promise<void> {
    const patienceMs = end.code === null ? END_PATIENCE_MS : FAILURE_PATIENCE_MS;
    await this.#persist(`orders/${order.id}/end`, end, patienceMs, order.ticket);
  }

  /** Says how far it is; one report at a time, and one that gets lost is not missed. */
  report(order: OrderInHand, progress: Progress): void {
    if (this.#isReporting) return;
    this.#isReporting = true;
    this.#post(`orders/${order.id}/progress`, progress, order.ticket)
      .catch(() => undefined)
      .finally(() => {
        this.#isReporting = false;
      });
  }

  /** Ends connections that are kept open. */
  close(): void {
    this.#site.agent.destroy();
  }

  async #persist(path: string, body: object, patienceMs: number, ticket?: string): Promise<Reply> {
    const { signal } = this.#options;
    const late = AbortSignal.timeout(this.#options.patienceMs ?? patienceMs);
    for (let pause = PAUSE_MS; ; pause = Math.min(pause * 2, PAUSE_MOST_MS)) {
      const failure = await this.#try(path, body, ticket);
      if (!(failure instanceof NacreError)) return failure;
      if (!isTransient(failure) || late.aborted) throw failure;
      await wait(pause, undefined, { signal }).catch(() => undefined);
      if (signal?.aborted) throw new NacreError('CANCELLED', { phase: 'network' });
    }
  }

  /** The answer, or a failure that the caller judges. */
  async #try(path: string, body: object, ticket?: string): Promise<Reply | NacreError> {
    try {
      const reply = await this.#post(path, body, ticket);
      if (reply.status < 300) return reply;
      const server = this.shown;
      if (isBusy(reply.status)) {
        return new NacreError('STORE_WEB_UNREACHABLE', {
          address: server,
          reason: refusalText(reply),
        });
      }
      return new NacreError('MERLIN_SERVER_REFUSED', { server, reason: refusalText(reply) });
    } catch (reason) {
      const failure = toWebError(this.shown, reason);
      if (isNacreError(failure)) return failure;
      throw failure;
    }
  }

  #post(path: string, body: object, ticket?: string): Promise<Reply> {
    const { url } = this.#site.address;
    const bytes = Buffer.from(JSON.stringify(body));
    return new Promise((resolve, reject) => {
      const sent = request({
        agent: this.#site.agent,
        method: 'POST',
        host: url.hostname,
        path: `${url.pathname.replace(/\/$/, '')}${MERLIN_PATH}/${path}`,
        timeout: WEB_LIMITS.answerMs,
        signal: this.#options.signal,
        headers: {
          'Content-Type': 'application/json',
          'Content-Length': bytes.length,
          ...(ticket === undefined ? {} : { Authorization: `Bearer ${ticket}` }),
        },
      });
      sent.on('timeout', () =>
        sent.destroy(new Error(`no answer within ${WEB_LIMITS.answerMs} ms`)),
      );
      sent.on('error', reject);
      sent.on('response', (response) => readReply(response, this.shown).then(resolve, reject));
      sent.end(bytes);
    });
  }
}
