/** All commands of the program, in the order of its help. */
import type { CommandSpec, FamilySpec } from '../command.ts';
import { AGENT_FAMILY } from './agent.ts';
import { BACKUP_FAMILY } from './backup.ts';
import { BOOT_FAMILY } from './boot.ts';
import { DEVICE_FAMILY } from './device.ts';
import { DISK_FAMILY } from './disk.ts';
import { GROUP_FAMILY, JOIN_CODE_FAMILY } from './group.ts';
import { IMAGE_FAMILY } from './image.ts';
import { JOB_FAMILY, SUBNET_FAMILY } from './job.ts';
import { KEY_FAMILY } from './key.ts';
import { LOGIN, LOGOUT } from './login.ts';
import { MANAGER_FAMILY } from './manager.ts';
import { MERLIN } from './merlin.ts';
import { PACKAGE_FAMILY } from './package.ts';
import { PXE_FAMILY } from './pxe.ts';
import { STORE_FAMILY } from './store.ts';
import { TOKEN_FAMILY } from './token.ts';
import { USER_FAMILY } from './user.ts';

export const FAMILIES: readonly (CommandSpec | FamilySpec)[] = [
  IMAGE_FAMILY,
  STORE_FAMILY,
  DISK_FAMILY,
  BACKUP_FAMILY,
  KEY_FAMILY,
  BOOT_FAMILY,
  PXE_FAMILY,
  AGENT_FAMILY,
  MANAGER_FAMILY,
  LOGIN,
  LOGOUT,
  DEVICE_FAMILY,
  GROUP_FAMILY,
  JOIN_CODE_FAMILY,
  PACKAGE_FAMILY,
  JOB_FAMILY,
  SUBNET_FAMILY,
  USER_FAMILY,
  TOKEN_FAMILY,
  MERLIN,
];
