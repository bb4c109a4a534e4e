import test from 'ava';
import { LAYOUT_POLICIES, LAYOUTS } from '../../src/disk/layout-fields.ts';
import { NETWORK_ANSWERS } from '../../src/job/network-boot-protocol.ts';
import { DEVICE_EVENTS, DEVICE_STATES, next } from '../../src/manager/devices/device-states.ts';
import { HINTS } from '../../src/manager/devices/hints.ts';
import { AREAS } from '../../src/manager/identity/roles.ts';
import { jobSettingsShape } from '../../src/manager/jobs/job-settings.ts';
import { waitMsAfter } from '../../src/web/api/back-off.ts';
import { OFFERED } from '../../src/web/devices/decisions.ts';
import * as hints from '../../src/web/devices/hint-types.ts';
import * as orders from '../../src/web/orders/order-wish.ts';
import { durationText, secondsIn } from '../../src/web/parts/duration.ts';
import { agoText, inFours, shortId, timeText } from '../../src/web/parts/format.ts';
import { TOKEN_AREAS } from '../../src/web/people/token-areas.ts';
import { hashOf, parsePlace } from '../../src/web/place/parse-place.ts';
import { BOOT_ANSWERS, DEADLINES, OTHERS } from '../../src/web/settings/setting-types.ts';

test('what is offered for a device is what the manager would do', (t) => {
  for (const state of DEVICE_STATES) {
    const possible = DEVICE_EVENTS.flatMap((event) => next(state, event) ?? []);
    t.deepEqual(OFFERED[state], possible, state);
  }
});

test('a token can be given every area of the manager', (t) => {
  t.deepEqual(TOKEN_AREAS, AREAS);
});

test('lists to choose from are those of the manager', (t) => {
  t.deepEqual(orders.LAYOUTS, LAYOUTS);
  t.deepEqual(orders.LAYOUT_POLICIES, LAYOUT_POLICIES);
  t.deepEqual(BOOT_ANSWERS, NETWORK_ANSWERS);
  t.deepEqual(hints.HINTS.toSorted(), HINTS.toSorted());
  const settings = Object.keys(jobSettingsShape.shape);
  t.deepEqual([...DEADLINES, ...OTHERS].toSorted(), settings.toSorted());
});

test('a length of time is written in the largest unit, and read in each', (t) => {
  const written = [
    [1, '1 s'],
    [90, '90 s'],
    [900, '15 min'],
    [7200, '2 h'],
    [604_800, '7 d'],
  ] as const;
  for (const [seconds, text] of written) {
    t.is(durationText(seconds), text);
    t.is(secondsIn(text), seconds);
  }
  t.is(secondsIn(' 15MIN '), 900);
  for (const text of ['', '15', 'min', '-1 s', '1.5 h', '1 week', '999999999 s', '1 s 2 s'])
    t.is(secondsIn(text), undefined, text);
});

test('a fingerprint is shown in groups of four', (t) => {
  t.deepEqual(inFours('0123456789ab'), ['0123', '4567', '89ab']);
  t.deepEqual(inFours('01234'), ['0123', '4']);
  t.deepEqual(inFours(''), []);
  t.is(shortId('c3066470aa'), 'c3066470');
});

const NOW = Date.parse('2026-12-01T12:00:00Z');
const TIMES = [
  ['2026-12-01T11:59:30Z', 'this minute'],
  ['2026-12-01T11:57:01Z', '2 minutes ago'],
  ['2026-12-01T08:00:00Z', '4 hours ago'],
  ['2026-11-30T11:00:00Z', 'yesterday'],
  ['2026-12-04T12:00:00Z', 'in 3 days'],
] as const;
for (const [at, text] of TIMES)
  test(`${at} is ${text} at noon`, (t) => t.is(agoText(at, NOW, 'en'), text));

test('times are told in the language of the reader', (t) => {
  t.is(agoText('2026-12-01T11:57:01Z', NOW, 'ja'), '2 分前');
  t.regex(timeText('2026-12-01T12:00:00Z', 'ja'), /^2026\/12\/0[12] /);
});

test('a time of another zone says so, and a zone that nobody knows is left out', (t) => {
  const at = '2026-12-01T12:00:00Z';
  t.is(timeText(at, 'en-GB', 'Asia/Tokyo'), '1 Dec 2026, 21:00 Asia/Tokyo');
  t.is(timeText(at, 'en-GB', 'Mars/Olympus'), timeText(at, 'en-GB'));
});

test('a place and its address are the same thing', (t) => {
  const place = { parts: ['devices', 'a/b?c#d %é'], query: { search: 'x&y=z', tag: '#1' } };
  t.deepEqual(parsePlace(hashOf(place.parts, place.query)), place);
  t.deepEqual(parsePlace(''), { parts: [], query: {} });
  t.deepEqual(parsePlace('#/%E0%A4%A/x'), { parts: ['%E0%A4%A', 'x'], query: {} });
  t.is(hashOf(['devices'], { search: '', group: undefined }), '#/devices');
});

test('waits between tries double, and not for ever', (t) => {
  t.deepEqual([0, 1, 2, 20, 2000].map(waitMsAfter), [1000, 2000, 4000, 30_000, 30_000]);
});
