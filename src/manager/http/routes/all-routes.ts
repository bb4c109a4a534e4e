/** Every route of the API. */
import type { Route } from '../route.ts';
import { DEVICE_REPORT_ROUTES } from './device-report-routes.ts';
import { DEVICE_ROUTES } from './device-routes.ts';
import { GROUP_ROUTES } from './group-routes.ts';
import { IGNORED_HINT_ROUTES } from './ignored-hint-routes.ts';
import { IMAGE_ROUTES } from './image-routes.ts';
import { IMAGE_STORE_ROUTES } from './image-store-routes.ts';
import { JOB_ROUTES } from './job-routes.ts';
import { NETWORK_BOOT_ROUTES } from './network-boot-routes.ts';
import { PACKAGE_ROUTES } from './package-routes.ts';
import { REPOSITORY_ROUTES } from './repository-routes.ts';
import { ROLLOUT_ROUTES } from './rollout-routes.ts';
import { SESSION_ROUTES } from './session-routes.ts';
import { SUBNET_ROUTES } from './subnet-routes.ts';
import { SYSTEM_ROUTES } from './system-routes.ts';
import { TOKEN_ROUTES } from './token-routes.ts';
import { UPDATE_ROUTES } from './update-routes.ts';
import { USER_ROUTES } from './user-routes.ts';

export const ALL_ROUTES: readonly Route[] = [
  ...SESSION_ROUTES,
  ...USER_ROUTES,
  ...TOKEN_ROUTES,
  ...DEVICE_ROUTES,
  ...DEVICE_REPORT_ROUTES,
  ...IGNORED_HINT_ROUTES,
  ...GROUP_ROUTES,
  ...PACKAGE_ROUTES,
  ...IMAGE_ROUTES,
  ...IMAGE_STORE_ROUTES,
  ...REPOSITORY_ROUTES,
  ...JOB_ROUTES,
  ...ROLLOUT_ROUTES,
  ...SUBNET_ROUTES,
  ...UPDATE_ROUTES,
  ...NETWORK_BOOT_ROUTES,
  ...SYSTEM_ROUTES,
];
