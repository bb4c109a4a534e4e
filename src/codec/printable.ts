/** Text that somebody sent, made fit for a log or a screen. */

const LIMIT = 128;

/** Only visible ASCII and spaces; other characters as `\xNN` or `\uNNNN`, what is longer than 128 cut with `…`. */
export const printable = (text: string): string => {
  const shown = text.slice(0, LIMIT).replace(/[^\x20-\x7e]/g, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
  return text.length > LIMIT ? `${shown}…` : shown;
};
