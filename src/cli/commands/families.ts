/** All commands of the program, in the order of its help. */
import type { FamilySpec } from '../command.ts';
import { BACKUP_FAMILY } from './backup.ts';
import { DISK_FAMILY } from './disk.ts';
import { IMAGE_FAMILY } from './image.ts';
import { KEY_FAMILY } from './key.ts';
import { STORE_FAMILY } from './store.ts';

export const FAMILIES: readonly FamilySpec[] = [
  IMAGE_FAMILY,
  STORE_FAMILY,
  DISK_FAMILY,
  BACKUP_FAMILY,
  KEY_FAMILY,
];
