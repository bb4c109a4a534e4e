/** Which partition of an image becomes the active OS partition of a layout. */
import type { Manifest, ManifestPartition } from '../../codec/manifest.ts';
import { NacreError } from '../../errors.ts';
import { partitionOf } from '../placement.ts';
import { BACKUP_LABEL, BOOT_AGENT_LABEL } from './layout-names.ts';

/** Roles that are never the system itself, but serve one. */
const OTHER_ROLES: ReadonlySet<string> = new Set([
  'efi-system',
  'msr',
  'recovery',
  'hidden',
  'bios-boot',
  'prep-boot',
  'linux-boot',
  'linux-home',
  'swap',
  'extended',
]);

const OWN_LABELS: ReadonlySet<string> = new Set([BOOT_AGENT_LABEL, BACKUP_LABEL]);

const canBeOs = ({ role, fileSystem, label }: ManifestPartition): boolean =>
  !OTHER_ROLES.has(role) && fileSystem !== 'swap' && !OWN_LABELS.has(label);

/**
 * The partition with the number that was asked for, or the only one that can hold an OS. Nothing is guessed: a layout
 * has one OS partition, and an image with a separate boot or data partition does not say which one is meant.
 *
 * @throws NacreError IMAGE_NO_PARTITION, LAYOUT_OS_UNCLEAR naming the candidates
 */
export const osPartitionOf = (manifest: Manifest, wanted?: number): ManifestPartition => {
  if (wanted !== undefined) return partitionOf(manifest, wanted);
  const roots = manifest.partitions.filter(({ role }) => role === 'linux-root');
  const candidates = roots.length === 1 ? roots : manifest.partitions.filter(canBeOs);
  const [only, ...more] = candidates;
  if (only !== undefined && more.length === 0) return only;
  const shown = candidates.map(
    ({ number, fileSystem, sizeBytes }) => `${number} (${fileSystem}, ${sizeBytes} bytes)`,
  );
  throw new NacreError('LAYOUT_OS_UNCLEAR', {
    image: manifest.name,
    candidates: shown.join(', ') || 'none',
  });
};
