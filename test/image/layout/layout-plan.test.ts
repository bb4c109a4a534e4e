import { execFileSync } from 'node:child_process';
import test, { type ExecutionContext } from 'ava';
import { openForWrite } from '../../../src/disk/device.ts';
import { applyTable, planTable } from '../../../src/disk/partition-table.ts';
import {
  type LayoutOptions,
  type LayoutPlan,
  planLayout,
} from '../../../src/image/layout/layout-plan.ts';
import { type DiskLab, gptDisk, MIB, makeLab, mbrDisk, putVolume } from '../../helpers/disk-lab.ts';
import { emptyFile, makeNtfs, run } from '../../helpers/volumes.ts';

/** A lab whose image `os` has one NTFS partition of 30 MiB. */
const ntfsLab = async (t: ExecutionContext): Promise<DiskLab> => {
  const lab = await makeLab(t);
  const disk = emptyFile(lab.at('source.img'), 40);
  execFileSync('/usr/sbin/sfdisk', ['-q', disk], {
    input: 'label: dos\nlabel-id: 0x12345678\nstart=2048, size=61440, type=7, bootable\n',
  });
  putVolume(makeNtfs(lab.at('os'), 30), disk, 1);
  await lab.capture(disk, { name: 'os' });
  return lab;
};

const plan = (lab: DiskLab, path: string, more: Partial<LayoutOptions> = {}): Promise<LayoutPlan> =>
  planLayout({ store: lab.store, image: 'os', path, layout: 'wes7', policy: 'auto', ...more });

const shown = ({ after }: LayoutPlan): readonly string[] =>
  after.map(
    ({ number, role, startBytes, sizeBytes, fileSystem }) =>
      `${number} ${role} ${startBytes / MIB}+${sizeBytes / MIB} ${fileSystem}`,
  );

const writeTable = async ({ target, table, sectorSize }: LayoutPlan): Promise<void> => {
  using disk = await openForWrite(target.path, { sectorSize });
  await applyTable(disk, await planTable(disk, table));
};

test('wes7 puts boot agent, OS and backup on an empty disk, and other tools find nothing to say', async (t) => {
  const lab = await ntfsLab(t);
  const made = await plan(lab, emptyFile(lab.at('target.img'), 1024));
  const { osMb, backupMb } = made.fields;
  t.deepEqual(shown(made), [
    '1 boot-agent 1+16 fat16',
    `2 os 17+${osMb} ntfs`,
    `3 backup ${17 + osMb}+${backupMb} fat32`,
  ]);
  t.is(17 + osMb + backupMb, 1024);
  t.deepEqual(made.lost, ['the whole disk (empty: it begins and ends with zeros)']);
  await writeTable(made);
  t.notThrows(() => run('sfdisk', ['--verify', made.target.path]));
  const dump = run('sfdisk', ['--dump', made.target.path]);
  t.regex(dump, /label-id: 0x12345678/);
  t.regex(dump, /start= +34816, .*type=7, bootable/);
});

test('uefi keeps the GUIDs by which an installed OS knows its disk, and adds its own', async (t) => {
  const lab = await makeLab(t);
  const source = gptDisk(lab);
  await lab.capture(source, { name: 'os' });
  const made = await plan(lab, emptyFile(lab.at('target.img'), 1024), {
    layout: 'uefi',
    osPartition: 2,
  });
  t.deepEqual(
    shown(made).map((line) => line.replace(/\d+\+\d+/, '')),
    ['1 boot-agent  fat32', '2 msr  raw', '3 os  ntfs', '4 backup  fat32'],
  );
  await writeTable(made);
  t.regex(run('sgdisk', ['-v', made.target.path]), /No problems found/);
  const guid = (file: string, number: number): string | undefined =>
    /unique GUID: (\S+)/.exec(run('sgdisk', ['-i', `${number}`, file]))?.[1];
  t.is(guid(made.target.path, 1), guid(source, 1));
  t.is(guid(made.target.path, 3), guid(source, 2));
  t.regex(run('sgdisk', ['-i', '4', made.target.path]), /Attribute flags: 8000000000000000/);
});

