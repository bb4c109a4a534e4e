/** The API as clients of others see it: over TLS, by node:https. */
import test from 'ava';
import { bearer, cookieOf, openManagerLab, tokenOf } from '../../helpers/manager-lab.ts';

const USERS = '/api/v1/users';
const SESSIONS = '/api/v1/sessions';
const KIM = { name: 'kim', role: 'operator', password: 'correct horse battery' };

test('a session logs in by cookie, and a change by it needs the header that no other site can send', async (t) => {
  const { ask, service } = await openManagerLab(t);
  const login = { user: 'admin', password: service.firstPassword };
  const session = await ask('POST', SESSIONS, { body: login });
  t.is(session.status, 201);
  t.regex(
    String(session.headers['set-cookie']),
    /^__Host-nacre=[\w-]{43}; Path=\/; Max-Age=43200; Secure; HttpOnly; SameSite=Strict$/,
  );
  const cookie = { cookie: cookieOf(session) };
  t.like((await ask('GET', `${SESSIONS}/current`, { headers: cookie })).json, {
    user: 'admin',
    role: 'administrator',
  });
  const forged = await ask('POST', USERS, { body: KIM, headers: cookie });
  t.like(forged, { status: 403, json: { code: 'MANAGER_REQUEST_FORGED' } });
  const headers = { ...cookie, 'x-nacre-request': '1' };
  t.is((await ask('POST', USERS, { body: KIM, headers })).status, 201);
  t.is((await ask('DELETE', `${SESSIONS}/current`, { headers })).status, 204);
  t.is((await ask('GET', `${SESSIONS}/current`, { headers })).status, 401);
});

test('without a login, and with one that is none, nothing but health, documents and login is open', async (t) => {
  const { ask } = await openManagerLab(t);
  const document = await ask('GET', '/api/v1/openapi.json');
  const paths = Object.entries(Object(document.json['paths'])).flatMap(([path, methods]) =>
    Object.entries(Object(methods)).map(([method, operation]) => ({
      path,
      method,
      security: Object(operation).security,
    })),
  );
  t.true(paths.length > 10);
  for (const { path, method, security } of paths.filter((each) => each.security.length > 0)) {
    t.is(security.length, 2);
    const where = path.replaceAll(/\{\w+\}/g, 'x');
    for (const headers of [
      {},
      bearer('nacre_x'),
      bearer(`nacre_${'0'.repeat(36)}_${'x'.repeat(43)}`),
      { cookie: `__Host-nacre=${'x'.repeat(43)}`, 'x-nacre-request': '1' },
    ]) {
      const reply = await ask(method.toUpperCase(), where, { headers });
      t.is(reply.status, 401, `${method} ${path}`);
      t.is(reply.headers['content-type'], 'application/problem+json');
    }
  }
  t.is((await ask('GET', '/metrics')).status, 401);
});

test('a role may do what it is for and no more', async (t) => {
  const { userWith, admin } = await openManagerLab(t);
  for (const role of ['viewer', 'operator']) {
    const { ask } = await userWith(role);
    t.is((await ask('GET', '/api/v1/manager')).status, 200);
    for (const [method, path] of [
      ['GET', USERS],
      ['POST', USERS],
      ['GET', '/api/v1/audit'],
      ['GET', '/api/v1/tokens?all=true'],
    ] as const) {
      const reply = await ask(method, path, method === 'POST' ? { body: KIM } : {});
      t.like(reply, { status: 403, json: { code: 'MANAGER_FORBIDDEN' } });
    }
  }
  const { json } = await admin('GET', `${USERS}?limit=10`);
  t.is(json['total'], 3);
});

test('a token may do what its scopes say', async (t) => {
  const { ask, service } = await openManagerLab(t);
  const token = await tokenOf(ask, 'admin', service.firstPassword ?? '', ['users:read']);
  const headers = bearer(token);
  t.is((await ask('GET', USERS, { headers })).status, 200);
  t.is((await ask('POST', USERS, { body: KIM, headers })).status, 403);
  t.is((await ask('GET', '/metrics', { headers })).status, 403);
});

test('a wrong password and an unknown user are answered alike, and after a few tries with a wait', async (t) => {
  const { ask, service, admin } = await openManagerLab(t, { elapsedMs: () => 0 });
  const replies = [];
  for (const user of ['admin', 'nobody', 'admin', 'admin', 'admin', 'admin'])
    replies.push(await ask('POST', SESSIONS, { body: { user, password: 'wrong' } }));
  for (const { status, json } of replies)
    t.deepEqual([status, json['code']], [401, 'MANAGER_LOGIN_FAILED']);
  const late = await ask('POST', SESSIONS, {
    body: { user: 'admin', password: service.firstPassword },
  });
  t.like(late, { status: 429, json: { code: 'MANAGER_TOO_MANY_TRIES' } });
  t.is(late.headers['retry-after'], '2');
  const { json } = await admin('GET', '/api/v1/audit?action=session.refused&subject=admin');
  t.is(json['total'], 5);
});

