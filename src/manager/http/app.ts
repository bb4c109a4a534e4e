/** The HTTP application: routes of the API, pages, health and metrics; each answer counted, each failure a problem document. */
import { randomUUID } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { NacreError } from '../../errors.ts';
import { DEVICE_PATH } from '../../job/agent-protocol.ts';
import type { ManagerParts } from '../manager-parts.ts';
import { AGENT_PLACES, readSigned } from './agent-places.ts';
import { authenticate } from './authenticate.ts';
import { readJson } from './body.ts';
import { PAGES } from './docs-page.ts';
import { eventStream } from './events.ts';
import { liveness, readiness } from './health.ts';
import { METRICS_TYPE } from './metrics.ts';
import { API_PREFIX, openApiOf } from './openapi.ts';
import { OverloadNote } from './overload-note.ts';
import { problemOf } from './problem.ts';
import { type ApiRequest, NOT_MODIFIED, type Route } from './route.ts';
import { ALL_ROUTES } from './routes/all-routes.ts';

interface Env {
  readonly Bindings: HttpBindings;
  readonly Variables: { request: string; route: string };
}

type Ask = Context<Env>;

const MOST_BYTES = 64 * 1024;
const EVENTS_PATH = `${API_PREFIX}/events`;

/** For every answer: nothing of it is kept by proxies, framed, or taken for another type. */
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

const addressOf = ({ env }: Ask): string =>
  (env.incoming.socket.remoteAddress ?? '').replace(/^::ffff:/, '');

const credentialsOf = (ask: Ask) => ({
  method: ask.req.method,
  address: addressOf(ask),
  header: (name: string) => ask.req.header(name),
});

const bodyOf = async (ask: Ask, { schemas, mostBytes = MOST_BYTES }: Route): Promise<unknown> =>
  schemas.body === undefined ? undefined : readJson(ask.req.raw, mostBytes);

/** Aborted when the other end has gone. */
const leaving = ({ env }: Ask): AbortSignal => {
  const gone = new AbortController();
  env.outgoing.once('close', () => gone.abort());
  return gone.signal;
};

/** A handler of a route for anyone has no caller; one that asks for it is a bug. */
const requestOf = (
  manager: ManagerParts,
  ask: Ask,
  caller: ApiRequest['caller'] | undefined,
): ApiRequest => ({
  manager,
  address: addressOf(ask),
  get caller() {
    if (caller === undefined) throw new TypeError('the route needs no login and has no caller');
    return caller;
  },
  setHeader: (name, value) => ask.header(name, value),
  header: (name) => ask.req.header(name),
  get left() {
    return leaving(ask);
  },
});

const answerRoute = async (manager: ManagerParts, route: Route, ask: Ask): Promise<Response> => {
  const { role, area } = route;
  const caller =
    role === 'anyone' ? undefined : await authenticate(manager, credentialsOf(ask), { role, area });
  const params: Record<string, string> = ask.req.param();
  const query: Record<string, string> = ask.req.query();
  const raw = { params, query, body: await bodyOf(ask, route) };
  const answer = await route.run(raw, requestOf(manager, ask, caller));
  if (answer === undefined) return ask.body(null, 204);
  if (answer === NOT_MODIFIED) return ask.body(null, 304);
  const status = route.status === 201 ? 201 : 200;
  return ask.body(JSON.stringify(answer), status, { 'content-type': 'application/json' });
};

const answerFailure = (
  manager: ManagerParts,
  reason: unknown,
  ask: Ask,
  overload: OverloadNote,
): Response => {
  const request = ask.get('request');
  const problem = problemOf(reason, request);
  const line = { request, address: addressOf(ask), code: problem.code, path: ask.req.path };
  // Who asks too much is told so, and is no fault of ours.
  const isTooMuch = problem.code === 'MANAGER_OVERLOADED';
  if (isTooMuch) overload.refused(String(problem.facts['what']));
  const isFault = problem.status >= 500 && !isTooMuch;
  if (isFault) manager.log.error({ ...line, err: reason }, 'request failed');
  else manager.log.debug({ ...line, reason: problem.detail }, 'request refused');
  const seconds = problem.facts['seconds'];
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: {
      ...HEADERS,
      'content-type': 'application/problem+json',
      ...(seconds === undefined ? {} : { 'retry-after': String(seconds) }),
      ...(problem.status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    },
  });
};

