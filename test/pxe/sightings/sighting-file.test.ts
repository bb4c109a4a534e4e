import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { readSightings, SightingWriter } from '../../../src/pxe/sightings/sighting-file.ts';
import { collectingLog } from '../../helpers/service-log.ts';
import { sightingOf } from '../../helpers/sightings.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

test('what was written is read', async (t) => {
  const file = path.join(await temporaryFolder(t), 'pxe', 'sightings.json');
  const { log } = collectingLog();
  const devices = [sightingOf(), sightingOf({ mac: '52:54:00:00:00:01', address: '10.77.0.9' })];
  const writer = new SightingWriter({ path: file, devices: () => devices, log });
  writer.changed();
  await writer.close();
  t.deepEqual(await readSightings(file), devices);
});

test('a file that is not there has no devices', async (t) => {
  t.deepEqual(await readSightings(path.join(await temporaryFolder(t), 'none.json')), []);
});

test('many changes are one write', async (t) => {
  const file = path.join(await temporaryFolder(t), 'sightings.json');
  const { log } = collectingLog();
  let writes = 0;
  const devices = () => {
    writes += 1;
    return [sightingOf({ requests: writes })];
  };
  const writer = new SightingWriter({ path: file, devices, log, pauseMs: 3_600_000 });
  for (let index = 0; index < 1000; index++) writer.changed();
  await writer.close();
  t.is(writes, 1);
  t.is((await readSightings(file))[0]?.requests, 1);
});

test('a place that cannot be written to is logged, and the service goes on', async (t) => {
  const folder = await temporaryFolder(t);
  const file = path.join(folder, 'sightings.json');
  await mkdir(path.join(`${file}.new`, 'in the way'), { recursive: true });
  const { log, lines } = collectingLog();
  const writer = new SightingWriter({ path: file, devices: () => [], log });
  writer.changed();
  await writer.close();
  t.is(lines[0]?.message, 'what was seen cannot be stored');
});

test('a file that was cut or changed is refused with the reason', async (t) => {
  const file = path.join(await temporaryFolder(t), 'sightings.json');
  const { log } = collectingLog();
  const writer = new SightingWriter({ path: file, devices: () => [sightingOf()], log });
  writer.changed();
  await writer.close();
  const text = await readFile(file, 'utf8');
  for (const [changed, reason] of [
    [text.slice(0, -20), /not JSON/],
    [text.replace('"bios"', '"abacus"'), /devices\.0\.architecture/],
    [text.replace('52:54:00', '../../..'), /devices\.0\.mac/],
    ['{}', /format/],
  ] as const) {
    await writeFile(file, changed);
    const error = await t.throwsAsync(readSightings(file), { code: 'PXE_SIGHTINGS_DAMAGED' });
    t.regex(error?.message ?? '', reason);
  }
});
