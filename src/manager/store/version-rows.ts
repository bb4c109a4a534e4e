/** Who uses versions of an image. */
import type { Queries } from './store.ts';

export interface VersionUse {
  readonly version: string;
  readonly kind: 'device' | 'group' | 'job';
  readonly name: string;
}

const OVER = ['done', 'failed', 'cancelled', 'lost'] as const;

/**
 * Devices whose backup partition holds a version, jobs that are not over, and groups that are to have it; at most `most` of each
 * kind, in order of their names.
 */
export const usesOfImage = async (
  db: Queries,
  image: string,
  most: number,
): Promise<readonly VersionUse[]> => {
  const devices = await db
    .selectFrom('device_generation')
    .innerJoin('device', 'device.id', 'device_generation.device_id')
    .select(['device_generation.version_id as version', 'device.name'])
    .distinct()
    .where('device_generation.image_name', '=', image)
    .orderBy('device.name')
    .limit(most)
    .execute();
  const jobs = await db
    .selectFrom('job')
    .innerJoin('command', 'command.id', 'job.command_id')
    .select(['command.version_id as version', 'job.id'])
    .where('command.image_name', '=', image)
    .where('job.state', 'not in', [...OVER])
    .orderBy('job.id')
    .limit(most)
    .execute();
  const groups = await db
    .selectFrom('desired_state')
    .select(['version_id as version', 'group_name as name', 'image'])
    .where('version_id', 'is not', null)
    .orderBy('group_name')
    .execute();
  return [
    ...devices.map((row) => ({ ...row, kind: 'device' as const })),
    ...groups.flatMap(({ version, name, image: wished }) =>
      version === null || wished.split(/[@:]/)[0] !== image
        ? []
        : [{ version, name, kind: 'group' as const }],
    ),
    ...jobs.map(({ version, id }) => ({ version, kind: 'job' as const, name: id.slice(0, 8) })),
  ];
};

/** Names of the terminals whose capture became a version, by id. */
export const terminalsOfImage = async (
  db: Queries,
  image: string,
): Promise<ReadonlyMap<string, string>> => {
  const rows = await db
    .selectFrom('job')
    .innerJoin('command', 'command.id', 'job.command_id')
    .innerJoin('device', 'device.id', 'job.device_id')
    .select(['job.message', 'device.name'])
    .where('command.kind', '=', 'capture')
    .where('command.image_name', '=', image)
    .where('job.state', '=', 'done')
    .execute();
  // The message of such a job is IMAGE@ID (network-boot/order-events.ts).
  return new Map(rows.map(({ message, name }) => [message.slice(image.length + 1), name]));
};
