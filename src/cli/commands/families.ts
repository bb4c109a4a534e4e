/** All commands of the program, in the order of its help. Each family is loaded when its word is in the command line. */
import type { CommandSpec, FamilySpec } from '../command.ts';

type Load = () => Promise<CommandSpec | FamilySpec>;

/** By the word of each. */
export const FAMILIES: Readonly<Record<string, Load>> = {
  image: async () => (await import('./image.ts')).IMAGE_FAMILY,
  store: async () => (await import('./store.ts')).STORE_FAMILY,
  disk: async () => (await import('./disk.ts')).DISK_FAMILY,
  backup: async () => (await import('./backup.ts')).BACKUP_FAMILY,
  key: async () => (await import('./key.ts')).KEY_FAMILY,
  boot: async () => (await import('./boot.ts')).BOOT_FAMILY,
  pxe: async () => (await import('./pxe.ts')).PXE_FAMILY,
  manager: async () => (await import('./manager.ts')).MANAGER_FAMILY,
  agent: async () => (await import('./agent.ts')).AGENT_FAMILY,
  writecache: async () => (await import('./writecache.ts')).WRITECACHE_FAMILY,
  login: async () => (await import('./login.ts')).LOGIN,
  logout: async () => (await import('./login.ts')).LOGOUT,
  device: async () => (await import('./device.ts')).DEVICE_FAMILY,
  group: async () => (await import('./group.ts')).GROUP_FAMILY,
  'join-code': async () => (await import('./group.ts')).JOIN_CODE_FAMILY,
  package: async () => (await import('./package.ts')).PACKAGE_FAMILY,
  job: async () => (await import('./job.ts')).JOB_FAMILY,
  subnet: async () => (await import('./job.ts')).SUBNET_FAMILY,
  repository: async () => (await import('./repository.ts')).REPOSITORY_FAMILY,
  update: async () => (await import('./update.ts')).UPDATE_FAMILY,
  user: async () => (await import('./user.ts')).USER_FAMILY,
  token: async () => (await import('./token.ts')).TOKEN_FAMILY,
  merlin: async () => (await import('./merlin.ts')).MERLIN,
};

/** Every family. */
export const loadFamilies = (): Promise<readonly (CommandSpec | FamilySpec)[]> =>
  Promise.all(Object.values(FAMILIES).map((load) => load()));

/** What a word stands for, or every family when it is not one of theirs: help and suggestions name them all. */
export const loadFamily = async (
  word: string | undefined,
): Promise<readonly (CommandSpec | FamilySpec)[]> => {
  const load = word !== undefined && Object.hasOwn(FAMILIES, word) ? FAMILIES[word] : undefined;
  return load === undefined ? loadFamilies() : [await load()];
};
