import test from 'ava';
import {
  guidOfImage,
  guidOfUpdate,
  NO_UPDATES,
  parseUpdateRecord,
  RECORD_LIMIT_BYTES,
  serializeUpdateRecord,
  type UpdateRecord,
} from '../../src/agent/update/update-record.ts';

const RECORD: UpdateRecord = {
  ...NO_UPDATES,
  manager: { url: 'https://manager.example:30806', pin: 'ab'.repeat(32) },
  update: {
    ...{ id: '0123456789abcdef'.repeat(2), image: 'lab-pc', base: 'c3'.repeat(32) },
    ...{ terminal: '端末 1', manager: { url: 'https://manager.example:30806', pin: null } },
    ...{ restoreModeBefore: 'none', startedAt: '2026-12-01T09:00:00.000Z', machine: '' },
    disk: { path: '/dev/sda', serial: 'WD-0815' },
  },
};

test('a record is read as it was written', (t) => {
  for (const record of [NO_UPDATES, RECORD])
    t.deepEqual(parseUpdateRecord('here', serializeUpdateRecord(record)), record);
});

test('a record that is cut anywhere, changed or too long is refused with its place', (t) => {
  const bytes = serializeUpdateRecord(RECORD);
  const refuse = (wrong: Uint8Array): void => {
    const error = t.throws(() => parseUpdateRecord('sda: update.json', wrong), {
      code: 'UPDATE_STATE_DAMAGED',
    });
    t.true(error?.message.includes('sda: update.json'));
  };
  // The last byte is the end of the line.
  for (let length = 0; length < bytes.length - 1; length++) refuse(bytes.subarray(0, length));
  refuse(Buffer.alloc(RECORD_LIMIT_BYTES + 1, ' '));
  refuse(Buffer.from([0xff, 0xfe]));
  const text = Buffer.from(bytes).toString();
  for (const [from, to] of [
    ['"version":1', '"version":2'],
    ['lab-pc', '../etc'],
    ['0123456789abcdef', 'x'],
    ['"none"', '"maybe"'],
  ] as const)
    refuse(Buffer.from(text.replace(from, to)));
});

test('GUIDs are the same for an image everywhere, and that of the difference is the id of its update', (t) => {
  t.is(guidOfImage('lab-pc'), guidOfImage('lab-pc'));
  t.not(guidOfImage('lab-pc'), guidOfImage('lab-pd'));
  t.is(guidOfUpdate({ id: '0123456789abcdef'.repeat(2) }), '01234567-89ab-cdef-0123-456789abcdef');
});
