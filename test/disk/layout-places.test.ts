import test from 'ava';
import { freeRanges, type PlacesRequest, placeParts } from '../../src/disk/layout-places.ts';

const MIB = 2 ** 20;

const request = (
  change: Partial<PlacesRequest> & { os?: readonly [number, number] },
): PlacesRequest => {
  const { os: [osLeastMb, osMostMb] = [100, 1e9], ...rest } = change;
  return {
    layout: 'wes7',
    diskBytes: 1024 * MIB,
    sectorSize: 512,
    sizes: { bootAgentMb: 16, msrMb: 0, writeCacheMb: 0, backupMb: 300, osLeastMb, osMostMb },
    kept: [],
    ...rest,
  };
};

const shown = (of: PlacesRequest): readonly string[] =>
  placeParts(of).map(
    ({ part, startBytes, endBytes }) => `${part} ${startBytes / MIB}-${endBytes / MIB}`,
  );

test('the parts fill the disk in the order of their layout', (t) => {
  t.deepEqual(shown(request({})), ['boot-agent 1-17', 'os 17-724', 'backup 724-1024']);
  t.deepEqual(shown(request({ layout: 'xpe' })), [
    'os 1-708',
    'boot-agent 708-724',
    'backup 724-1024',
  ]);
  const sizes = { ...request({}).sizes, bootAgentMb: 64, msrMb: 16, writeCacheMb: 50 };
  t.deepEqual(shown(request({ layout: 'uefi', sizes })), [
    'boot-agent 1-65',
    'msr 65-81',
    'os 81-673',
    'write-cache 673-723',
    'backup 723-1023',
  ]);
});

test('an OS partition of a fixed size leaves the rest of the disk unused', (t) => {
  t.deepEqual(shown(request({ os: [100, 200] })), [
    'boot-agent 1-17',
    'os 17-217',
    'backup 217-517',
  ]);
});

test('a WFS in front keeps its odd place, and the rest begins behind it on a MiB', (t) => {
  const kept = [{ startBytes: 63 * 512, endBytes: 40 * MIB + 512 }];
  t.deepEqual(shown(request({ layout: 'wes2009', kept })), [
    'boot-agent 41-57',
    'os 57-724',
    'backup 724-1024',
  ]);
});

test('around a kept partition in the middle the OS gets the larger part that its order allows', (t) => {
  const kept = [{ startBytes: 600 * MIB, endBytes: 650 * MIB }];
  t.deepEqual(shown(request({ kept })), ['boot-agent 1-17', 'os 17-600', 'backup 650-950']);
  const early = [{ startBytes: 50 * MIB, endBytes: 60 * MIB }];
  t.deepEqual(shown(request({ kept: early })), ['boot-agent 1-17', 'os 60-724', 'backup 724-1024']);
});

test('kept partitions that leave no gap large enough are named with the sizes', (t) => {
  const kept = [
    { startBytes: 200 * MIB, endBytes: 400 * MIB },
    { startBytes: 600 * MIB, endBytes: 900 * MIB },
  ];
  const error = t.throws(() => placeParts(request({ kept })));
  t.like(error, {
    code: 'LAYOUT_NO_PLACE',
    facts: { neededBytes: 416 * MIB, freeBytes: 523 * MIB, largestBytes: 200 * MIB, keptCount: 2 },
  });
});

test('no partition lies where the backup GPT is, or beyond what an MBR counts', (t) => {
  const [gpt] = freeRanges(request({ layout: 'uefi', diskBytes: 1024 * MIB + 33 * 512 }));
  t.is(gpt?.endBytes, 1024 * MIB);
  const [short] = freeRanges(request({ layout: 'uefi', diskBytes: 1024 * MIB + 33 * 512 - 1 }));
  t.is(short?.endBytes, 1023 * MIB);
  const [mbr] = freeRanges(request({ diskBytes: 4 * 2 ** 40 }));
  t.is(mbr?.endBytes, 2 ** 41 - MIB);
});
