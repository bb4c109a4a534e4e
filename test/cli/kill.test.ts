/** Short version of the campaign in test/long/kill.test.ts. */
import test from 'ava';
import { killCaptures, killRestores } from '../helpers/kill.ts';

const KILLS = 4;

test('a killed capture leaves old versions whole, and its rerun ends right', async (t) => {
  await killCaptures(t, KILLS);
});

test('a killed restore leaves old or new sectors only, and its rerun ends right', async (t) => {
  await killRestores(t, KILLS);
});
