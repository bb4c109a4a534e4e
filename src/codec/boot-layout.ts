/**
 * `/Grub/layout.cfg` on the boot agent partition: what GRUB's script has to know of a device, as assignments that it
 * sources. The words are those of `docs/how-it-boots.md`; pxe/grub/main.cfg reads them.
 */

/** How the OS starts; `partition` is its number on the disk of the boot agent, paths begin with `/`. */
export type OsStart =
  /** The boot sector of the partition, as BIOS starts Windows. */
  | { readonly kind: 'sector'; readonly partition: number }
  /** A program of UEFI, on the EFI system partition. */
  | { readonly kind: 'efi'; readonly partition: number; readonly file: string }
  /** The OS's own configuration of GRUB. */
  | { readonly kind: 'grub'; readonly partition: number; readonly file: string }
  | {
      readonly kind: 'linux';
      readonly partition: number;
      readonly file: string;
      readonly initrd: string;
      readonly arguments: string;
    };

export interface BootLayout {
  readonly table: 'mbr' | 'gpt';
  /** Undefined: there is no OS to start. */
  readonly os: OsStart | undefined;
  /** Seconds in which Esc opens the menu; 0 for none (BIOS then has Shift alone). */
  readonly waitSeconds: number;
  /** GRUB on the first serial line too (BIOS). */
  readonly hasSerialLine: boolean;
  /** More words for Merlin's kernel. */
  readonly merlinArguments: string;
}

/** Between single quotes GRUB takes every character as it is, but for the quote. */
const QUOTABLE = /^[ -&(-~]{0,1024}$/;

const quoted = (text: string): string => {
  if (!QUOTABLE.test(text)) throw new RangeError(`GRUB cannot be told "${text}"`);
  return `'${text}'`;
};

const osLines = (table: BootLayout['table'], os: OsStart): readonly string[] => [
  `set os_kind=${os.kind}`,
  `set os_part=${table === 'mbr' ? 'msdos' : 'gpt'}${os.partition}`,
  ...('file' in os ? [`set os_file=${quoted(os.file)}`] : []),
  ...(os.kind === 'linux'
    ? [`set os_initrd=${quoted(os.initrd)}`, `set os_arguments=${quoted(os.arguments)}`]
    : []),
];

/** The text of the file. @throws RangeError for a value with a quote, a control character or one beyond ASCII */
export const serializeBootLayout = (layout: BootLayout): string => {
  const { table, os, waitSeconds, hasSerialLine, merlinArguments } = layout;
  const lines = [
    '# What this device is; written with its layout.',
    ...(os === undefined ? [] : osLines(table, os)),
    `set wait=${waitSeconds}`,
    `set serial=${hasSerialLine ? 'on' : 'off'}`,
    `set merlin_arguments=${quoted(merlinArguments)}`,
  ];
  return lines.map((line) => `${line}\n`).join('');
};
