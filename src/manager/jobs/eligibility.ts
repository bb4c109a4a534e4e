/** Why a device cannot have a job: each reason is an error of ours, with its way out. */
import { NacreError } from '../../errors.ts';
import type { CheckIn, Inventory } from '../../job/agent-protocol.ts';
import type { DeviceAgentTable, DeviceGenerationTable } from '../store/agent-tables.ts';
import type { JobKind, JobTable } from '../store/job-tables.ts';
import type { DeviceTable } from '../store/tables.ts';
import type { WishedImage } from './wished-image.ts';

const DAY_MS = 24 * 60 * 60_000;

/** What is known of a device. */
export interface Candidate {
  readonly device: DeviceTable;
  /** Its last check-in. */
  readonly agent: DeviceAgentTable | undefined;
  readonly generations: readonly DeviceGenerationTable[];
  readonly openJob: Pick<JobTable, 'id' | 'state'> | undefined;
}

/** What is to be done, and when a device counts as gone. */
export interface Wanted {
  readonly kind: JobKind;
  readonly image: WishedImage;
  readonly now: Date;
  readonly silentSeconds: number;
}

/** What the agent said; it was checked when it came. */
export const inventoryOf = ({ inventory }: Pick<DeviceAgentTable, 'inventory'>): Inventory =>
  JSON.parse(inventory);

/** The same of the backup partition. */
export const backupOf = ({ backup }: DeviceAgentTable): CheckIn['backup'] =>
  backup === null ? null : JSON.parse(backup);

const short = (id: string): string => id.slice(0, 8);

/** A device that holds the version, read back whole. */
export const hasBackup = (
  { generations }: Pick<Candidate, 'generations'>,
  version: string,
): boolean =>
  generations.some(
    ({ version_id: id, is_complete: complete, is_verified: verified }) =>
      id === version && complete === 1 && verified === 1,
  );

const ofDevice = (
  { device, agent, openJob }: Candidate,
  { now, silentSeconds }: Wanted,
): NacreError[] => {
  const { name } = device;
  const found: NacreError[] = [];
  if (device.state !== 'approved')
    found.push(new NacreError('JOB_DEVICE_STATE', { device: name, state: device.state }));
  if (agent === undefined) found.push(new NacreError('JOB_NO_CHECK_IN', { device: name }));
  if (now.getTime() - Date.parse(device.last_seen_at) > silentSeconds * 1000) {
    const days = Math.floor((silentSeconds * 1000) / DAY_MS);
    const facts = { device: name, lastSeenAt: device.last_seen_at, days };
    found.push(new NacreError('JOB_DEVICE_SILENT', facts));
  }
  if (openJob !== undefined) {
    const facts = { device: name, job: openJob.id, state: openJob.state };
    found.push(new NacreError('JOB_DEVICE_BUSY', facts));
  }
  return found;
};

const ofDisk = (candidate: Candidate, { kind, image }: Wanted): NacreError[] => {
  const { device: row, agent } = candidate;
  if (agent === undefined) return [];
  const device = row.name;
  const backup = backupOf(agent);
  if (backup === null) return [new NacreError('JOB_NO_BACKUP_PARTITION', { device })];
  const found: NacreError[] = [];
  const version = short(image.id);
  if (kind !== 'pi' && row.support_img_backup === 0)
    found.push(new NacreError('JOB_NOT_SUPPORTED', { device }));
  if (kind !== 'pi' && image.storedBytes > backup.sizeBytes) {
    const sizes = { neededBytes: image.storedBytes, sizeBytes: backup.sizeBytes };
    found.push(new NacreError('JOB_TOO_LARGE', { image: image.name, version, device, ...sizes }));
  }
  if (kind === 'pi' && !hasBackup(candidate, image.id))
    found.push(new NacreError('JOB_BACKUP_MISSING', { device, image: image.name, version }));
  return found;
};

const ofStart = ({ device: row, agent }: Candidate, { kind }: Wanted): NacreError[] => {
  if (agent === undefined || kind === 'bi') return [];
  const device = row.name;
  const { first, canSetOrder } = inventoryOf(agent).boot;
  return [
    ...(agent.block === null ? [new NacreError('JOB_NO_BOOT_AGENT', { device })] : []),
    ...(first === 'network' && !canSetOrder
      ? [new NacreError('JOB_STARTS_FROM_NETWORK', { device })]
      : []),
  ];
};

/** All reasons against a job; none when the device can have it. */
export const reasonsAgainst = (candidate: Candidate, wanted: Wanted): readonly NacreError[] => [
  ...(wanted.image.isAutogenic
    ? []
    : [new NacreError('JOB_NOT_AUTOGENIC', { image: wanted.image.name })]),
  ...ofDevice(candidate, wanted),
  ...ofDisk(candidate, wanted),
  ...ofStart(candidate, wanted),
];
