/** Asks a manager: one request on a connection of its own, its answer checked, its refusal as the error that it is. */
import { type IncomingMessage, request } from 'node:http';
import * as z from 'zod';
import { ERROR_TABLE, type ErrorCode, NacreError } from '../../errors.ts';
import { connectManager, type ManagerAddress } from './connection.ts';

const API = '/api/v1';
const ANSWER_MS = 60_000;
const MOST_BYTES = 64 * 2 ** 20;
const NOT_MODIFIED = 304;

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What is asked. */
export interface Wish {
  readonly method: Method;
  /** Below `/api/v1`. */
  readonly path: string;
  readonly body?: unknown;
  readonly query?: Readonly<Record<string, string | undefined>> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly value: unknown;
}

/** Of RFC 9457, as far as we need it. */
const problem = z.object({
  code: z.string(),
  facts: z.record(z.string(), z.union([z.string(), z.number()])),
});

const isCode = (code: string): code is ErrorCode => Object.hasOwn(ERROR_TABLE, code);

const withQuery = (path: string, query: Wish['query'] = {}): string => {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as [string, string]],
  );
  const text = new URLSearchParams(given).toString();
  return `${API}${path}${text === '' ? '' : `?${text}`}`;
};

const readAll = async (response: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of response) {
    length += part.length;
    if (length > MOST_BYTES) throw new Error(`an answer of more than ${MOST_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
};

/** A manager that can be asked. */
export class ManagerClient {
  readonly address: ManagerAddress;
  readonly #token: string | undefined;
  readonly #signal: AbortSignal;

  constructor(address: ManagerAddress, token: string | undefined, signal: AbortSignal) {
    this.address = address;
    this.#token = token;
    this.#signal = signal;
  }

  #wrong(path: string, reason: string, cause?: unknown): NacreError {
    const { server } = this.address;
    return new NacreError('MANAGER_ANSWER', { server, path, reason }, { cause });
  }

  /** The refusal of an answer. */
  #refusal(path: string, { status, value }: Answer): NacreError {
    const { data } = problem.safeParse(value);
    if (data === undefined || !isCode(data.code)) return this.#wrong(path, `status ${status}`);
    // Which facts a code has is known to the manager that sends it; a lacking one stays visible in the text.
    return new NacreError(data.code, data.facts as never);
  }

  async #send({ method, path, body, query, headers }: Wish): Promise<Answer> {
    const socket = await connectManager(this.address, this.#signal);
    const text = body === undefined ? undefined : JSON.stringify(body);
    try {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        const sent = request({
          createConnection: () => socket,
          method,
          path: withQuery(path, query),
          timeout: ANSWER_MS,
          signal: this.#signal,
          headers: {
            host: new URL(this.address.server).host,
            connection: 'close',
            accept: 'application/json',
            ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
            ...(text === undefined
              ? {}
              : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
            ...headers,
          },
        });
        sent.once('response', resolve);
        sent.once('error', reject);
        sent.once('timeout', () => sent.destroy(new Error(`no answer within ${ANSWER_MS} ms`)));
        sent.end(text);
      });
      const found = await readAll(response);
      const { statusCode: status = 0, headers: given } = response;
      return { status, headers: given, value: found === '' ? undefined : this.#parse(path, found) };
    } finally {
      socket.destroy();
    }
  }

  #parse(path: string, text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw this.#wrong(path, 'it is no JSON', cause);
    }
  }

  /** @throws NacreError MANAGER_UNREACHABLE, MANAGER_PIN, MANAGER_CERTIFICATE, MANAGER_ANSWER, and what the manager refuses with */
  async answer(wish: Wish): Promise<Answer> {
    let found: Answer;
    try {
      found = await this.#send(wish);
    } catch (reason) {
      this.#signal.throwIfAborted();
      if (reason instanceof NacreError || !(reason instanceof Error)) throw reason;
      const text = 'code' in reason ? String(reason.code) : reason.message;
      const facts = { server: this.address.server, reason: text };
      throw new NacreError('MANAGER_UNREACHABLE', facts, { cause: reason });
    }
    const isGood = found.status >= 200 && found.status < 300;
    // Only who says what they have is told that it is still that.
    if (isGood || found.status === NOT_MODIFIED) return found;
    throw this.#refusal(wish.path, found);
  }

  /** The answer with the shape of a route. @throws as `answer` */
  async ask<Shape extends z.ZodType>(wish: Wish, shape: Shape): Promise<z.output<Shape>> {
    return this.read(wish.path, await this.answer(wish), shape);
  }

  /** An answer with its shape. @throws NacreError MANAGER_ANSWER */
  read<Shape extends z.ZodType>(path: string, { value }: Answer, shape: Shape): z.output<Shape> {
    const result = shape.safeParse(value);
    if (result.success) return result.data;
    const issue = result.error.issues[0];
    throw this.#wrong(path, `${issue?.path.join('.')}: ${issue?.message}`, result.error);
  }

  /** For routes without an answer. @throws as `answer` */
  async tell(wish: Wish): Promise<void> {
    await this.answer(wish);
  }

  /** All items of a list, page by page. @throws as `answer` */
  async list<Item extends z.ZodType>(
    path: string,
    item: Item,
    query: Wish['query'] = {},
  ): Promise<z.output<Item>[]> {
    const page = z.object({ items: z.array(item), next: z.string().nullable() });
    const items: z.output<Item>[] = [];
    let after: string | undefined;
    do {
      const wish: Wish = { method: 'GET', path, query: { ...query, limit: '500', after } };
      const found = await this.ask(wish, page);
      items.push(...found.items);
      after = found.next ?? undefined;
    } while (after !== undefined);
    return items;
  }
}
