import test from 'ava';
import { ipv4Text } from '../../../src/codec/ipv4.ts';
import { parseLeaseRange } from '../../../src/pxe/dhcp/lease-range.ts';

const LAB = { name: 'lab0', address: '10.77.0.1', prefix: 24 };
const OFFICE = { name: 'eth0', address: '192.168.5.2', prefix: 16 };
const POINT = { name: 'ptp0', address: '10.1.1.0', prefix: 31 };

for (const [text, name, first, last, excluded] of [
  [
    '10.77.0.100-10.77.0.200',
    'lab0',
    '10.77.0.100',
    '10.77.0.200',
    ['10.77.0.1', '10.77.0.0', '10.77.0.255'],
  ],
  [' 10.77.0.100 - 10.77.0.100 ', 'lab0', '10.77.0.100', '10.77.0.100', undefined],
  ['10.77.0.0/24', 'lab0', '10.77.0.0', '10.77.0.255', undefined],
  ['10.77.0.1/24', 'lab0', '10.77.0.0', '10.77.0.255', undefined],
  ['10.77.0.128/26', 'lab0', '10.77.0.128', '10.77.0.191', undefined],
  [
    '192.168.0.0/16',
    'eth0',
    '192.168.0.0',
    '192.168.255.255',
    ['192.168.5.2', '192.168.0.0', '192.168.255.255'],
  ],
  ['10.1.1.0/31', 'ptp0', '10.1.1.0', '10.1.1.1', ['10.1.1.0']],
] as const) {
  test(`${text} is a range of ${name}`, (t) => {
    const range = parseLeaseRange(text, [LAB, OFFICE, POINT]);
    t.is(range.interface.name, name);
    t.deepEqual([range.first, range.last].map(ipv4Text), [first, last]);
    if (excluded !== undefined) t.deepEqual([...range.excluded].map(ipv4Text), [...excluded]);
  });
}

for (const text of [
  '',
  '10.77.0.100',
  '10.77.0.200-10.77.0.100',
  '10.77.0.100-200',
  '10.77.0.100-10.77.0.300',
  '10.77.0.0/33',
  '10.77.0/24',
  '10.0.0.0/8',
  '10.77.0.1-10.77.0.1',
  '10.77.0.0-10.77.0.1',
  '10.77.0.1/32',
  'lab',
]) {
  test(`"${text}" is refused as a range`, (t) => {
    const error = t.throws(() => parseLeaseRange(text, [LAB]), { code: 'PXE_RANGE_INVALID' });
    t.true(error.message.includes(`"${text}"`));
  });
}

for (const text of ['10.78.0.100-10.78.0.200', '10.77.0.200-10.77.1.10', '10.77.0.0/23']) {
  test(`${text} is refused, as no served network has it`, (t) => {
    t.throws(() => parseLeaseRange(text, [LAB, OFFICE]), {
      code: 'PXE_RANGE_OUTSIDE',
      message: /lab0 10\.77\.0\.1\/24, eth0/,
    });
  });
}
