/** `nacre disk`: what disks there are, and putting a table back. */
import type { FamilySpec } from '../command.ts';
import { UNDO } from './disk-undo.ts';

export const DISK_FAMILY: FamilySpec = {
  name: 'disk',
  summary: { en: 'disks and their partition tables', ja: 'ディスクとパーティションテーブル' },
  commands: [UNDO],
};
