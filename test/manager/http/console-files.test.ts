/** The files of the web console, as browsers ask for them. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { readConsole } from '../../../src/manager/http/console-files.ts';
import { CONSOLE_FOLDER } from '../../helpers/console-folder.ts';
import { openManagerLab } from '../../helpers/manager-lab.ts';

const TYPES = {
  '/': /^text\/html/,
  '/console.js': /^text\/javascript/,
  '/japanese.js': /^text\/javascript/,
  '/console.css': /^text\/css/,
  '/icon.svg': /^image\/svg\+xml$/,
  '/licences.txt': /^text\/plain/,
};

test('the console is sent with its type, its policy and nothing from elsewhere, and not again while it is the same', async (t) => {
  const { ask } = await openManagerLab(t, { consoleFolder: CONSOLE_FOLDER });
  for (const [place, type] of Object.entries(TYPES)) {
    const { status, headers, text } = await ask('GET', place);
    t.is(status, 200, place);
    t.regex(String(headers['content-type']), type);
    t.regex(String(headers['content-security-policy']), /^default-src 'none'; script-src 'self';/);
    t.is(headers['x-content-type-options'], 'nosniff');
    t.is(headers['cache-control'], 'private, no-cache');
    t.false(
      /<script(?! type="module" src="\/)|(src|href)="https?:|url\(|@import/.test(text),
      place,
    );
    const etag = String(headers['etag']);
    for (const known of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      const again = await ask('GET', place, { headers: { 'if-none-match': known } });
      t.like(again, { status: 304, text: '', headers: { etag } });
    }
    t.is((await ask('GET', place, { headers: { 'if-none-match': '"other"' } })).status, 200);
  }
});

test('the console is compressed for those who can read it', async (t) => {
  const files = await readConsole(CONSOLE_FOLDER);
  const script = files.find(({ path: place }) => place === '/console.js');
  const encodingOf = (acceptEncoding: string | undefined): string | undefined =>
    script?.answer({ acceptEncoding, ifNoneMatch: undefined }).headers['content-encoding'];
  for (const accept of ['gzip', 'gzip, deflate, br', 'br;q=1.0, gzip;q=0.8', 'GZIP'])
    t.is(encodingOf(accept), 'gzip', accept);
  for (const accept of [undefined, '', 'br', 'gzip;q=0', 'gzip;q=0.0', 'x-gzip2'])
    t.is(encodingOf(accept), undefined, accept);
  const tags = ['gzip', 'br'].map(
    (acceptEncoding) => script?.answer({ acceptEncoding, ifNoneMatch: undefined }).headers['etag'],
  );
  t.not(tags[0], tags[1]);
});

test('the console is less than 60 kB on the wire, and Japanese less than 40 kB more', (t) => {
  const lengths = new Map(
    readdirSync(CONSOLE_FOLDER).map((name) => [
      name,
      gzipSync(readFileSync(path.join(CONSOLE_FOLDER, name))).length,
    ]),
  );
  const { 'licences.txt': _, 'japanese.js': japanese = 0, ...all } = Object.fromEntries(lengths);
  const bytes = Object.values(all).reduce((sum, length) => sum + length, 0);
  t.log(`${bytes} bytes, Japanese ${japanese}`);
  t.true(bytes < 60_000);
  t.true(japanese < 40_000);
});

test('the manager sends every file that the build made', (t) => {
  const names = Object.keys(TYPES).map((place) => (place === '/' ? 'index.html' : place.slice(1)));
  t.deepEqual(readdirSync(CONSOLE_FOLDER).toSorted(), names.toSorted());
});

test('where the console was not built a page says so', async (t) => {
  for (const consoleFolder of [undefined, path.join(CONSOLE_FOLDER, 'nothing')]) {
    const { ask } = await openManagerLab(t, { consoleFolder });
    const { status, text, headers } = await ask('GET', '/');
    t.is(status, 503);
    t.regex(String(headers['content-type']), /^text\/html/);
    t.regex(text, /Run <code>scripts\/build<\/code>/);
    t.is((await ask('GET', '/console.js')).status, 404);
  }
});
