/** Partitions as people read them: one row each. */
import { type Column, formatBytes, formatTable } from './format.ts';
import type { Language } from './language.ts';
import { WORDS } from './words.ts';

/** PARTITION of cli.md, as far as it is known where it is shown. */
export interface PartitionRow {
  readonly number: number;
  readonly role: string;
  readonly name: string;
  readonly startBytes: number;
  readonly sizeBytes: number;
  readonly fileSystem: string;
  /** Missing where nobody looked. */
  readonly usedBytes?: number | undefined;
}

/** Table of partitions in the order given. */
export const partitionTable = (rows: readonly PartitionRow[], language: Language): string => {
  const column = (word: keyof typeof WORDS, isNumber = false): Column => ({
    title: WORDS[word][language],
    isNumber,
  });
  return formatTable(
    [
      column('number', true),
      column('role'),
      column('fileSystem'),
      column('start', true),
      column('size', true),
      column('used', true),
      column('name'),
    ],
    rows.map((row) => [
      String(row.number),
      row.role,
      row.fileSystem,
      formatBytes(row.startBytes),
      formatBytes(row.sizeBytes),
      row.usedBytes === undefined ? '-' : formatBytes(row.usedBytes),
      row.name,
    ]),
  );
};
