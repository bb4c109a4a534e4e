/** Orders of network boot as the routes answer them, by their schemas. */
import type * as z from 'zod';
import type { ordersMade, ordersPlan } from '../../manager/http/shapes/network-boot.ts';

export type OrdersPlan = z.output<typeof ordersPlan>;
export type OrderPlan = OrdersPlan['devices'][number];
export type OrdersMade = z.output<typeof ordersMade>;
