/** What Merlin tells the server of the machine that it runs on. */
import type { GrubBlock } from '../../codec/grub-block.ts';
import type { DeviceInfo } from '../../disk/device.ts';
import { firmwareText, thisMachine } from '../../disk/machine.ts';
import { HELLO, type Hello } from '../../job/merlin-protocol.ts';
import type { NetworkCard } from '../network/cards.ts';

const MAC = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MOST_CARDS = 16;
const MOST_DISKS = 32;
const LONGEST_TEXT = 128;

const short = (text: string): string => text.slice(0, LONGEST_TEXT);

/** Tables of firmware hold what their maker typed: what is no UUID is none. */
const uuidOf = (text: string): string | null => {
  const uuid = text.toLowerCase();
  return UUID.test(uuid) ? uuid : null;
};

const diskText = (disk: DeviceInfo): Hello['disks'][number] => ({
  path: short(disk.path),
  model: short(disk.model),
  serial: short(disk.serial),
  sizeBytes: disk.sizeBytes,
  sectorSize: disk.logicalSectorSize === 4096 ? 4096 : 512,
  isRemovable: disk.isRemovable,
});

/** What the machine is recognised by and made of, besides what its firmware tells. */
export interface MachineParts {
  readonly cards: readonly Pick<NetworkCard, 'mac'>[];
  readonly disks: readonly DeviceInfo[];
  /** Decision block of the disk that starts it. */
  readonly block: GrubBlock | undefined;
}

/** Gathers it. */
export const gatherHello = async ({ cards, disks, block }: MachineParts): Promise<Hello> => {
  const macs = cards.map(({ mac }) => mac).filter((mac) => MAC.test(mac));
  const { maker, product } = await thisMachine();
  const serial = await firmwareText('product_serial');
  return HELLO.parse({
    format: 1,
    macs: macs.slice(0, MOST_CARDS),
    uuid: uuidOf(await firmwareText('product_uuid')),
    machine: { maker: short(maker), product: short(product), serial: short(serial) },
    disks: disks.slice(0, MOST_DISKS).map(diskText),
    block:
      block === undefined
        ? null
        : {
            mode: short(block.mode),
            isDirty: block.isDirty,
            cmdid: short(block.cmdid),
            status: short(block.status),
          },
  } satisfies Hello);
};
