import test from 'ava';
import { fileAnswer } from '../../helpers/dhcp-answers.ts';
import { discoverOf } from '../../helpers/dhcp-clients.ts';
import { LAB, leasesOf, makeResponder, requestFrom } from '../../helpers/responder-lab.ts';

const A = '52:54:00:00:00:0a';
const B = '52:54:00:00:00:0b';
const C = '52:54:00:00:00:0c';

test('an exhausted range is a warning, once a minute', async (t) => {
  const lab = makeResponder([LAB], { leases: leasesOf(LAB, '10.77.0.100-10.77.0.100') });
  await lab.receive(
    requestFrom(A, '03', [
      [54, '0a4d0001'],
      [50, '0a4d0064'],
    ]),
  );
  await lab.receive(requestFrom(B, '01'));
  await lab.receive(requestFrom(C, '01'));
  lab.pass(60_000);
  await lab.receive(requestFrom(B, '01'));
  t.deepEqual(lab.told(), [
    'address leased',
    'no address is free, the range is exhausted',
    'no address is free, the range is exhausted',
  ]);
  t.is(lab.sent.length, 1);
});

test('an address that a device declines is a warning', async (t) => {
  const lab = makeResponder([LAB], { leases: leasesOf(LAB, '10.77.0.100-10.77.0.101') });
  await lab.receive(requestFrom(A, '01'));
  await lab.receive(
    requestFrom(A, '04', [
      [54, '0a4d0001'],
      [50, '0a4d0064'],
    ]),
  );
  t.like(lab.lines.at(-1), { level: 'warn', mac: A });
});

test('people read a line once for each device and change', async (t) => {
  let name = 'loader';
  const lab = makeResponder([LAB], { decide: () => fileAnswer(name) });
  for (const mac of [A, A, B, A]) await lab.receive(discoverOf.ovmfPxe(mac));
  name = 'other';
  await lab.receive(discoverOf.ovmfPxe(A));
  t.deepEqual(
    lab.lines.map(({ level, mac, file }) => [level, mac, file]),
    [
      ['info', A, 'loader'],
      ['debug', A, 'loader'],
      ['info', B, 'loader'],
      ['debug', A, 'loader'],
      ['info', A, 'other'],
    ],
  );
});

test('forged MACs do not fill the log for people', async (t) => {
  const lab = makeResponder([LAB]);
  for (let at = 0; at < 200; at++)
    await lab.receive(discoverOf.ovmfPxe(`02:00:00:00:00:${at.toString(16).padStart(2, '0')}`));
  t.is(lab.sent.length, 200);
  t.is(lab.told().length, 20);
});
