/** Plans of orders as they are told. */
import { reasonOf } from '../jobs/plan-answer.ts';
import type { MadeOrders, OrdersPlan } from './make-orders.ts';
import type { OrderPlan } from './plan-orders.ts';

const told = ({ reasons, disk, fields, cautions, ...rest }: OrderPlan) => ({
  ...rest,
  reasons: reasons.map(reasonOf),
  disk: disk ?? null,
  fields: fields ?? null,
  cautions: [...cautions],
});

export const ordersPlanAnswer = ({ image, devices }: OrdersPlan) => ({
  ...{ image: image?.name ?? null, version: image?.id ?? null },
  eligible: devices.filter(({ isEligible }) => isEligible).length,
  devices: devices.map(told),
});

export const ordersMadeAnswer = ({ command, jobs, devices }: MadeOrders) => ({
  ...{ command, jobs: [...jobs] },
  skipped: devices.filter(({ isEligible }) => !isEligible).map(told),
});
