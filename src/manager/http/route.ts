/**
 * One route of the API: where it is, who may use it, and one schema for each of its parts. The schemas check what comes in, give
 * the types of the handler, strip what goes out, and make the OpenAPI document.
 */
import * as z from 'zod';
import type { ErrorCode } from '../../errors.ts';
import { NacreError } from '../../errors.ts';
import type { Caller } from '../identity/caller.ts';
import type { Area, Role } from '../identity/roles.ts';
import type { ManagerParts } from '../manager-parts.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** What a handler knows of the request beside its input. */
export interface ApiRequest {
  readonly manager: ManagerParts;
  /** Of the other end. */
  readonly address: string;
  /** Who asks. @throws TypeError on a route for anyone */
  readonly caller: Caller;
  readonly setHeader: (name: string, value: string) => void;
  /** Of the request. */
  readonly header: (name: string) => string | undefined;
  /** Aborted when the other end has gone. */
  readonly left: AbortSignal;
}

/** What the client has is what there is: status 304. */
export const NOT_MODIFIED = Symbol('not modified');

/** Before it is checked. */
export interface RawInput {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
}

interface Input<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> {
  readonly params: z.output<P>;
  readonly query: z.output<Q>;
  readonly body: z.output<B>;
}

interface RouteHead {
  readonly method: Method;
  /** Below `/api/v1`, with `:name` for parameters: `/devices/:id`. */
  readonly path: string;
  readonly summary: string;
  /** What a token needs a scope for. */
  readonly area: Area;
  /** The least role; `anyone` needs no login. */
  readonly role: Role | 'anyone';
  /** 200 by default; 204 where there is no answer. */
  readonly status?: 200 | 201 | 204 | undefined;
  /** What a client should be ready for, beside what every route may say. */
  readonly errors?: readonly ErrorCode[] | undefined;
  /** Bytes of a body; 64 KiB by default. */
  readonly mostBytes?: number | undefined;
}

interface RouteSpec<
  P extends z.ZodType,
  Q extends z.ZodType,
  B extends z.ZodType,
  A extends z.ZodType,
> extends RouteHead {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly answer?: A;
  readonly handle: (
    input: Input<P, Q, B>,
    request: ApiRequest,
  ) => Promise<z.input<A> | typeof NOT_MODIFIED>;
}

/** A route with its types closed over. */
export interface Route extends RouteHead {
  readonly schemas: Readonly<Record<'params' | 'query' | 'body' | 'answer', z.ZodType | undefined>>;
  /** @throws NacreError MANAGER_INPUT_INVALID, and what the handler throws */
  readonly run: (raw: RawInput, request: ApiRequest) => Promise<unknown>;
}

const NOTHING = z.strictObject({});

/** @throws NacreError MANAGER_INPUT_INVALID that names the first field; all of them are in its cause */
const check = <S extends z.ZodType>(schema: S, value: unknown, part: string): z.output<S> => {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = [part, ...(issue?.path ?? [])].join('.');
  const facts = { field, reason: issue?.message ?? 'not of the documented form' };
  throw new NacreError('MANAGER_INPUT_INVALID', facts, { cause: result.error });
};

/** Makes a route; its handler gets what its schemas let through. */
export const route = <
  P extends z.ZodType = typeof NOTHING,
  Q extends z.ZodType = typeof NOTHING,
  B extends z.ZodType = z.ZodUndefined,
  A extends z.ZodType = z.ZodUndefined,
>(
  spec: RouteSpec<P, Q, B, A>,
): Route => {
  const { params, query, body, answer, handle, ...head } = spec;
  return {
    ...head,
    schemas: { params, query, body, answer },
    run: async (raw, request) => {
      const input = {
        params: check(params ?? (NOTHING as unknown as P), raw.params, 'path'),
        query: check(query ?? (NOTHING as unknown as Q), raw.query, 'query'),
        // Without a schema for it a body is not even read.
        body: check(body ?? (z.undefined() as unknown as B), raw.body, 'body'),
      };
      const given = await handle(input, request);
      if (given === NOT_MODIFIED) return NOT_MODIFIED;
      return answer === undefined ? undefined : answer.parse(given);
    },
  };
};