const addMetrics = (app: Hono<Env>, manager: ManagerParts): void => {
  app.get('/metrics', async (ask) => {
    ask.set('route', '/metrics');
    await authenticate(manager, credentialsOf(ask), { role: 'viewer', area: 'system' });
    return ask.body(await manager.metrics.text(), 200, { 'content-type': METRICS_TYPE });
  });
};

/** Changes as they happen; the document of the API has no words for an answer that does not end. */
const addEvents = (app: Hono<Env>, manager: ManagerParts): void => {
  app.get(EVENTS_PATH, async (ask) => {
    ask.set('route', '/events');
    const need = { role: 'viewer', area: 'devices' } as const;
    const caller = await authenticate(manager, credentialsOf(ask), need);
    const stream = eventStream(manager, caller, ask.req.header('last-event-id'));
    return ask.body(stream, 200, {
      'content-type': 'text/event-stream',
      'x-accel-buffering': 'no',
    });
  });
};

const addConsole = (app: Hono<Env>, { consoleFiles }: ManagerParts): void => {
  for (const { path, answer } of consoleFiles)
    app.get(path, (ask) => {
      ask.set('route', path);
      const { status, headers, body } = answer({
        ifNoneMatch: ask.req.header('if-none-match'),
        acceptEncoding: ask.req.header('accept-encoding'),
      });
      return status === 304 ? ask.body(null, 304, headers) : ask.body(body, status, headers);
    });
};

const addPlaces = (app: Hono<Env>, manager: ManagerParts, routes: readonly Route[]): void => {
  const document = JSON.stringify(openApiOf(routes, manager.release));
  const place = (path: string, type: string, text: string): void => {
    app.get(path, (ask) => {
      ask.set('route', path);
      return ask.body(text, 200, { 'content-type': type });
    });
  };
  place(`${API_PREFIX}/openapi.json`, 'application/json', document);
  for (const { path, type, text } of PAGES) place(path, type, text);
  addConsole(app, manager);
  app.get('/health/live', (ask) => ask.json(liveness()));
  app.get('/health/ready', async (ask) => {
    const health = await readiness(manager);
    return ask.json(health, health.status === 'ok' ? 200 : 503);
  });
  addMetrics(app, manager);
  addEvents(app, manager);
};

const addRoutes = (app: Hono<Env>, manager: ManagerParts, routes: readonly Route[]): void => {
  for (const route of routes) {
    app.on(route.method.toUpperCase(), `${API_PREFIX}${route.path}`, (ask) => {
      ask.set('route', route.path);
      return answerRoute(manager, route, ask);
    });
  }
};

const addAgentPlaces = (app: Hono<Env>, { desk }: ManagerParts): void => {
  for (const { path, answer } of AGENT_PLACES)
    app.post(`${DEVICE_PATH}${path}`, async (ask) => {
      ask.set('route', `${DEVICE_PATH}${path}`);
      const signed = await readSigned(ask.req.raw);
      return ask.json(
        await answer(desk, signed, {
          ...{ address: addressOf(ask), host: ask.req.header('host') },
          left: leaving(ask),
        }),
      );
    });
};

/** The application of a manager. */
export const makeApp = (
  manager: ManagerParts,
  routes: readonly Route[] = ALL_ROUTES,
): Hono<Env> => {
  const app = new Hono<Env>();
  const overload = new OverloadNote(manager.log);
  app.use(async (ask, next) => {
    const startedMs = performance.now();
    ask.set('request', randomUUID());
    ask.set('route', 'none');
    for (const [name, value] of Object.entries(HEADERS)) ask.header(name, value);
    await next();
    const { status } = ask.res;
    const labels = { method: ask.req.method, route: ask.get('route'), status };
    const seconds = (performance.now() - startedMs) / 1000;
    manager.metrics.countRequest(labels, seconds);
    manager.log.debug({ ...labels, address: addressOf(ask), seconds }, 'request answered');
  });
  addPlaces(app, manager, routes);
  addRoutes(app, manager, routes);
  addAgentPlaces(app, manager);
  app.notFound((ask) => {
    const gone = new NacreError('MANAGER_NOT_FOUND', { what: 'address', name: ask.req.path });
    return answerFailure(manager, gone, ask, overload);
  });
  app.onError((reason, ask) => answerFailure(manager, reason, ask, overload));
  return app;
};
