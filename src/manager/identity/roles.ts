/** What users and their tokens may do. */
import * as z from 'zod';

/** From the least to the most; each may do what those before it may. */
export const ROLES = ['viewer', 'operator', 'administrator'] as const;
export type Role = (typeof ROLES)[number];

/** What a route is about; a token is given some of them, to read or to write. */
export const AREAS = [
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
] as const;
export type Area = (typeof AREAS)[number];

export const roleSchema = z.enum(ROLES);

/** `devices:read`, `devices:write` (which includes reading), or `*` for all that the user may do. */
export const scopeSchema = z
  .string()
  .refine((scope) => SCOPES.includes(scope), `one of ${'* or AREA:read, AREA:write'}`);

const SCOPES: readonly string[] = [
  '*',
  ...AREAS.flatMap((area) => [`${area}:read`, `${area}:write`]),
];

/** Whether a role may do what another one may. */
export const isAtLeast = (role: Role, needed: Role): boolean =>
  ROLES.indexOf(role) >= ROLES.indexOf(needed);

/** Whether scopes allow to read or write in an area. */
export const allows = (scopes: readonly string[], area: Area, access: 'read' | 'write'): boolean =>
  scopes.includes('*') ||
  scopes.includes(`${area}:write`) ||
  (access === 'read' && scopes.includes(`${area}:read`));
