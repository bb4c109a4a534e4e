import { execFileSync } from 'node:child_process';
import path from 'node:path';
import test from 'ava';
import { fillPlace, findPlace, PLACE_BYTES } from '../../../src/pxe/files/filled-place.ts';
import { EMPTY_PLACE } from '../../helpers/network-boot-files.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');

test('the place that the recipe makes is the one that is looked for', (t) => {
  t.is(execFileSync(`${ROOT}/pxe/make/place`, { encoding: 'utf8' }), EMPTY_PLACE);
});

test('a place is found wherever it lies, and filled without a change of length', (t) => {
  for (const at of [0, 1, 77]) {
    const file = Buffer.from(`${'x'.repeat(at)}${EMPTY_PLACE}tail`);
    t.is(findPlace(file), at);
    const pieces = fillPlace(file, at, 'nacre.server=http://192.0.2.1');
    const whole = Buffer.concat(pieces).toString();
    t.is(whole.length, file.length);
    t.is(whole, `${'x'.repeat(at)}${'nacre.server=http://192.0.2.1'.padEnd(PLACE_BYTES)}tail`);
    t.is(pieces[0]?.buffer, file.buffer, 'the file itself is not copied');
  }
});

test('a place that is damaged, cut off or there twice is none', (t) => {
  const file = Buffer.from(`a${EMPTY_PLACE}b`);
  for (let length = 0; length < 1 + PLACE_BYTES; length++)
    t.is(findPlace(file.subarray(0, length)), undefined);
  t.is(findPlace(Buffer.concat([file, file])), undefined);
  t.is(findPlace(Buffer.from(file.toString().replace('place', 'plane'))), undefined);
});

test('a text that the place does not hold is refused', (t) => {
  const file = Buffer.from(EMPTY_PLACE);
  t.is(
    Buffer.concat(fillPlace(file, 0, 'y'.repeat(PLACE_BYTES))).toString(),
    'y'.repeat(PLACE_BYTES),
  );
  for (const text of ['y'.repeat(PLACE_BYTES + 1), 'a\nb', 'ä', '\0'])
    t.throws(() => fillPlace(file, 0, text), { instanceOf: RangeError });
});
