/** How GRUB starts the OS of a layout. */
import type { OsStart } from '../../codec/boot-layout.ts';
import type { BootAgentFile } from '../../disk/boot-agent.ts';
import { osLoaderOf } from './esp-files.ts';
import type { LayoutPlan } from './layout-plan.ts';

/** Where Debian and its kin keep GRUB's configuration, if /boot is no partition of its own. */
const GRUB_CONFIGURATION = '/boot/grub/grub.cfg';

const numberAt = ({ after }: LayoutPlan, role: string): number =>
  after.find((partition) => partition.role === role)?.number ?? 0;

/**
 * The way to the OS: its own loader of the EFI system partition, GRUB's configuration of a Linux, or the boot sector of its
 * partition, as BIOS does it. `espFiles` are the image's boot files, which lie on the boot agent partition.
 */
export const osStartOf = (plan: LayoutPlan, espFiles: readonly BootAgentFile[]): OsStart => {
  const loader = plan.layout === 'uefi' ? osLoaderOf(espFiles) : undefined;
  if (loader !== undefined)
    return { kind: 'efi', partition: numberAt(plan, 'boot-agent'), file: `/${loader}` };
  const partition = numberAt(plan, 'os');
  const isLinux = plan.os.fileSystem.startsWith('ext');
  if (isLinux) return { kind: 'grub', partition, file: GRUB_CONFIGURATION };
  return { kind: 'sector', partition };
};
