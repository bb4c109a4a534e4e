import test from 'ava';
import { acceptedAnswers } from '../../src/cli/confirm.ts';

test('a device is named by its serial number and by nothing else', (t) => {
  const target = { path: '/dev/null', isBlockDevice: true, serial: ' WD-123 ' };
  t.deepEqual(acceptedAnswers(target), ['WD-123']);
});

test('a device without a serial number is named by its node, also when a link was typed', (t) => {
  t.deepEqual(acceptedAnswers({ path: '/dev/null', isBlockDevice: true, serial: '  ' }), [
    '/dev/null',
    '/dev/null',
  ]);
  t.is(acceptedAnswers({ path: '/dev/fd/../null', isBlockDevice: true })[0], '/dev/null');
});

test('an image file is named as it was typed or by its base name', (t) => {
  const target = { path: './disks/lab.img', isBlockDevice: false };
  t.deepEqual(acceptedAnswers(target), ['./disks/lab.img', 'lab.img']);
});
