/** Plans orders of network boot, and makes their jobs: one for each device that can have it, all of them or none. */
import { type Actor, type Ground, timeOf } from '../ground.ts';
import { makeId } from '../identity/secret.ts';
import { addNewJobs, type MadeJobs, requireEligible } from '../jobs/make-jobs.ts';
import type { ImageSource } from '../repository/sync.ts';
import type { CommandTable } from '../store/job-tables.ts';
import { captureArgs, convertArgs } from './order-args.ts';
import type { OrderWish } from './order-wish.ts';
import { type ImageFacts, type OrderPlan, planOrdersIn, readImageFacts } from './plan-orders.ts';

export interface OrderGround extends Ground {
  /** The store of images. @throws NacreError STORE_NOT_FOUND, … */
  readonly openImages: () => Promise<ImageSource>;
}

export interface OrdersPlan {
  readonly image: ImageFacts | undefined;
  readonly devices: readonly OrderPlan[];
}

export interface MadeOrders extends OrdersPlan {
  readonly command: string;
  readonly jobs: MadeJobs['jobs'];
}

const imageOf = (ground: OrderGround, wish: OrderWish): Promise<ImageFacts | undefined> =>
  wish.kind === 'convert'
    ? readImageFacts(ground, ground.openImages, wish.image)
    : Promise.resolve(undefined);

/** @throws NacreError as readImageFacts */
export const planOrders = async (ground: OrderGround, wish: OrderWish): Promise<OrdersPlan> => {
  const image = await imageOf(ground, wish);
  const devices = await ground.store.read((db) => planOrdersIn(ground, db, wish, image));
  return { image, devices };
};

const commandRow = (
  ground: Ground,
  actor: Actor,
  wish: OrderWish,
  image: ImageFacts | undefined,
): CommandTable => ({
  ...{ id: makeId(), kind: wish.kind, start_at: wish.startAt ?? null },
  image_name: wish.kind === 'capture' ? wish.name : (image?.name ?? ''),
  // Of a capture it is known when it is done, and stands in its job.
  version_id: image?.id ?? '',
  ...{ window_from: null, window_to: null, limit_bytes_per_second: null },
  ...{ countdown_seconds: null, postpones: 0, postpone_seconds: 0, health_seconds: 0 },
  // It erases a disk: that another try helps is for people to say.
  ...{
    most_attempts: 1,
    created_at: timeOf(ground),
    created_by: actor.name,
    rollout: null,
    rollout_round: null,
    wake: 0,
  },
});

/** @throws NacreError JOB_NONE_ELIGIBLE, and as planOrders */
export const makeOrders = async (
  ground: OrderGround,
  actor: Actor,
  wish: OrderWish,
): Promise<MadeOrders> => {
  const image = await imageOf(ground, wish);
  return ground.store.change(async (db) => {
    const devices = await planOrdersIn(ground, db, wish, image);
    requireEligible(devices);
    const eligible = devices.filter(({ isEligible }) => isEligible);
    const command = commandRow(ground, actor, wish, image);
    const args =
      wish.kind === 'convert'
        ? convertArgs({ layout: wish.layout, policy: wish.layoutPolicy, backup: wish.backup })
        : captureArgs(wish.comment);
    const skipped = devices.length - eligible.length;
    const jobs = await addNewJobs(ground, db, actor, { command, args, eligible, skipped });
    return { command: command.id, image, devices, jobs };
  });
};
