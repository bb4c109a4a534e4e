/** Why a device cannot have an order of network boot, and what somebody should know who gives it one. */
import type { LayoutName } from '../../disk/layout-fields.ts';
import { NacreError } from '../../errors.ts';
import { inventoryOf } from '../jobs/eligibility.ts';
import type { DeviceAgentTable } from '../store/agent-tables.ts';
import type { JobTable } from '../store/job-tables.ts';
import type { NetworkStartTable } from '../store/network-boot-tables.ts';
import type { DeviceTable } from '../store/tables.ts';

/** What is known of a device. */
export interface OrderCandidate {
  readonly device: DeviceTable;
  /** Its last check-in. */
  readonly agent: DeviceAgentTable | undefined;
  /** Its last start from the network. */
  readonly start: NetworkStartTable | undefined;
  readonly openJob: Pick<JobTable, 'id' | 'state'> | undefined;
  /** It has a card or a UUID by which it is known when it starts. */
  readonly isRecognised: boolean;
}

/** The disk that would be written. */
export interface FlashDisk {
  /** Empty where only Merlin saw it. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly sectorSize: number;
}

/** From its agent, else from what Merlin said; undefined where nobody knows. */
export const flashOf = ({ agent, start }: OrderCandidate): FlashDisk | undefined => {
  const own = agent && inventoryOf(agent).disks.find(({ isOwn }) => isOwn);
  if (own !== undefined) {
    const { path, serial, sizeBytes, sectorSize } = own;
    return { name: `${path} ${serial}`.trim(), sizeBytes, sectorSize };
  }
  const { disk_bytes: sizeBytes, sector_size: sectorSize } = start ?? {};
  if (sizeBytes == null || sectorSize == null) return undefined;
  return { name: '', sizeBytes, sectorSize };
};

type Firmware = 'bios' | 'uefi';

const firmwareOf = ({ agent, start }: OrderCandidate): Firmware | undefined => {
  if (agent !== undefined) return inventoryOf(agent).boot.firmware;
  if (start?.architecture == null) return undefined;
  return start.architecture === 'bios' ? 'bios' : 'uefi';
};

/** Of any order. */
export const reasonsOf = ({
  device,
  openJob,
  isRecognised,
}: OrderCandidate): readonly NacreError[] => {
  const { name, state } = device;
  return [
    ...(state === 'approved' ? [] : [new NacreError('JOB_DEVICE_STATE', { device: name, state })]),
    ...(openJob === undefined
      ? []
      : [
          new NacreError('JOB_DEVICE_BUSY', {
            device: name,
            job: openJob.id,
            state: openJob.state,
          }),
        ]),
    ...(isRecognised ? [] : [new NacreError('JOB_NO_CARD', { device: name })]),
  ];
};

/** A layout for BIOS does not start on UEFI, nor the other way round. */
export const firmwareReasons = (
  candidate: OrderCandidate,
  layout: LayoutName,
): readonly NacreError[] => {
  const found = firmwareOf(candidate);
  const needed: Firmware = layout === 'uefi' ? 'uefi' : 'bios';
  if (found === undefined || found === needed) return [];
  const facts = { device: candidate.device.name, layout, firmware: found, needed };
  return [new NacreError('JOB_OTHER_FIRMWARE', facts)];
};

/** The order waits until somebody has the device start from the network. */
export const startsFromDisk = ({ agent }: OrderCandidate): boolean =>
  agent !== undefined && inventoryOf(agent).boot.first === 'disk';
