import test from 'ava';
import { jobOrder, jobWish } from '../../src/manager/http/shapes/jobs.ts';
import {
  EMPTY_WISH,
  isWhole,
  kindOf,
  orderBody,
  planBody,
  type UpdateWish,
} from '../../src/web/updates/wish.ts';

const wishOf = (change: Partial<UpdateWish>): UpdateWish => ({
  ...EMPTY_WISH,
  package: 'lab-pc',
  ...change,
});

test('two boxes make BI, PI, or both', (t) => {
  const kinds = [
    [true, false, 'bi'],
    [false, true, 'pi'],
    [true, true, 'bi-pi'],
    [false, false, undefined],
  ] as const;
  for (const [isDownload, isImaging, kind] of kinds) t.is(kindOf({ isDownload, isImaging }), kind);
});

const LACKING: Readonly<Record<string, Partial<UpdateWish>>> = {
  'a package': { package: '' },
  'a box': { isDownload: false },
  'selected devices': { whom: 'chosen' },
  'a group': { whom: 'group' },
  'a tag': { whom: 'tag' },
  'a time': { when: 'at' },
  'an end of the window': { when: 'window', to: '' },
  'a window with two times': { when: 'window', to: '22:00' },
};
for (const [what, change] of Object.entries(LACKING))
  test(`without ${what} there is nothing to plan`, (t) => t.false(isWhole(wishOf(change))));

const DEVICE = '4f1c9a52-7f0e-4b8e-9c3d-1a2b3c4d5e6f';
const WISHES: Readonly<Record<string, Partial<UpdateWish>>> = {
  'now, for all': {},
  'for selected devices, of a version': {
    ...{ whom: 'chosen', devices: [DEVICE], version: `@${'c3'.repeat(32)}` },
  },
  'at a time, for a group, with a limit': {
    ...{ when: 'at', at: '2026-12-02T03:00', whom: 'group', group: 'lab-2', limit: '2.5' },
  },
  'in a window, for a tag, with a notice': {
    ...{ when: 'window', whom: 'tag', tag: 'canary', isImaging: true, countdown: '5' },
  },
};
for (const [what, change] of Object.entries(WISHES))
  test(`what is asked ${what} is of the form that the manager takes`, (t) => {
    const wish = wishOf(change);
    t.true(isWhole(wish));
    t.notThrows(() => jobWish.parse(planBody(wish)));
    t.notThrows(() => jobOrder.parse(orderBody(wish)));
  });

test('a notice belongs to imaging alone, and numbers have the units of the manager', (t) => {
  t.like(orderBody(wishOf({ limit: '2', countdown: '5' })), {
    limitBytesPerSecond: 2_097_152,
    notice: undefined,
  });
  t.like(orderBody(wishOf({ isImaging: true, countdown: '5', postpones: '1' })), {
    notice: { countdownSeconds: 300, postpones: 1 },
  });
});
