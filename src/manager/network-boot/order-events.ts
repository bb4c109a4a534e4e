/** What becomes of an order that a network boot service gave to its device: the life of the job, told by somebody else. */
import { NacreError } from '../../errors.ts';
import type { JobEvent, JobState } from '../../job/job-states.ts';
import type { NetworkOrderEvent, NetworkOrderEventName } from '../../job/network-boot-protocol.ts';
import { remark } from '../../job/remarks.ts';
import type { Actor, Ground } from '../ground.ts';
import { commandOf, moveJob } from '../jobs/move-job.ts';
import { findDevice } from '../store/device-rows.ts';
import { findJob } from '../store/job-rows.ts';
import type { JobTable } from '../store/job-tables.ts';
import { ORDER_KINDS } from '../store/network-boot-rows.ts';
import type { Queries } from '../store/store.ts';

/** A word that got lost is made up for by those after it. What does not fit the state changes nothing. */
const STEPS: Readonly<Record<NetworkOrderEventName, readonly JobEvent[]>> = {
  given: ['send'],
  running: ['send', 'image'],
  done: ['send', 'finish'],
  failed: ['send', 'fail'],
  withdrawn: ['send', 'stop'],
};

/** `send` is for a job that waits; to any other it says nothing new. */
const fits = (step: JobEvent, { state }: JobTable): boolean =>
  step !== 'send' || state === 'queued';

/** @throws NacreError MANAGER_NOT_FOUND for a job that is none, or not for network boot */
const orderJob = async (db: Queries, id: string): Promise<JobTable> => {
  const job = await findJob(db, id);
  const kind = job === undefined ? undefined : (await commandOf(db, job)).kind;
  if (job !== undefined && ORDER_KINDS.some((one) => one === kind)) return job;
  throw new NacreError('MANAGER_NOT_FOUND', { what: 'order of network boot', name: id });
};

const messageOf = async (
  db: Queries,
  job: JobTable,
  { event, version, writtenBytes }: NetworkOrderEvent,
): Promise<string> => {
  if (event !== 'done') return '';
  const { kind, image_name: name } = await commandOf(db, job);
  if (kind === 'capture') return version === null ? '' : `${name}@${version}`;
  return remark('written', { bytes: writtenBytes });
};

/** Takes one event; the same one again changes nothing. @returns the state of the job now */
export const noteOrderEvent = (
  ground: Ground,
  { address }: Pick<Actor, 'address'>,
  id: string,
  said: NetworkOrderEvent,
): Promise<{ readonly state: JobState }> =>
  ground.store.change(async (db) => {
    let job = await orderJob(db, id);
    // Of a try that is over: what is known of the newer one is better.
    if (said.attempt !== job.attempt) return { state: job.state };
    const device = await findDevice(db, job.device_id);
    const actor: Actor = { kind: 'device', name: device?.name ?? job.device_id, address };
    const message = await messageOf(db, job, said);
    const steps = STEPS[said.event];
    for (const step of steps) {
      if (!fits(step, job)) continue;
      const words = step === steps.at(-1) ? { message, code: said.code } : {};
      const bytes = { doneBytes: said.verifiedBytes, totalBytes: said.totalBytes };
      job = (await moveJob(ground, db, job, { event: step, actor, ...words, ...bytes })) ?? job;
    }
    return { state: job.state };
  });
