/** Asks the manager that this page came from. */
import { signal } from '@preact/signals';
import type { Problem } from '../../manager/http/problem.ts';
import { NO_PROBLEM, ownProblem, Refusal, UNREACHABLE } from './refusal.ts';

const API = '/api/v1';

/** What is asked. */
export interface Wish {
  /** GET by default. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/api/v1`; parts that come from outside are encoded by `pathOf`. */
  readonly path: string;
  readonly query?: Query | undefined;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

export type Query = Readonly<Record<string, string | undefined>>;

/** Rises when an answer says that nobody is logged in (any more). */
export const loginNeeded = signal(0);

/** A path of parts, each of which may hold anything. */
export const pathOf = (...parts: readonly string[]): string =>
  parts.map((part) => `/${encodeURIComponent(part)}`).join('');

/** The address of a wish. */
export const addressOf = ({ path, query = {} }: Pick<Wish, 'path' | 'query'>): string => {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, value] as [string, string]],
  );
  const text = new URLSearchParams(given).toString();
  return `${API}${path}${text === '' ? '' : `?${text}`}`;
};

const send = async ({ method = 'GET', body, signal: stop, ...where }: Wish): Promise<Response> => {
  try {
    return await fetch(addressOf(where), {
      method,
      // No other site can send it: what a change by cookie is known by.
      headers: {
        'x-nacre-request': '1',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(stop === undefined ? {} : { signal: stop }),
    });
  } catch (reason) {
    if (stop?.aborted || !(reason instanceof TypeError)) throw reason;
    throw new Refusal(ownProblem(UNREACHABLE, 0, reason.message));
  }
};

const problemOf = async (response: Response): Promise<Problem> => {
  const isProblem = response.headers.get('content-type') === 'application/problem+json';
  return isProblem ? response.json() : ownProblem(NO_PROBLEM, response.status, response.statusText);
};

const sendWell = async (wish: Wish): Promise<Response> => {
  const response = await send(wish);
  if (response.ok) return response;
  const problem = await problemOf(response);
  if (problem.code === 'MANAGER_LOGIN_NEEDED') loginNeeded.value += 1;
  throw new Refusal(problem);
};

/** The answer of a route. @throws Refusal; DOMException AbortError when `signal` says so */
export const ask = async <Answer>(wish: Wish): Promise<Answer> => {
  const response = await sendWell(wish);
  return response.json();
};

/** For routes without an answer. @throws as `ask` */
export const tell = async (wish: Wish): Promise<void> => {
  await sendWell(wish);
};
