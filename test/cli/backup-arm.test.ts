/** `nacre backup arm` and `backup result` as their users run them. */
import test from 'ava';
import { repairDisk } from '../../src/agent/repair.ts';
import { makeDevice } from '../helpers/device.ts';
import { documentOf, nacre } from '../helpers/nacre.ts';
import { nacreHere } from '../helpers/nacre-here.ts';
import { requires } from '../helpers/requires.ts';

test('a device is armed, and its result is shown and taken', async (t) => {
  if (!requires(t, 'mkntfs', 'sfdisk')) return;
  const { path } = await makeDevice(t);
  const run = (...words: readonly string[]) => nacreHere(['backup', ...words]);
  t.regex((await run('result', path)).stdout, /^no result$/m);
  t.is((await run('arm', path)).exitCode, 3, 'without confirmation');
  t.is((await run('arm', path, '--command', 'a b', '--yes', 'device.img')).exitCode, 2);
  const arm = ['backup', 'arm', path, '--command', 'job-7', '--yes', 'device.img', '--json'];
  const armed = await nacre(arm);
  t.is(armed.exitCode, 0, armed.stdout);
  t.like(documentOf(armed), { mode: 'merlin', cmdid: 'job-7' });
  t.regex((await run('result', path)).stdout, /^job-7: handed to Merlin/);
  const other = await run('arm', path, '--yes', 'device.img', '--json');
  t.is(other.exitCode, 3);
  t.like(documentOf(other), { error: { code: 'IMAGING_PENDING' } });
  await repairDisk({ path });
  const taken = await run('result', path, '--take', '--json');
  t.deepEqual(documentOf(taken), { cmdid: 'job-7', status: '0' });
  t.regex((await run('result', path, '--lang', 'ja')).stdout, /結果はありません/);
});
