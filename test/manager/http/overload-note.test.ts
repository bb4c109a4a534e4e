import test from 'ava';
import { OverloadNote } from '../../../src/manager/http/overload-note.ts';

test('requests that are turned away are told once a minute, with their number', (t) => {
  const lines: unknown[] = [];
  let now = 0;
  const log = { warn: (facts: unknown) => void lines.push(facts) };
  const note = new OverloadNote(log as never, () => now);
  for (let count = 0; count < 50; count++) note.refused('logins');
  now = 60_000;
  note.refused('logins');
  now = 61_000;
  note.refused('logins');
  t.deepEqual(lines, [
    { what: 'logins', refused: 1 },
    { what: 'logins', refused: 50 },
  ]);
});
