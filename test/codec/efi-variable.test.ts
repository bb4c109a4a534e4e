import test from 'ava';
import {
  bootEntryName,
  parseBootEntry,
  parseBootNumbers,
  parseEfiVariable,
  serializeBootNumbers,
  serializeEfiVariable,
} from '../../src/codec/efi-variable.ts';
import {
  bbsEntry,
  bootEntry,
  diskEntry,
  networkEntry,
  numbers,
  setupEntry,
  variable,
} from '../helpers/efi-variables.ts';

const GUID = '0fc63daf-8483-4772-8e79-3d69d8477de4';

test('entries say whether they start a disk or the network', (t) => {
  t.deepEqual(parseBootEntry(diskEntry(GUID)), {
    ...{ isActive: true, description: 'Nacre', starts: 'disk', partitionGuid: GUID },
  });
  t.like(parseBootEntry(diskEntry(GUID, false)), { isActive: false });
  t.like(parseBootEntry(networkEntry()), { starts: 'network', partitionGuid: '' });
  t.like(parseBootEntry(setupEntry()), { starts: 'other', description: 'UiApp' });
  t.like(parseBootEntry(bbsEntry(2)), { starts: 'disk' });
  t.like(parseBootEntry(bbsEntry(0x80)), { starts: 'network' });
});

test('data of the loader behind the path is passed over', (t) => {
  const more = Buffer.concat([diskEntry(GUID), Buffer.from('WINDOWS')]);
  t.like(parseBootEntry(more), { starts: 'disk' });
});

test('the order is read and written', (t) => {
  const file = variable(numbers(1, 0x2001, 0xffff));
  const found = parseEfiVariable(file);
  t.is(found?.attributes, 7);
  const order = parseBootNumbers(found?.data ?? Buffer.alloc(1));
  t.deepEqual(order, [1, 0x2001, 0xffff]);
  t.deepEqual(Buffer.from(serializeBootNumbers(order ?? [])), numbers(1, 0x2001, 0xffff));
  t.deepEqual(
    Buffer.from(serializeEfiVariable({ attributes: 7, data: numbers(1) })),
    variable(numbers(1)),
  );
  t.deepEqual(parseBootNumbers(Buffer.alloc(0)), []);
  t.is(bootEntryName(0x2a), 'Boot002A');
});

test('what was cut off anywhere is no entry', (t) => {
  for (const whole of [diskEntry(GUID), networkEntry(), bbsEntry(2)])
    for (let length = 0; length < whole.length; length++)
      t.is(parseBootEntry(whole.subarray(0, length)), undefined, `${length}`);
  for (let length = 0; length < 4; length++)
    t.is(parseEfiVariable(variable(numbers(1)).subarray(0, length)), undefined);
  t.is(parseBootNumbers(Buffer.alloc(3)), undefined);
});

test('lengths that lie, paths without an end and texts without a zero are no entries', (t) => {
  const short = Buffer.from(diskEntry(GUID));
  short.writeUInt16LE(3, 6 + 12 + 2);
  t.is(parseBootEntry(short), undefined, 'a node shorter than its head');
  const long = Buffer.from(diskEntry(GUID));
  long.writeUInt16LE(0xffff, 6 + 12 + 2);
  t.is(parseBootEntry(long), undefined, 'a node longer than its place');
  const nodes = Array.from({ length: 80 }, () => Buffer.from('0101040000'.slice(0, 8), 'hex'));
  t.is(parseBootEntry(bootEntry('many', nodes)), undefined, 'more nodes than a path has');
  t.is(parseBootEntry(bootEntry('x'.repeat(300), [])), undefined, 'a text without an end in sight');
  t.is(parseEfiVariable(Buffer.alloc(70_000)), undefined);
  t.is(parseBootNumbers(Buffer.alloc(2000)), undefined);
});
