import test from 'ava';
import { imagingDisks, targetDisk } from '../../../src/agent/order/target-disk.ts';
import { type DeviceInfo, inspectDisk } from '../../../src/disk/device.ts';
import { isNacreError } from '../../../src/errors.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { emptyFile } from '../../helpers/volumes.ts';

const INTERNAL = { path: '/dev/sda', model: 'SSD', serial: 'A1', transport: 'sata' };
const SECOND = { path: '/dev/sdb', model: 'SSD', serial: 'B2', transport: 'sata' };
const STICK = { path: '/dev/sdc', model: 'Stick', serial: 'C3', transport: 'usb' };
const CARD = {
  path: '/dev/mmcblk0',
  model: '',
  serial: '0x1',
  transport: 'mmc',
  isRemovable: true,
};

const disksOf = async (
  file: string,
  disks: readonly Partial<DeviceInfo>[],
): Promise<readonly DeviceInfo[]> => {
  const base = await inspectDisk(file);
  return disks.map((disk) => ({ ...base, kind: 'disk', ...disk }));
};

for (const [title, disks, wanted, path] of [
  ['the only disk', [INTERNAL], null, '/dev/sda'],
  [
    'the one that is built in, beside a stick and a card',
    [STICK, INTERNAL, CARD],
    null,
    '/dev/sda',
  ],
  ['the only one at all, a card', [CARD], null, '/dev/mmcblk0'],
  ['one of several by its serial number', [INTERNAL, SECOND], 'B2', '/dev/sdb'],
  ['one of several by its path', [INTERNAL, SECOND], '/dev/sda', '/dev/sda'],
  ['a stick that is named', [INTERNAL, STICK], 'C3', '/dev/sdc'],
] as const)
  test(`an order is for ${title}`, async (t) => {
    const file = emptyFile(`${await temporaryFolder(t)}/disk.img`, 1);
    t.is(targetDisk(await disksOf(file, disks), wanted).path, path);
  });

test('loop devices, firmware of an eMMC and discs are no disks for an OS', async (t) => {
  const file = emptyFile(`${await temporaryFolder(t)}/disk.img`, 1);
  const all = await disksOf(file, [
    INTERNAL,
    CARD,
    { ...INTERNAL, path: '/dev/loop0', kind: 'loop' },
    { ...CARD, path: '/dev/mmcblk0boot0' },
    { ...CARD, path: '/dev/mmcblk0rpmb' },
    { ...INTERNAL, path: '/dev/sr0', isReadOnly: true },
    { ...INTERNAL, path: '/dev/sdb', isReadOnly: true },
  ]);
  t.deepEqual(
    imagingDisks(all).map(({ path }) => path),
    ['/dev/sda', '/dev/mmcblk0', '/dev/sdb'],
  );
});

for (const [title, disks, wanted, code, found] of [
  ['no disk', [], null, 'MERLIN_NO_DISK', /a disk, this machine has none/],
  [
    'none of the name',
    [INTERNAL],
    'Z9',
    'MERLIN_NO_DISK',
    /Z9, this machine has \/dev\/sda SSD A1/,
  ],
  [
    'two that are built in',
    [INTERNAL, SECOND],
    null,
    'MERLIN_SEVERAL_DISKS',
    /sda SSD A1; \/dev\/sdb SSD B2/,
  ],
  ['two sticks', [STICK, CARD], null, 'MERLIN_SEVERAL_DISKS', /sdc Stick C3; \/dev\/mmcblk0/],
] as const)
  test(`${title}: the order is refused and the disks are named`, async (t) => {
    const file = emptyFile(`${await temporaryFolder(t)}/disk.img`, 1);
    const all = await disksOf(file, disks);
    const error = t.throws(() => targetDisk(all, wanted));
    if (!isNacreError(error)) return t.fail();
    t.is(error.code, code);
    t.regex(error.message, found);
    return undefined;
  });
