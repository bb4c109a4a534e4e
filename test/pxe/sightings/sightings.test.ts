import test from 'ava';
import { MOST_LOADS } from '../../../src/pxe/sightings/sighting.ts';
import { MOST_STRANGERS, Sightings } from '../../../src/pxe/sightings/sightings.ts';
import { TEST_MAC } from '../../helpers/dhcp-clients.ts';
import { reportOf, SEEN_AT, sightingOf } from '../../helpers/sightings.ts';

const LATER = new Date('2026-01-02T03:05:00Z');

const make = (known: readonly string[] = [TEST_MAC]) => {
  let changes = 0;
  const sightings = new Sightings({
    isKnown: ({ mac }) => known.includes(mac),
    now: () => LATER,
    onChange: () => {
      changes += 1;
    },
  });
  return { sightings, changes: () => changes };
};

const macOf = (index: number): string =>
  `02:00:${index.toString(16).padStart(8, '0').match(/../g)?.join(':')}`;

test('a request is kept with its answer, and the next one counts up', (t) => {
  const { sightings, changes } = make();
  sightings.asked(reportOf({ uuid: '11112222-3333-4444-5555-666677778888' }));
  sightings.asked(reportOf({ isIpxe: true }, { address: '10.77.0.9' }));
  t.like(sightings.get(TEST_MAC), {
    ...{ mac: TEST_MAC, uuid: '11112222-3333-4444-5555-666677778888', asked: 'ipxe' },
    ...{ answered: 'undionly.kpxe', reason: 'policy-merlin', requests: 2, address: '10.77.0.9' },
    ...{ firstSeen: SEEN_AT, lastSeen: SEEN_AT },
  });
  t.is(changes(), 2);
});

test('a request that gets no answer is kept with the reason', (t) => {
  const { sightings } = make();
  const answer = { kind: 'silence', reason: 'unknown-device' } as const;
  sightings.asked(reportOf({ transport: 'http' }, { answer, silence: 'policy' }));
  t.like(sightings.get(TEST_MAC), {
    ...{ asked: 'http-boot', answered: null, transport: null },
    ...{ reason: 'unknown-device', silence: 'policy' },
  });
});

test('loads are kept up to a limit, the newest first, and pieces of one add up', (t) => {
  const { sightings } = make();
  sightings.asked(reportOf());
  const load = (file: string, bytes: number, isPiece: boolean): void =>
    sightings.loaded(
      TEST_MAC,
      '10.77.0.9',
      { protocol: 'http', file, bytes, end: 'done' },
      isPiece,
    );
  for (let index = 0; index < MOST_LOADS + 3; index++) load(`file-${index}`, 1, false);
  load('store', 5, true);
  load('store', 7, true);
  load('store', 1, true);
  const loads = sightings.get(TEST_MAC)?.loads ?? [];
  t.is(loads.length, MOST_LOADS);
  t.like(loads[0], { file: 'store', bytes: 13, at: LATER.toISOString() });
  t.is(loads[1]?.file, `file-${MOST_LOADS + 2}`);
});

test('a load of nobody who asked is not kept, and names of strangers are made printable', (t) => {
  const { sightings } = make();
  const load = {
    protocol: 'tftp',
    file: `a\u001b[2J${'x'.repeat(300)}`,
    bytes: 0,
    end: 'refused',
  } as const;
  sightings.loaded(TEST_MAC, '10.77.0.9', load, false);
  t.is(sightings.get(TEST_MAC), undefined);
  sightings.asked(reportOf());
  sightings.loaded(TEST_MAC, '10.77.0.9', load, false);
  const file = sightings.get(TEST_MAC)?.loads[0]?.file ?? '';
  t.true(file.startsWith('a\\x1b[2Jxxx') && file.length <= 160);
});

test('what Merlin says is kept, also from one that did not ask by DHCP', (t) => {
  const { sightings } = make();
  const identity = { mac: TEST_MAC, uuid: undefined };
  sightings.merlinSaid(identity, '10.77.0.9', { machine: 'Maker Product' });
  sightings.merlinSaid(identity, '10.77.0.9', { phase: 'image', doneBytes: 5, totalBytes: 10 });
  t.like(sightings.get(TEST_MAC), { asked: 'merlin', architecture: null, askedAt: null });
  t.like(sightings.get(TEST_MAC)?.merlin, {
    ...{ phase: 'image', doneBytes: 5, totalBytes: 10, machine: 'Maker Product' },
    at: LATER.toISOString(),
  });
});

test('made-up devices push each other out, and none of the policy', (t) => {
  const { sightings } = make();
  sightings.asked(reportOf());
  for (let index = 0; index < MOST_STRANGERS + 50; index++)
    sightings.asked(reportOf({ mac: macOf(index) }));
  t.is(sightings.all().length, MOST_STRANGERS + 1);
  t.truthy(sightings.get(TEST_MAC));
  t.is(sightings.get(macOf(49)), undefined);
  t.truthy(sightings.get(macOf(50)));
});

test('a stranger that the policy names meanwhile is a known device, once', (t) => {
  const known: string[] = [];
  const { sightings } = make(known);
  sightings.asked(reportOf());
  known.push(TEST_MAC);
  sightings.asked(reportOf());
  t.is(sightings.all().length, 1);
});

test('what was stored is there again, in the order of time', (t) => {
  const stored = [
    sightingOf(),
    sightingOf({ mac: macOf(1), lastSeen: '2025-01-01T00:00:00.000Z' }),
  ];
  const options = { isKnown: () => true, now: () => LATER, onChange: () => undefined };
  const sightings = new Sightings(options, stored);
  t.deepEqual(
    sightings.all().map(({ mac }) => mac),
    [macOf(1), TEST_MAC],
  );
});
