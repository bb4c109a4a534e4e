import test from 'ava';
import { bootRestored, captureGuest, RESTORE, succeed } from '../helpers/guest-image.ts';
import { runKilled } from '../helpers/kill.ts';
import { GUEST_NEEDS } from '../helpers/qemu.ts';
import { requires } from '../helpers/requires.ts';

test.serial('a restore that was killed and run again boots and has every file', async (t) => {
  if (!requires(t, ...GUEST_NEEDS)) return;
  const captured = await captureGuest(t, 'debian');
  const words = [...RESTORE, '--store', 'store', '--progress', 'json'];
  t.true(await runKilled(words, captured.folder, { atShare: 0.5 }), 'killed while running');
  const { unchangedBytes } = await succeed(t, captured.folder, ...RESTORE);
  t.true(Number(unchangedBytes) > 0, 'the first run had written something');
  await bootRestored(t, captured);
});
