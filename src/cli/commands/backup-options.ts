/** What the commands of `nacre backup` have in common. */
import type { Generation } from '../../image/backup/generations.ts';
import type { Call, OptionSpec } from '../command.ts';
import { partitionNumber } from './shared-options.ts';

export const BACKUP_PARTITION: OptionSpec = {
  flags: '--partition <N>',
  text: {
    en: 'number of the backup partition (default: the FAT32 volume labelled NACRE-BK)',
    ja: 'バックアップパーティションの番号(既定: ラベル NACRE-BK の FAT32 ボリューム)',
  },
};

/** @throws NacreError CLI_BAD_VALUE */
export const backupPartitionOf = (call: Call): number | undefined => {
  const value = call.text('partition');
  return value === undefined ? undefined : partitionNumber(value);
};

/** A generation as `--json` has it. */
export const generationDocument = ({ isCurrent, ...generation }: Generation): object => ({
  ...generation,
  current: isCurrent,
});
