import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { openForWrite } from '../../src/disk/device.ts';
import { FatVolume, formatFat } from '../../src/disk/fat.ts';
import { storeOsStart } from '../../src/image/os-start.ts';
import { MIB, patch, peek, putVolume } from '../helpers/disk-lab.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { emptyFile, makeExt4, makeLinux, makeNtfs, run } from '../helpers/volumes.ts';

const AGENT = { startBytes: MIB, sizeBytes: 8 * MIB };
const OS = { startBytes: 9 * MIB, sizeBytes: 30 * MIB, number: 3 };

interface Case {
  readonly makeOs?: (file: string) => void;
  readonly layout?: string;
  readonly loaders?: readonly string[];
}

/** What GRUB is told of an OS, line by line, without the comment. */
const told = async (t: ExecutionContext, { makeOs, layout = 'wes7', loaders = [] }: Case) => {
  const folder = await temporaryFolder(t);
  const file = emptyFile(`${folder}/disk.img`, 40);
  const os = emptyFile(`${folder}/os`, 30);
  makeOs?.(os);
  putVolume(os, file, 9);
  using disk = await openForWrite(file);
  await formatFat(disk, AGENT, { type: 'fat16' });
  using volume = await FatVolume.open(disk, AGENT);
  for (const name of ['Grub', 'EFI', 'EFI/BOOT']) await volume.makeFolder(name);
  await volume.write('EFI/BOOT/grubx64.efi', Buffer.from('ours'));
  for (const loader of loaders) {
    await volume.makeFolder(loader.split('/').slice(0, 2).join('/'));
    await volume.write(loader, Buffer.from('theirs'));
  }
  await storeOsStart({ disk, layout, os: OS, agent: { number: 1, volume } });
  return (await volume.read('Grub/os.cfg')).toString().split('\n').slice(1, -1);
};

const linux = (file: string) => makeLinux(file, 30);
const LINUX_NEEDS = "set os_needs='/boot/grub/grub.cfg /boot/vmlinuz* /boot/initrd*'";

test('a Linux on BIOS starts by its configuration, and needs its kernel', async (t) => {
  t.deepEqual(await told(t, { makeOs: linux }), [
    'set os_kind=grub',
    'set os_part=msdos3',
    "set os_file='/boot/grub/grub.cfg'",
    'set os_home=msdos3',
    LINUX_NEEDS,
  ]);
});

test('on UEFI its own loader starts it, if GRUB can be told its name', async (t) => {
  const loaders = ['EFI/débian/shimx64.efi', 'EFI/ubuntu/grubx64.efi'];
  t.deepEqual(await told(t, { makeOs: linux, layout: 'uefi', loaders }), [
    'set os_kind=efi',
    'set os_part=gpt1',
    "set os_file='/EFI/ubuntu/grubx64.efi'",
    'set os_home=gpt3',
    LINUX_NEEDS,
  ]);
});

test('on UEFI without one GRUB reads its configuration', async (t) => {
  const lines = await told(t, { makeOs: linux, layout: 'uefi' });
  t.deepEqual(lines.slice(0, 2), ['set os_kind=grub', 'set os_part=gpt3']);
});

test('the files of a Windows are found whatever the case of their names', async (t) => {
  const makeOs = (file: string): void => {
    makeNtfs(file, 30);
    run('ntfscp', ['-q', file, '/etc/hostname', 'BOOTMGR']);
  };
  t.deepEqual(await told(t, { makeOs }), [
    'set os_kind=sector',
    'set os_part=msdos3',
    'set os_home=msdos3',
    "set os_needs='/bootmgr'",
    'set os_is_ntfs=1',
  ]);
});

test('what is no known file system starts by its boot sector on BIOS, and by nothing on UEFI', async (t) => {
  t.deepEqual((await told(t, {})).slice(0, 2), ['set os_kind=sector', 'set os_part=msdos3']);
  await t.throwsAsync(told(t, { layout: 'uefi' }), { code: 'OS_START_NOT_FOUND' });
});

test('a Linux without a configuration cannot be started', async (t) => {
  const makeOs = (file: string): void => void makeExt4(file, 30);
  await t.throwsAsync(told(t, { makeOs }), { code: 'OS_START_NOT_FOUND' });
});

test('GRUB is not told to look into a volume that it cannot read', async (t) => {
  const makeOs = (file: string): void => {
    linux(file);
    // An incompatible feature of later versions (inline data).
    const features = peek(file, 1024 + 0x60, 4);
    features.writeUInt32LE((features.readUInt32LE() | 0x8000) >>> 0);
    patch(file, 1024 + 0x60, features);
  };
  const loaders = ['EFI/ubuntu/grubx64.efi'];
  const lines = await told(t, { makeOs, layout: 'uefi', loaders });
  t.deepEqual(lines.at(-1), "set os_needs=''");
  await t.throwsAsync(told(t, { makeOs }), { code: 'OS_START_NOT_FOUND' });
});

test('the same boot agent file is not written again', async (t) => {
  const folder = await temporaryFolder(t);
  const file = emptyFile(`${folder}/disk.img`, 40);
  putVolume(makeLinux(`${folder}/os`, 30), file, 9);
  using disk = await openForWrite(file);
  await formatFat(disk, AGENT, { type: 'fat16' });
  using volume = await FatVolume.open(disk, AGENT);
  await volume.makeFolder('Grub');
  const place = { disk, layout: 'wes7', os: OS, agent: { number: 1, volume } };
  await storeOsStart(place);
  await volume.finish();
  const before = execFileSync('sha256sum', [file]).toString();
  await storeOsStart(place);
  t.is(execFileSync('sha256sum', [file]).toString(), before);
  t.is(readFileSync(file).length, 40 * MIB);
});
