/** Short version of the campaign in test/long/kill.test.ts. */
import test from 'ava';
import { killCaptures, killRestores } from '../helpers/kill.ts';

const ROUNDS = 4;

test('a killed capture leaves old versions whole, and its rerun ends right', async (t) => {
  t.true((await killCaptures(t, ROUNDS)) > 0);
});

test('a killed restore leaves old or new sectors only, and its rerun ends right', async (t) => {
  t.true((await killRestores(t, ROUNDS)) > 0);
});
