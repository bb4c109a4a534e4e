import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { holdServiceRecord, readRunningService } from '../../../src/pxe/service/service-record.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const FACTS = {
  startedAt: '2026-01-02T03:04:05.000Z',
  interfaces: [{ name: 'eth0', address: '10.77.0.1' }],
  ...{
    policy: '/etc/nacre/pxe.toml',
    isManaged: false,
    boot: '/boot',
    store: '/store',
    httpPort: 30880,
    httpsPort: 30806,
    pin: 'ab',
    range: null,
  },
};

test('a service is found while it runs, and not after it has ended', async (t) => {
  const file = path.join(await temporaryFolder(t), 'pxe', 'service.json');
  const held = await holdServiceRecord(file, FACTS);
  t.like(await readRunningService(file), { ...FACTS, pid: process.pid });
  await held.close();
  t.is(await readRunningService(file), undefined);
});

test('the file of a process that is gone, or of another one with its number, counts for nothing', async (t) => {
  const file = path.join(await temporaryFolder(t), 'service.json');
  await holdServiceRecord(file, FACTS);
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace(/"startTicks":"\d+"/, '"startTicks":"1"'));
  t.is(await readRunningService(file), undefined);
  await writeFile(file, text.slice(0, -9));
  t.is(await readRunningService(file), undefined);
});

test('a second process is refused with the number of the first', async (t) => {
  const file = path.join(await temporaryFolder(t), 'service.json');
  await holdServiceRecord(file, FACTS);
  const stat = await readFile('/proc/1/stat', 'utf8');
  const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  const text = await readFile(file, 'utf8');
  const other = { ...(JSON.parse(text) as object), pid: 1, startTicks: ticks };
  await writeFile(file, JSON.stringify(other));
  const error = await t.throwsAsync(holdServiceRecord(file, FACTS), { code: 'PXE_SERVICE_RUNS' });
  t.regex(error?.message ?? '', /process 1, since 2026-01-02/);
});
