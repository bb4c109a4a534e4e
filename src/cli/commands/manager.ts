/** `nacre manager`: the server, on its own machine. */
import type { FamilySpec } from '../command.ts';
import { MANAGER_BACKUP, MANAGER_RESTORE } from './manager-backup.ts';
import { MANAGER_SERVE } from './manager-serve.ts';
import { MANAGER_USER } from './manager-user.ts';

export const MANAGER_FAMILY: FamilySpec = {
  name: 'manager',
  summary: { en: 'the server for devices and packages', ja: '端末とパッケージを管理するサーバー' },
  commands: [MANAGER_SERVE, MANAGER_BACKUP, MANAGER_RESTORE, MANAGER_USER],
};
