/** Draws the plan of a command that writes a disk: which one, before, after, what is lost, how much. */
import { formatBytes, printable } from './format.ts';
import type { Language, Phrase } from './language.ts';
import { type PartitionRow, partitionTable } from './partition-text.ts';
import { WORDS } from './words.ts';

/** The disk that will be written. */
export interface PlanTarget {
  readonly path: string;
  readonly model: string;
  readonly serial: string;
  readonly sizeBytes: number;
}

/** `plan` of cli.md. */
export interface DiskPlan {
  readonly before: readonly PartitionRow[];
  readonly after: readonly PartitionRow[];
  /** One phrase for each thing that will be gone. */
  readonly lost: readonly string[];
  /** At most so many bytes are written. */
  readonly writeBytes: number;
}

const NOTHING: Phrase = { en: '(no partitions)', ja: '(パーティションなし)' };
const LOST: Phrase = { en: 'lost', ja: '失われるもの' };
const LOST_NOTHING: Phrase = { en: 'lost: nothing', ja: '失われるもの: なし' };

const rowsOf = (rows: readonly PartitionRow[], language: Language): string =>
  rows.length === 0 ? `${NOTHING[language]}\n` : partitionTable(rows, language);

const lossOf = (lost: readonly string[], language: Language): string =>
  lost.length === 0
    ? LOST_NOTHING[language]
    : [`${LOST[language]}:`, ...lost.map((item) => `  ${printable(item)}`)].join('\n');

/** The plan as text; ends with a line feed. */
export const planText = (target: PlanTarget, plan: DiskPlan, language: Language): string => {
  const facts = [target.path, target.model, target.serial, formatBytes(target.sizeBytes)];
  const writes: Phrase = {
    en: `writes at most ${formatBytes(plan.writeBytes)}`,
    ja: `書き込みは最大 ${formatBytes(plan.writeBytes)}`,
  };
  return [
    `${facts.filter((fact) => fact !== '').join('  ')}\n`,
    `\n${WORDS.before[language]}\n`,
    rowsOf(plan.before, language),
    `\n${WORDS.after[language]}\n`,
    rowsOf(plan.after, language),
    `\n${lossOf(plan.lost, language)}\n`,
    `${writes[language]}\n`,
  ].join('');
};
