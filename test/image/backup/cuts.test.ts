/** Power cuts while a backup partition is filled; test/long finishes every state, here some of them. */
import test from 'ava';
import {
  checkCuts,
  firstVersion,
  replacedVersion,
  threeVersions,
} from '../../helpers/backup-cuts.ts';
import { requires } from '../../helpers/requires.ts';

test('a cut at any write of a fill leaves the old generation current and whole, and a rerun finishes', async (t) => {
  if (!requires(t, 'cc', 'fsck.fat', 'sfdisk')) return;
  const states = await checkCuts(t, await threeVersions(t), 25);
  t.log(`${states} states`);
  t.true(states > 100);
});

test('a cut while the old generation is replaced leaves a partition that a rerun fills', async (t) => {
  if (!requires(t, 'cc', 'fsck.fat', 'sfdisk')) return;
  const states = await checkCuts(t, await replacedVersion(t), 25);
  t.log(`${states} states`);
  t.true(states > 100);
});

test('a cut during the first fill leaves nothing that counts as verified and is not', async (t) => {
  if (!requires(t, 'cc', 'fsck.fat', 'sfdisk')) return;
  const states = await checkCuts(t, await firstVersion(t), 25);
  t.log(`${states} states`);
  t.true(states > 50);
});