test('a second plan for the same disk gives the same table', async (t) => {
  const lab = await ntfsLab(t);
  const target = emptyFile(lab.at('target.img'), 1024);
  const first = await plan(lab, target, { layout: 'uefi' });
  t.deepEqual((await plan(lab, target, { layout: 'uefi' })).table, first.table);
  t.true(first.warnings.includes('other-firmware'));
});

test('the vendor policy leaves what is above 4096 MB unused and says so', async (t) => {
  const lab = await ntfsLab(t);
  const made = await plan(lab, emptyFile(lab.at('target.img'), 8192), { policy: 'vendor' });
  const { backupMb } = made.fields;
  t.like(made.fields, { totalFlashMb: 8192, osMb: 4096 - 16 - backupMb, unusedMb: 4096 });
  t.true(made.warnings.includes('unused-space'));
  const os = made.after.find(({ role }) => role === 'os');
  t.is(os?.sizeBytes, made.fields.osMb * MIB);
});

test('a WFS in front of an XPe disk stays where it is', async (t) => {
  const lab = await ntfsLab(t);
  const target = emptyFile(lab.at('target.img'), 1024);
  execFileSync('/usr/sbin/sfdisk', ['-q', target], {
    input: 'label: dos\nstart=63, size=32000, type=7f\nstart=40960, size=100000, type=7\n',
  });
  const made = await plan(lab, target, { layout: 'xpe' });
  t.false(made.warnings.includes('no-wfs'));
  t.deepEqual(made.table.entries[0], {
    number: 1,
    firstLba: 63,
    lastLba: 32_062,
    type: 0x7f,
    active: false,
    kind: 'primary',
  });
  t.regex(shown(made).join('; '), /^1 other .*; 2 os 16\+.*; 3 boot-agent .*; 4 backup /);
  t.deepEqual(made.lost, ['partition 2 (empty: it begins and ends with zeros)']);
  t.true((await plan(lab, target, { layout: 'wes7' })).lost.length === 2);
});

test('without a WFS an XPe layout is made without one, with a warning', async (t) => {
  const lab = await ntfsLab(t);
  const made = await plan(lab, emptyFile(lab.at('target.img'), 1024), { layout: 'xpe' });
  t.true(made.warnings.includes('no-wfs'));
  t.regex(shown(made).join('; '), /^1 os 1\+.*; 2 boot-agent .*; 3 backup /);
});

test('partitions that cannot be kept are refused', async (t) => {
  const lab = await ntfsLab(t);
  const target = emptyFile(lab.at('target.img'), 1024);
  const keep = (number: number, more: Partial<LayoutOptions> = {}) =>
    plan(lab, target, { keep: [number], ...more });
  await t.throwsAsync(keep(1), { code: 'DISK_NO_PARTITION' });
  execFileSync('/usr/sbin/sfdisk', ['-q', target], {
    input: 'label: dos\n2048,100M,7\n,100M,5\n,50M,83\n,20M,83\n,20M,83\n',
  });
  await t.throwsAsync(keep(5), { code: 'LAYOUT_KEEP_LOGICAL' });
  await t.throwsAsync(keep(1, { layout: 'uefi' }), { code: 'LAYOUT_KEEP_TABLE' });
  const made = await keep(1);
  t.deepEqual(
    made.kept.map(({ entry }) => entry.number),
    [1],
  );
  await t.throwsAsync(plan(lab, target, { keep: [1], writeCacheBytes: 16 * MIB }), {
    code: 'LAYOUT_TOO_MANY',
  });
});

test('an image with two systems has to name the one that is meant', async (t) => {
  const lab = await makeLab(t);
  await lab.capture(mbrDisk(lab), { name: 'os' });
  const target = emptyFile(lab.at('target.img'), 1024);
  await t.throwsAsync(plan(lab, target), { code: 'LAYOUT_OS_UNCLEAR' });
  t.is((await plan(lab, target, { osPartition: 2 })).os.fileSystem, 'ext4');
  await t.throwsAsync(plan(lab, target, { osPartition: 7 }), { code: 'IMAGE_NO_PARTITION' });
});