test('what is wrong with a body is said field by field, and too much of it is not read', async (t) => {
  const { admin } = await openManagerLab(t);
  const wrong = await admin('POST', USERS, {
    body: { name: 'A', role: 'king', password: 'x', more: 1 },
  });
  t.is(wrong.status, 400);
  const issues = wrong.json['issues'];
  t.deepEqual(Array.isArray(issues) ? issues.map(({ field }) => field) : [], ['name', 'role', '']);
  t.like((await admin('POST', USERS, { raw: '{' })).json, { code: 'MANAGER_INPUT_INVALID' });
  t.like((await admin('POST', USERS, { raw: '\xff' })).json, { code: 'MANAGER_INPUT_INVALID' });
  const form = await admin('POST', USERS, { raw: '{}', headers: { 'content-type': 'text/plain' } });
  t.like(form.json, { code: 'MANAGER_INPUT_INVALID' });
  const large = await admin('POST', USERS, { body: { ...KIM, name: 'x'.repeat(70_000) } });
  t.like(large, { status: 413, json: { code: 'MANAGER_REQUEST_TOO_LARGE' } });
  t.like(await admin('POST', USERS, { body: { ...KIM, password: 'short' } }), {
    status: 400,
    json: { code: 'MANAGER_PASSWORD_WEAK' },
  });
  for (const query of ['limit=0', 'limit=501', 'limit=x', 'after=x', 'other=1'])
    t.is((await admin('GET', `${USERS}?${query}`)).status, 400, query);
});

test('an address that is not there is a problem document with its headers', async (t) => {
  const { ask } = await openManagerLab(t);
  for (const path of ['/api/v1/nothing', '/nothing', '/api/v1/%ff', '/..%2f..%2fetc/passwd']) {
    const reply = await ask('GET', path);
    t.like(reply, { status: 404, json: { code: 'MANAGER_NOT_FOUND' } });
    t.is(reply.headers['x-content-type-options'], 'nosniff');
  }
});

test('the page to try the API needs nothing from elsewhere', async (t) => {
  const { ask } = await openManagerLab(t);
  for (const path of ['/api/docs', '/api/docs/page.js', '/api/docs/page.css']) {
    const { status, text, headers } = await ask('GET', path);
    t.is(status, 200);
    t.false(/(src|href)="https?:|url\(|import /.test(text), path);
    t.regex(String(headers['content-security-policy']), /^default-src 'none'; script-src 'self';/);
  }
});

test('the document of the API names every route, its fields and its problems', async (t) => {
  const { ask } = await openManagerLab(t);
  const { json } = await ask('GET', '/api/v1/openapi.json');
  t.is(json['openapi'], '3.1.0');
  const paths = Object(json['paths']);
  const { post, get } = paths[USERS];
  t.deepEqual(post.requestBody.content['application/json'].schema.required, [
    'name',
    'role',
    'password',
  ]);
  t.is(post.responses[409].description, 'MANAGER_EXISTS');
  t.truthy(post.responses[201] && post.responses[401]);
  t.deepEqual(
    get.parameters.map(({ name }: { name: string }) => name),
    ['limit', 'after'],
  );
  const ids = Object.values(paths).flatMap((methods) =>
    Object.values(Object(methods)).map((each) => Object(each).operationId),
  );
  t.is(new Set(ids).size, ids.length);
});

test('metrics count answers by route and not by address', async (t) => {
  const { ask, admin } = await openManagerLab(t);
  for (const path of ['/x', '/y', '/api/v1/users']) await ask('GET', path);
  const { text, headers } = await admin('GET', '/metrics');
  t.regex(String(headers['content-type']), /^application\/openmetrics-text; version=1\.0\.0/);
  t.regex(text, /^nacre_http_request_seconds_count\{method="GET",route="none",status="404"\} 2$/m);
  t.regex(
    text,
    /^nacre_http_request_seconds_count\{method="GET",route="\/users",status="401"\} 1$/m,
  );
  t.regex(text, /^nacre_database_bytes \d+$/m);
  t.true(text.endsWith('# EOF\n'));
});

test('health says what answers and tells strangers no more', async (t) => {
  const { ask } = await openManagerLab(t);
  t.deepEqual((await ask('GET', '/health/live')).json, { status: 'ok', checks: [] });
  t.deepEqual((await ask('GET', '/health/ready')).json, {
    status: 'ok',
    checks: [{ name: 'data base', code: 'OK' }],
  });
});
