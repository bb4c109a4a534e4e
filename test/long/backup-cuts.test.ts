/** Every state that a power cut in the middle of a fill may leave is finished: filled again, checked, repaired from. */
import test from 'ava';
import { checkCuts, firstVersion, replacedVersion, threeVersions } from '../helpers/backup-cuts.ts';

test('after a cut at any write a fill is finished by a rerun', async (t) => {
  t.log(`${await checkCuts(t, await threeVersions(t), 1)} states`);
});

test('after a cut while the old generation is replaced a fill is finished by a rerun', async (t) => {
  t.log(`${await checkCuts(t, await replacedVersion(t), 1)} states`);
});

test('after a cut during the first fill a fill is finished by a rerun', async (t) => {
  t.log(`${await checkCuts(t, await firstVersion(t), 1)} states`);
});
