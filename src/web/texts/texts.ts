/** Every text of the console, in both languages. */
import { COMMON_TEXTS } from './common.ts';
import { DEVICE_TEXTS } from './devices.ts';
import { NETWORK_TEXTS } from './network.ts';
import { ORDER_TEXTS } from './orders.ts';
import { PACKAGE_TEXTS } from './packages.ts';
import { PEOPLE_TEXTS } from './people.ts';
import { ROLLOUT_TEXTS } from './rollouts.ts';
import { UPDATE_TEXTS } from './updates.ts';

export const TEXTS = {
  ...COMMON_TEXTS,
  ...DEVICE_TEXTS,
  ...NETWORK_TEXTS,
  ...ORDER_TEXTS,
  ...PACKAGE_TEXTS,
  ...PEOPLE_TEXTS,
  ...ROLLOUT_TEXTS,
  ...UPDATE_TEXTS,
} as const;
