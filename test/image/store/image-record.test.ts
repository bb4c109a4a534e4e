import test from 'ava';
import { isNacreError } from '../../../src/errors.ts';
import {
  emptyRecord,
  type ImageRecord,
  idOfLabel,
  labelsOf,
  parseImageRecord,
  serializeImageRecord,
  withLabel,
  withoutVersion,
  withRestored,
  withVersion,
} from '../../../src/image/store/image-record.ts';
import { nearestNames } from '../../../src/image/store/nearest-name.ts';

const idOf = (digit: string): string => digit.repeat(64);
const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

const withThree = (): ImageRecord =>
  ['a', 'b', 'c'].reduce<ImageRecord>(
    (record, digit, index) => {
      const row = { id: idOf(digit), createdAt: at(index), parent: null, comment: '' };
      return withVersion(record, row, at(index));
    },
    emptyRecord('lab-pc', 'Lab'),
  );

test('latest follows the newest version, also when that is removed and brought back', (t) => {
  const three = withLabel(withThree(), 'stable', { id: idOf('c'), at: at(4) });
  t.deepEqual(labelsOf(three, idOf('c')), ['latest', 'stable']);
  const two = withoutVersion(three, idOf('c'), at(5));
  t.is(idOfLabel(two, 'latest'), idOf('b'));
  t.is(idOfLabel(two, 'stable'), undefined);
  t.deepEqual(two.bin[0]?.labels, ['latest', 'stable']);
  const back = withRestored(two, idOf('c'), at(6));
  t.is(idOfLabel(back, 'latest'), idOf('b'), 'latest was taken meanwhile');
  t.is(idOfLabel(back, 'stable'), idOf('c'));
  t.deepEqual(
    back.versions.map((row) => row.id),
    three.versions.map((row) => row.id),
  );
  const history = back.labels.find((row) => row.label === 'stable')?.history;
  t.deepEqual(
    history?.map((move) => move.id),
    [idOf('c'), null, idOf('c')],
  );
});

test('steps that change nothing give the same record', (t) => {
  const three = withThree();
  t.is(withLabel(three, 'latest', { id: idOf('c'), at: at(9) }), three);
  t.is(withoutVersion(three, idOf('f'), at(9)), three);
  t.is(withRestored(three, idOf('a'), at(9)), three);
});

test('a record comes back from its text; another image, bad JSON or shape are refused', (t) => {
  const text = serializeImageRecord(withoutVersion(withThree(), idOf('a'), at(9)));
  t.is(serializeImageRecord(parseImageRecord('lab-pc', text)), text);
  const bad = [text.slice(0, -3), '[]', text.replace('"format": 1', '"format": 2')];
  for (const one of bad) {
    t.true(
      isNacreError(
        t.throws(() => parseImageRecord('lab-pc', one)),
        'STORE_IMAGE_DAMAGED',
      ),
    );
  }
  const swapped = t.throws(() => parseImageRecord('other', text));
  t.regex(swapped?.message ?? '', /record of lab-pc/);
});

test('a label may be called like a member of an object', (t) => {
  const record = withLabel(withThree(), 'constructor', { id: idOf('a'), at: at(9) });
  t.is(idOfLabel(record, 'constructor'), idOf('a'));
  t.is(idOfLabel(withThree(), 'constructor'), undefined);
});

test('the nearest names come first and strangers not at all', (t) => {
  t.deepEqual(nearestNames('lab-cp', ['lab-pc', 'kiosk', 'lab-pc-2']), ['lab-pc', 'lab-pc-2']);
  t.deepEqual(nearestNames('x', []), []);
});
