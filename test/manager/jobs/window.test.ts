import test from 'ava';
import { isInWindow, knownZone, openingAfter } from '../../../src/manager/jobs/window.ts';

const NIGHT = { from: '22:00', to: '05:00' };
const DAY = { from: '08:30', to: '17:00' };

for (const [window, zone, at, isIn] of [
  [NIGHT, 'UTC', '2026-12-01T21:59:59Z', false],
  [NIGHT, 'UTC', '2026-12-01T22:00:00Z', true],
  [NIGHT, 'UTC', '2026-12-02T00:00:00Z', true],
  [NIGHT, 'UTC', '2026-12-02T05:00:00Z', false],
  [NIGHT, 'Asia/Tokyo', '2026-12-01T13:00:00Z', true],
  [DAY, 'UTC', '2026-12-01T08:29:00Z', false],
  [DAY, 'UTC', '2026-12-01T08:30:00Z', true],
  [DAY, 'UTC', '2026-12-01T17:00:00Z', false],
  // Half an hour beside the others.
  [DAY, 'Asia/Kolkata', '2026-12-01T03:00:00Z', true],
] as const)
  test(`${window.from}-${window.to} is ${isIn ? 'open' : 'shut'} at ${at} in ${zone}`, (t) => {
    t.is(isInWindow(window, zone, new Date(at)), isIn);
  });

for (const [window, zone, at, opening] of [
  [NIGHT, 'UTC', '2026-12-01T12:00:00Z', '2026-12-01T22:00:00.000Z'],
  [NIGHT, 'UTC', '2026-12-01T23:00:00Z', '2026-12-01T23:00:00.000Z'],
  [NIGHT, 'Asia/Tokyo', '2026-12-01T10:00:00Z', '2026-12-01T13:00:00.000Z'],
  // Summer time begins in this night: 02:30 is not there, and the next hour stands for it.
  [
    { from: '02:30', to: '04:00' },
    'Europe/Berlin',
    '2026-03-29T00:30:00Z',
    '2026-03-29T01:00:00.000Z',
  ],
  // It ends in this one.
  [NIGHT, 'Europe/Berlin', '2026-10-25T12:00:00Z', '2026-10-25T21:00:00.000Z'],
] as const)
  test(`${window.from} opens after ${at} in ${zone} at ${opening}`, (t) => {
    t.is(openingAfter(window, zone, new Date(at)).toISOString(), opening);
  });

test('a zone that a device made up counts as UTC', (t) => {
  t.is(knownZone('Mars/Olympus'), 'UTC');
  t.is(knownZone(''), 'UTC');
  t.is(knownZone('Asia/Tokyo'), 'Asia/Tokyo');
});
