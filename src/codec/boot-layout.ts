/**
 * `/Grub/layout.cfg` on the boot agent partition: what GRUB's script has to know of a device whatever its OS is, as
 * assignments that it sources. The words are those of `docs/how-it-boots.md`; pxe/grub/main.cfg reads them.
 */

export interface BootLayout {
  /** Seconds in which Esc opens the menu; 0 for none (BIOS then has Shift alone). */
  readonly waitSeconds: number;
  /** GRUB on the first serial line too (BIOS). */
  readonly hasSerialLine: boolean;
  /** More words for Merlin's kernel. */
  readonly merlinArguments: string;
}

/** Between single quotes GRUB takes every character as it is, but for the quote. */
const QUOTABLE = /^[ -&(-~]{0,1024}$/;

/** True for what GRUB can be told. */
export const isGrubText = (text: string): boolean => QUOTABLE.test(text);

/** A value for GRUB's `set`. @throws RangeError for a value with a quote, a control character or one beyond ASCII */
export const grubQuoted = (text: string): string => {
  if (!isGrubText(text)) throw new RangeError(`GRUB cannot be told "${text}"`);
  return `'${text}'`;
};

/** The text of the file. @throws RangeError for a value with a quote, a control character or one beyond ASCII */
export const serializeBootLayout = (layout: BootLayout): string => {
  const { waitSeconds, hasSerialLine, merlinArguments } = layout;
  const lines = [
    '# What this device is; written with its layout.',
    `set wait=${waitSeconds}`,
    `set serial=${hasSerialLine ? 'on' : 'off'}`,
    `set merlin_arguments=${grubQuoted(merlinArguments)}`,
  ];
  return lines.map((line) => `${line}\n`).join('');
};
