import test from 'ava';
import { bootRestored, captureGuest, RESTORE, succeed } from '../helpers/guest-image.ts';
import { GUEST_NEEDS } from '../helpers/qemu.ts';
import { requires } from '../helpers/requires.ts';

test('a disk restored onto a larger one full of noise boots and has every file', async (t) => {
  if (!requires(t, ...GUEST_NEEDS)) return;
  const captured = await captureGuest(t, 'small');
  const { writtenBytes } = await succeed(t, captured.folder, ...RESTORE);
  await bootRestored(t, captured);
  const again = await succeed(t, captured.folder, ...RESTORE);
  t.is(again['writtenBytes'], 0);
  t.is(again['unchangedBytes'], writtenBytes);
});
