import test from 'ava';
import { DEVICE_EVENTS, DEVICE_STATES, next } from '../../../src/manager/devices/device-states.ts';
import { swappedUuid, tellingHints } from '../../../src/manager/devices/hints.ts';

/** Every pair that is taken; all others are refused. */
const TAKEN = new Map([
  ['pending approve', 'approved'],
  ['pending hold', 'held'],
  ['pending revoke', 'revoked'],
  ['approved hold', 'held'],
  ['approved revoke', 'revoked'],
  ['held approve', 'approved'],
  ['held revoke', 'revoked'],
  ['revoked approve', 'approved'],
]);

test('each pair of state and event does what the table says', (t) => {
  for (const state of DEVICE_STATES)
    for (const event of DEVICE_EVENTS)
      t.is(
        next(state, event),
        TAKEN.get(`${state} ${event}`) as ReturnType<typeof next>,
        `${state} ${event}`,
      );
});

test('a UUID swapped twice is itself, and swapped once as network cards send it', (t) => {
  const uuid = '00112233-4455-6677-8899-aabbccddeeff';
  t.is(swappedUuid(uuid), '33221100-5544-7766-8899-aabbccddeeff');
  t.is(swappedUuid(swappedUuid(uuid)), uuid);
});

const SILENT = [
  { uuid: '00000000-0000-0000-0000-000000000000' },
  { uuid: 'ffffffff-ffff-ffff-ffff-ffffffffffff' },
  { uuid: '00020003-0004-0005-0006-000700080009' },
  { uuid: '11111111-1111-1111-1111-111111111111' },
  { serial: 'Default string' },
  { serial: 'To be filled by O.E.M.' },
  { serial: '0000000' },
  { serial: '1' },
  { diskSerial: 'None' },
  { macs: ['01:00:5e:00:00:01', '00:00:00:00:00:00'] },
];
for (const hints of SILENT)
  test(`${JSON.stringify(hints)} tells no device from another`, (t) => {
    t.deepEqual(tellingHints(hints), []);
  });
