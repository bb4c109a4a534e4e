/**
 * `/Grub/os.cfg` on the boot agent partition: how GRUB starts the OS, and which files have to be there for it, as
 * assignments that pxe/grub/main.cfg sources. It is written whenever the OS is, because another version may start otherwise.
 */
import { grubQuoted } from './boot-layout.ts';

/** How the OS starts; `partition` is its number on the disk of the boot agent, paths begin with `/`. */
export type OsStart =
  /** The boot sector of the partition, as BIOS starts Windows. */
  | { readonly kind: 'sector'; readonly partition: number }
  /** A program of UEFI, on the EFI system partition. */
  | { readonly kind: 'efi'; readonly partition: number; readonly file: string }
  /** The OS's own configuration of GRUB. */
  | { readonly kind: 'grub'; readonly partition: number; readonly file: string };

export interface OsConfig {
  readonly table: 'mbr' | 'gpt';
  readonly start: OsStart;
  /** Number of the OS partition. */
  readonly partition: number;
  /**
   * Files of the OS partition without which it does not start; `*` at the end of a name stands for any rest. None where
   * GRUB cannot read the file system.
   */
  readonly needs: readonly string[];
  /** They lie on NTFS, which Debian's signed GRUB cannot read: it does not look for them. */
  readonly isNtfs?: boolean;
}

const NEED = /^(\/[A-Za-z0-9._-]+)+\*?$/;

const needsOf = (needs: readonly string[]): string => {
  const bad = needs.find((need) => !NEED.test(need));
  if (bad !== undefined) throw new RangeError(`GRUB cannot look for "${bad}"`);
  return grubQuoted(needs.join(' '));
};

/** The text of the file. @throws RangeError for a value that GRUB cannot be told */
export const serializeOsConfig = (config: OsConfig): string => {
  const { table, start, partition, needs, isNtfs } = config;
  const scheme = table === 'mbr' ? 'msdos' : 'gpt';
  const lines = [
    '# How the operating system starts; written with it.',
    `set os_kind=${start.kind}`,
    `set os_part=${scheme}${start.partition}`,
    ...('file' in start ? [`set os_file=${grubQuoted(start.file)}`] : []),
    `set os_home=${scheme}${partition}`,
    `set os_needs=${needsOf(needs)}`,
    ...(isNtfs === true ? ['set os_is_ntfs=1'] : []),
  ];
  return lines.map((line) => `${line}\n`).join('');
};
