/** Every route of the API. */
import type { Route } from '../route.ts';
import { DEVICE_ROUTES } from './device-routes.ts';
import { GROUP_ROUTES } from './group-routes.ts';
import { PACKAGE_ROUTES } from './package-routes.ts';
import { SESSION_ROUTES } from './session-routes.ts';
import { SYSTEM_ROUTES } from './system-routes.ts';
import { TOKEN_ROUTES } from './token-routes.ts';
import { USER_ROUTES } from './user-routes.ts';

export const ALL_ROUTES: readonly Route[] = [
  ...SESSION_ROUTES,
  ...USER_ROUTES,
  ...TOKEN_ROUTES,
  ...DEVICE_ROUTES,
  ...GROUP_ROUTES,
  ...PACKAGE_ROUTES,
  ...SYSTEM_ROUTES,
];
