/** Sizes, times and tables as people read them. */

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** Bytes in binary units with three digits: `1.46 GiB`. */
export const formatBytes = (bytes: number): string => {
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  if (unit === 0) return `${value} B`;
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
};

/** Bytes as a person and a script want them side by side: `1.46 GiB (1572864000 bytes)`. */
export const formatExactBytes = (bytes: number): string =>
  bytes < 1024 ? `${bytes} bytes` : `${formatBytes(bytes)} (${bytes} bytes)`;

/** Seconds as `m:ss` or `h:mm:ss`. */
export const formatDuration = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${two(whole % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
};

/** First 8 hex digits of an id, as people see it. */
export const shortId = (id: string): string => id.slice(0, 8);

/** Time of an ISO 8601 text to the minute, still in UTC. */
export const formatTime = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')}Z`;

/** Control characters, and those that turn the direction of what follows. */
const CONTROLS = /(?![\n\t])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu;

/** Text from a disk or a file without what would steer a terminal; lines and tabs stay. */
export const printable = (text: string): string => text.replace(CONTROLS, '\ufffd');

/** East Asian wide and full-width characters take two columns (UAX #11, the blocks in use). */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** Columns that a text takes on a terminal. */
export const widthOf = (text: string): number => {
  let width = 0;
  for (const character of text) width += WIDE.test(character) ? 2 : 1;
  return width;
};

export interface Column {
  readonly title: string;
  /** Numbers stand to the right. */
  readonly isNumber?: boolean;
}

const pad = (text: string, width: number, isNumber: boolean | undefined): string => {
  const room = ' '.repeat(Math.max(0, width - widthOf(text)));
  return isNumber ? room + text : text + room;
};

/** A table with aligned columns, without lines, two spaces apart; ends with a line feed. */
export const formatTable = (
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string => {
  const cells = rows.map((row) => row.map((cell) => printable(cell).replace(/\s+/g, ' ')));
  const widths = columns.map(({ title }, index) =>
    Math.max(widthOf(title), ...cells.map((row) => widthOf(row[index] ?? ''))),
  );
  const line = (row: readonly string[]) =>
    columns
      .map(({ isNumber }, index) => pad(row[index] ?? '', widths[index] ?? 0, isNumber))
      .join('  ')
      .trimEnd();
  return `${[columns.map(({ title }) => title), ...cells].map(line).join('\n')}\n`;
};
