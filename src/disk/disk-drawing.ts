/** A disk as a row of boxes whose widths are to scale, as plain lines of text. */
import type { ShownDisk, ShownPartition } from './disk-show.ts';

/** A partition as far as it is drawn. */
export type DrawnPartition = Pick<
  ShownPartition,
  'number' | 'role' | 'name' | 'startBytes' | 'sizeBytes' | 'fileSystem'
> &
  Partial<Pick<ShownPartition, 'label' | 'isExtended'>>;

/** A disk as far as it is drawn. */
export interface DrawnDisk extends Pick<ShownDisk, 'sizeBytes' | 'unused'> {
  readonly partitions: readonly DrawnPartition[];
}

/** A box of the drawing; `lines` are what stands in it, the most important first. */
interface Box {
  readonly startBytes: number;
  readonly sizeBytes: number;
  readonly lines: readonly string[];
  readonly isUnused: boolean;
}

export interface DrawingOptions {
  /** Columns of the whole drawing. */
  readonly width: number;
  /** Words of the reader's language. */
  readonly unusedWord?: string;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** A size of three digits at most: `512 B`, `1.5 GiB`, `238 GiB`. */
export const shortSize = (bytes: number): string => {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const text = unit > 0 && value < 9.95 ? value.toFixed(1).replace(/\.0$/, '') : value.toFixed(0);
  return `${text} ${UNITS[unit]}`;
};

// An unused range this small is alignment, not room.
const SMALLEST_SHOWN = 2 * 2 ** 20;

const partitionBox = (partition: DrawnPartition): Box => ({
  startBytes: partition.startBytes,
  sizeBytes: partition.sizeBytes,
  lines: [
    `${partition.number}`,
    partition.fileSystem || partition.role,
    shortSize(partition.sizeBytes),
    partition.name || (partition.label ?? ''),
  ],
  isUnused: false,
});

const boxesOf = (disk: DrawnDisk, unusedWord: string): readonly Box[] => {
  const unused = disk.unused
    .filter(({ sizeBytes }) => sizeBytes >= Math.max(SMALLEST_SHOWN, disk.sizeBytes / 200))
    .map((range) => ({
      ...range,
      lines: ['', unusedWord, shortSize(range.sizeBytes), ''],
      isUnused: true,
    }));
  const partitions = disk.partitions.filter((one) => one.isExtended !== true).map(partitionBox);
  return [...partitions, ...unused].sort((a, b) => a.startBytes - b.startBytes);
};

const LEAST_WIDTH = 3;

/** Shares `columns` by size, each box at least LEAST_WIDTH; the largest takes the rounding. */
const widthsOf = (boxes: readonly Box[], columns: number): readonly number[] => {
  const total = boxes.reduce((sum, box) => sum + box.sizeBytes, 0);
  const free = columns - boxes.length * LEAST_WIDTH;
  const widths = boxes.map((box) => LEAST_WIDTH + Math.floor((free * box.sizeBytes) / total));
  const rest = columns - widths.reduce((sum, width) => sum + width, 0);
  const sizes = boxes.map((box) => box.sizeBytes);
  const largest = sizes.indexOf(Math.max(...sizes));
  return widths.map((width, index) => (index === largest ? width + rest : width));
};

// Letters of East Asian scripts take two columns of a terminal.
const columnsOf = (letter: string): number =>
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u.test(
    letter,
  )
    ? 2
    : 1;

/** Cuts or fills a text to exactly `columns`; control characters become spaces. */
export const fitText = (text: string, columns: number): string => {
  let fitted = '';
  let used = 0;
  for (const letter of text.replaceAll(/\p{Cc}|\p{Cf}|\p{Cs}/gu, ' ')) {
    const next = columnsOf(letter);
    if (used + next > columns) break;
    fitted += letter;
    used += next;
  }
  return fitted + ' '.repeat(columns - used);
};

const row = (boxes: readonly Box[], widths: readonly number[], line: number): string =>
  `│${boxes.map((box, index) => fitText(box.lines[line] ?? '', widths[index] ?? 0)).join('│')}│`;

const rule = (widths: readonly number[], [left, cross, right]: readonly [string, string, string]) =>
  `${left}${widths.map((width) => '─'.repeat(width)).join(cross)}${right}`;

const LINES = 4;

/**
 * Draws the partitions and the unused room of a disk to scale: number, file system, size and name in boxes.
 * Empty when there is nothing to draw, or no room to draw it in.
 */
export const drawDisk = (disk: DrawnDisk, options: DrawingOptions): readonly string[] => {
  let boxes = boxesOf(disk, options.unusedWord ?? 'unused');
  const leastWidth = (count: number): number => count * (LEAST_WIDTH + 1) + 1;
  if (leastWidth(boxes.length) > options.width) boxes = boxes.filter((box) => !box.isUnused);
  if (boxes.length === 0 || leastWidth(boxes.length) > options.width) return [];
  const widths = widthsOf(boxes, options.width - boxes.length - 1);
  const rows = Array.from({ length: LINES }, (_, line) => row(boxes, widths, line));
  return [
    rule(widths, ['┌', '┬', '┐']),
    ...rows.filter((text) => /[^│ ]/u.test(text)),
    rule(widths, ['└', '┴', '┘']),
  ];
};