test('a disk that is too small is refused with the numbers', async (t) => {
  const lab = await ntfsLab(t);
  const error = await t.throwsAsync(plan(lab, emptyFile(lab.at('target.img'), 200)), {
    code: 'LAYOUT_NO_ROOM',
  });
  t.like(error, { facts: { partition: 'active OS' } });
});

/** A GPT disk of 32 MiB with sectors of 4096 bytes and one Linux partition. */
const nativeSectorDisk = async (lab: DiskLab): Promise<string> => {
  const file = emptyFile(lab.at('4kn.img'), 32);
  using disk = await openForWrite(file, { sectorSize: 4096 });
  const entry = {
    ...{ number: 1, firstLba: 256, lastLba: 5375, name: 'root', attributes: '0000000000000000' },
    typeGuid: '0fc63daf-8483-4772-8e79-3d69d8477de4',
    guid: '11111111-2222-4333-8444-555555555555',
  };
  const guid = '99999999-2222-4333-8444-555555555555';
  const table = { type: 'gpt', guid, entryCount: 128, entries: [entry] } as const;
  await applyTable(disk, await planTable(disk, table));
  return file;
};

test('sectors of 4096 bytes are for uefi, with an image of such a disk', async (t) => {
  const lab = await makeLab(t);
  await lab.capture(await nativeSectorDisk(lab), { name: 'os' });
  const target = emptyFile(lab.at('target.img'), 1024);
  await t.throwsAsync(plan(lab, target, { layout: 'uefi' }), { code: 'DISK_SECTOR_SIZE' });
  const sectorSize = 4096;
  await t.throwsAsync(plan(lab, target, { sectorSize }), { code: 'LAYOUT_SECTOR_SIZE' });
  const made = await plan(lab, target, { layout: 'uefi', sectorSize });
  t.deepEqual(
    made.after.map(({ role, fileSystem }) => `${role} ${fileSystem}`),
    ['boot-agent fat16', 'os raw', 'backup fat32'],
  );
});

for (const [layout, order] of [
  ['xpe', 'os, write-cache, boot-agent, backup'],
  ['wes2009', 'boot-agent, os, write-cache, backup'],
  ['wes7', 'boot-agent, os, write-cache, backup'],
  ['uefi', 'boot-agent, os, write-cache, backup'],
] as const) {
  test(`${layout} gets a write cache of the asked size behind its OS, and the OS is smaller by that`, async (t) => {
    const lab = await ntfsLab(t);
    const target = emptyFile(lab.at('target.img'), 1024);
    const without = await plan(lab, target, { layout });
    const made = await plan(lab, target, { layout, writeCacheBytes: 100 * MIB - 1 });
    t.is(made.after.map(({ role }) => role).join(', '), order);
    t.like(
      made.after.find(({ role }) => role === 'write-cache'),
      {
        ...{ name: 'write cache', sizeBytes: 100 * MIB, fileSystem: 'raw' },
      },
    );
    t.is(made.fields.osMb, without.fields.osMb - 100);
  });
}

test('a write cache that is too small, or leaves no room for the OS, is refused with both sizes', async (t) => {
  const lab = await ntfsLab(t);
  const target = emptyFile(lab.at('target.img'), 1024);
  const small = await t.throwsAsync(plan(lab, target, { writeCacheBytes: 16 * MIB - 1 }), {
    code: 'LAYOUT_WRITE_CACHE_SMALL',
  });
  t.regex(small?.message ?? '', /16777215 .* 16777216/);
  const large = await t.throwsAsync(plan(lab, target, { writeCacheBytes: 900 * MIB }), {
    code: 'LAYOUT_NO_ROOM',
  });
  t.regex(large?.message ?? '', /active OS.*30/);
});
