/** What a scope of a token can be about. */
import type { Area } from '../../manager/identity/roles.ts';

/** A test compares them with the areas of the manager. */
export const TOKEN_AREAS: readonly Area[] = [
  'audit',
  'devices',
  'groups',
  'jobs',
  'network-boot',
  'packages',
  'system',
  'tokens',
  'updates',
  'users',
];
