/** A page that shows the API and tries it: made of the OpenAPI document, and of nothing that is not here. */

/** Something that is sent as it is. */
export interface Page {
  readonly path: string;
  readonly type: string;
  readonly text: string;
}

const HTML = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Nacre manager: API</title>
<link rel="stylesheet" href="/api/docs/page.css">
<h1>Nacre manager <small id="release"></small></h1>
<p>The API as <a href="/api/v1/openapi.json">OpenAPI 3.1</a>. Log in below, or send a token: <code>Authorization: Bearer nacre_…</code></p>
<form id="login"><label>Name <input name="user" autocomplete="username"></label>
<label>Password <input name="password" type="password" autocomplete="current-password"></label>
<button>Log in</button> <button type="button" id="logout">Log out</button> <output id="who" role="status"></output></form>
<main id="routes"></main>
<script src="/api/docs/page.js"></script>
</html>
`;

const CSS = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
summary { cursor: pointer; padding: .3rem 0; }
summary code { font-weight: bold; }
section { border-top: 1px solid #8888; }
label { display: inline-block; margin: .2rem 1rem .2rem 0; }
textarea { width: 100%; min-height: 6rem; font-family: monospace; }
pre { overflow: auto; max-height: 24rem; padding: .5rem; border: 1px solid #8888; }
:focus-visible { outline: 3px solid #06c; outline-offset: 2px; }
`;

const SCRIPT = `'use strict';
const make = (name, fields = {}, ...children) => {
  const element = Object.assign(document.createElement(name), fields);
  element.append(...children);
  return element;
};
const send = (method, path, body) => fetch(path, {
  method,
  headers: { 'x-nacre-request': '1', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
  ...(body === undefined ? {} : { body }),
});
const example = (schema) => {
  if (!schema) return undefined;
  if (schema.default !== undefined) return schema.default;
  if (schema.enum) return schema.enum[0];
  if (schema.type === 'object') return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, one]) => [name, example(one)]));
  if (schema.type === 'array') return [];
  return { string: '', integer: 0, number: 0, boolean: false }[schema.type] ?? null;
};
const show = async (output, response) => {
  const text = await response.text();
  let shown = text;
  try { shown = JSON.stringify(JSON.parse(text), undefined, 2); } catch { /* it is no JSON */ }
  output.textContent = response.status + ' ' + response.statusText + '\\n' + shown;
};
const routeForm = (path, method, operation) => {
  const form = make('form');
  const fields = operation.parameters.map((one) => {
    const input = make('input', { name: one.name, required: one.required, title: one.description ?? '' });
    form.append(make('label', {}, one.name + ' ', input));
    return { one, input };
  });
  const schema = operation.requestBody?.content['application/json'].schema;
  const area = schema && make('textarea', { value: JSON.stringify(example(schema), undefined, 2), ariaLabel: 'Body' });
  if (area) form.append(area);
  const output = make('pre', { role: 'status' });
  form.append(make('button', {}, 'Send'), output);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const query = new URLSearchParams();
    let address = path;
    for (const { one, input } of fields) {
      if (one.in === 'path') address = address.replace('{' + one.name + '}', encodeURIComponent(input.value));
      else if (input.value !== '') query.set(one.name, input.value);
    }
    await show(output, await send(method.toUpperCase(), address + (query.size ? '?' + query : ''), area?.value));
  });
  return form;
};
const who = async () => {
  const response = await send('GET', '/api/v1/sessions/current');
  const found = response.ok ? await response.json() : undefined;
  document.querySelector('#who').textContent = found ? found.user + ' (' + found.role + ')' : 'not logged in';
};
document.querySelector('#login').addEventListener('submit', async (event) => {
  event.preventDefault();
  const form = event.target;
  const response = await send('POST', '/api/v1/sessions', JSON.stringify(Object.fromEntries(new FormData(form))));
  form.password.value = '';
  if (response.ok) await who();
  else document.querySelector('#who').textContent = (await response.json()).detail;
});
document.querySelector('#logout').addEventListener('click', async () => { await send('DELETE', '/api/v1/sessions/current'); await who(); });
const main = async () => {
  const api = await (await fetch('/api/v1/openapi.json')).json();
  document.querySelector('#release').textContent = api.info.version;
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const head = make('summary', {}, make('code', {}, method.toUpperCase() + ' ' + path), ' ' + operation.summary);
      const details = make('details', {}, head, make('p', {}, operation.description));
      details.addEventListener('toggle', () => details.querySelector('form') ?? details.append(routeForm(path, method, operation)), { once: true });
      document.querySelector('#routes').append(make('section', {}, details));
    }
  }
  await who();
};
main();
`;

export const PAGES: readonly Page[] = [
  { path: '/api/docs', type: 'text/html; charset=utf-8', text: HTML },
  { path: '/api/docs/page.css', type: 'text/css; charset=utf-8', text: CSS },
  { path: '/api/docs/page.js', type: 'text/javascript; charset=utf-8', text: SCRIPT },
];
