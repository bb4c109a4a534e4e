/** Everything that a check-in tells (V01), gathered anew as seldom as it changes. */
import type { Generation } from '../../image/backup/generations.ts';
import type { CheckIn, Inventory } from '../../job/agent-protocol.ts';
import type { Hints } from '../../job/enrolment.ts';
import { imageName } from '../../job/job-ticket.ts';
import type { CheckInFacts } from '../manager/manager-messages.ts';
import type { AgentSettings } from '../state/agent-settings.ts';
import type { JobInHand } from '../state/agent-state.ts';
import { EFI_FOLDER, readBootOrder } from './boot-order.ts';
import { type DeviceFacts, readDeviceFacts } from './device-facts.ts';
import { readHints, readInventory } from './inventory.ts';
import { findOwnDisk } from './own-disk.ts';

const MOST_GENERATIONS = 8;

/** What is known of the machine and its disk. */
export interface MachineFacts {
  readonly inventory: Inventory;
  readonly hints: Hints;
  /** Undefined where no disk is clear. */
  readonly disk: string | undefined;
  readonly device: DeviceFacts | undefined;
}

/** Reads all of it; not while something writes to the backup partition. */
export const readMachineFacts = async (
  settings: AgentSettings,
  efiFolder = EFI_FOLDER,
): Promise<MachineFacts> => {
  const disk = await findOwnDisk(settings);
  const inventory = await readInventory(disk, await readBootOrder(efiFolder));
  const own = inventory.disks.find(({ isOwn }) => isOwn);
  return {
    inventory,
    hints: await readHints(own),
    disk,
    device: disk === undefined ? undefined : await readDeviceFacts(disk),
  };
};

/** A generation whose manifest cannot be read has no name: the manager could not name it either. */
const generationsOf = (all: readonly Generation[]): NonNullable<CheckIn['backup']>['generations'] =>
  all
    .filter(({ name }) => imageName.safeParse(name).success)
    .slice(0, MOST_GENERATIONS)
    .map(({ name, id, complete, verified, sizeBytes }) => ({
      image: { name, id },
      isComplete: complete,
      isVerified: verified,
      sizeBytes,
    }));

const backupOf = (
  device: DeviceFacts | undefined,
): Pick<CheckIn, 'backup' | 'SupportImgBackup' | 'BackupImagePresent' | 'BackImageVer'> => {
  const { backup, hasBootAgent = false } = device ?? {};
  const whole = backup?.generations.filter(({ complete }) => complete) ?? [];
  return {
    SupportImgBackup: hasBootAgent && backup !== undefined ? 1 : 0,
    BackupImagePresent: whole.length > 0 ? 1 : 0,
    BackImageVer: whole.find(({ isCurrent }) => isCurrent)?.id ?? '',
    backup:
      backup === undefined
        ? null
        : {
            sizeBytes: backup.sizeBytes,
            freeBytes: backup.freeBytes,
            generations: generationsOf(backup.generations),
          },
  };
};

const blockOf = ({ block }: Pick<DeviceFacts, 'block'>): CheckIn['block'] =>
  block === undefined
    ? null
    : {
        ...{ mode: block.mode, isDirty: block.isDirty, cmdid: block.cmdid, status: block.status },
        osTries: block.osTries ?? 0,
        merlinTries: block.merlinTries,
      };

const jobOf = (job: JobInHand | null): CheckIn['job'] =>
  job === null ? null : { id: job.id, attempt: job.attempt, state: job.state };

/** The message, without what every message begins with. */
export const checkInFacts = (
  { inventory, hints, device }: MachineFacts,
  about: {
    readonly release: string;
    readonly job: JobInHand | null;
    readonly writeCache?: CheckIn['writeCache'];
    readonly now: Date;
    readonly waitSeconds: number;
  },
): CheckInFacts => ({
  agent: { release: about.release, runsIn: 'os' },
  ...{ hints, inventory },
  ...backupOf(device),
  block: device === undefined ? null : blockOf(device),
  writeCache: about.writeCache ?? null,
  job: jobOf(about.job),
  clock: about.now.toISOString(),
  waitSeconds: about.waitSeconds,
});
