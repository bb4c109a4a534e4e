/** The campaign, 200 kills of each kind unless NACRE_KILLS says otherwise; test/cli/kill.test.ts is its short version. */
import test from 'ava';
import { killCaptures, killRestores } from '../helpers/kill.ts';

const KILLS = Number(process.env['NACRE_KILLS'] ?? 200);

test('a capture killed at random moments leaves old versions whole, and its rerun ends right', async (t) => {
  await killCaptures(t, KILLS);
});

test('a restore killed at random moments leaves old or new sectors only, and its rerun ends right', async (t) => {
  await killRestores(t, KILLS);
});
