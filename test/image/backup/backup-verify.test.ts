import test from 'ava';
import { verifyBackup } from '../../../src/image/backup/backup-verify.ts';
import { makeKeyPair } from '../../../src/image/store/signature.ts';
import { makeBackupLab, packsOn } from '../../helpers/backup-lab.ts';
import { MIB, patch } from '../../helpers/disk-lab.ts';
import { publishLetters } from '../../helpers/hand-made-image.ts';
import { requires } from '../../helpers/requires.ts';

test('a partition without a generation does not verify', async (t) => {
  if (!requires(t, 'sfdisk')) return;
  const lab = await makeBackupLab(t);
  using backup = await lab.open();
  t.like(await verifyBackup(backup), { ok: false, generations: [], damaged: [] });
});

test('a generation that no trusted key signed counts as bad, though its chunks are right', async (t) => {
  if (!requires(t, 'sfdisk')) return;
  const lab = await makeBackupLab(t);
  const { privatePem, publicPem } = makeKeyPair();
  const { id: first } = await publishLetters(lab.store, 'letters', 'AB', { sign: privatePem });
  await lab.fill('letters');
  const { id: second } = await publishLetters(lab.store, 'letters', 'ABC');
  await lab.fill('letters');
  using backup = await lab.open();
  t.true((await verifyBackup(backup)).ok);
  const report = await verifyBackup(backup, { trust: [publicPem] });
  t.false(report.ok);
  t.like(report.generations, [
    { id: second, verified: true, problem: 'IMAGE_UNTRUSTED' },
    { id: first, verified: true, problem: null },
  ]);
  await t.throwsAsync(verifyBackup(backup, { trust: ['no key'] }), { code: 'IMAGE_KEY_INVALID' });
});

test('an incomplete generation is named with its reason, the others are read all the same', async (t) => {
  if (!requires(t, 'sfdisk')) return;
  const lab = await makeBackupLab(t);
  const { id: first } = await publishLetters(lab.store, 'letters', 'AB');
  await lab.fill('letters');
  const [old] = await packsOn(lab);
  const { id: second } = await publishLetters(lab.store, 'letters', 'ABCD');
  await lab.fill('letters');
  const added = (await packsOn(lab)).find(({ id }) => id !== old?.id);
  patch(lab.disk, (added?.offset ?? 0) + (added?.sizeBytes ?? 0) - 10, Buffer.from('damage'));
  using backup = await lab.open();
  t.like(await verifyBackup(backup), {
    ok: false,
    generations: [
      { id: second, complete: false, verified: false, problem: 'STORE_PACK_DAMAGED' },
      { id: first, complete: true, verified: true, problem: null },
    ],
  });
});

test('a verify can be cancelled', async (t) => {
  if (!requires(t, 'sfdisk')) return;
  const lab = await makeBackupLab(t);
  await lab.newVersion('one', MIB);
  await lab.fill('lab');
  using backup = await lab.open();
  const signal = AbortSignal.abort();
  await t.throwsAsync(verifyBackup(backup, { signal }), { code: 'CANCELLED' });
});
