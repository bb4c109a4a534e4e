/**
 * Names on the partitions that boot: one place for what disk layouts write, GRUB's script, PID 1 (pxe/init) and Merlin
 * read. `docs/how-it-boots.md` lists who looks for what.
 */

/** Volume labels; GRUB and PID 1 find partitions by content, never by number or device name. */
export const BOOT_AGENT_LABEL = 'NACRE-BA';
export const BACKUP_LABEL = 'NACRE-BK';

/** On the boot agent partition. */
export const BOOT_AGENT_FILES = {
  conf: 'Grub/grub.conf',
  alt: 'Grub/grub.alt',
  script: 'Grub/main.cfg',
  menu: 'Grub/menu.cfg',
  /** What this device is: see `docs/how-it-boots.md`. */
  layout: 'Grub/layout.cfg',
  /** How its OS starts: `src/codec/os-start.ts`. */
  os: 'Grub/os.cfg',
  /** The administrator's password hash; without it the menu starts nothing but Merlin. */
  password: 'Grub/password.cfg',
  /** What PI copies over `conf`. */
  template: 'Grub_merlin',
  /** Whose images Merlin takes: `src/codec/trust-anchors.ts`. */
  trust: 'Nacre/trust.pem',
  /** Which partition Merlin restores: `src/codec/device-layout.ts`. */
  device: 'Nacre/device.json',
  /** An image that is being changed on this device (spec T): `src/agent/update/update-record.ts`. */
  update: 'Nacre/update.json',
  /** Command id of the job (spec A-35). */
  statusLog: 'Imagestatus.log',
  kernel: 'vmlinuz',
  base: 'base.img',
  /** SHA-256 of kernel and base initrd. */
  digests: 'merlin.sha256',
} as const;

/** On the backup partition. */
export const BACKUP_FILES = {
  folder: 'merlin',
  kernel: 'merlin/vmlinuz',
  base: 'merlin/base.img',
  digests: 'merlin/merlin.sha256',
  nodeParts: ['merlin/node1.img', 'merlin/node2.img'],
  /** What the device keeps when its OS is made anew: `src/codec/kept-files.ts`, and contents by their SHA-256. */
  keptFolder: 'keep',
  keptList: 'keep/list.json',
} as const;
