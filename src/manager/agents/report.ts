/** V02, and what comes before it: what a device says of its job. */
import { NacreError } from '../../errors.ts';
import type { Report, ReportAnswer } from '../../job/agent-protocol.ts';
import { canBeCancelled, isOpen } from '../../job/job-states.ts';
import type { Signed } from '../../job/signed-message.ts';
import { type Actor, timeIn, timeOf } from '../ground.ts';
import { backOffSeconds, secondsIn, settingsIn } from '../jobs/job-settings.ts';
import { commandOf, moveJob } from '../jobs/move-job.ts';
import { mayHelp } from '../jobs/retry-rule.ts';
import { changeAgent, findAgent } from '../store/agent-rows.ts';
import { changeDeviceRow } from '../store/device-rows.ts';
import { changeJob, findJob } from '../store/job-rows.ts';
import type { JobTable } from '../store/job-tables.ts';
import type { Queries } from '../store/store.ts';
import type { DeviceTable } from '../store/tables.ts';
import type { AgentDesk, AgentEnds } from './agent-desk.ts';
import { type AgentMessage, readReport } from './agent-message.ts';
import { acceptMessage, deviceOfKey } from './runs.ts';

/** A report in its transaction. */
interface Told {
  readonly desk: AgentDesk;
  readonly db: Queries;
  readonly said: Report;
  readonly actor: Actor;
}

/** @throws NacreError AGENT_REPORT_FOREIGN */
const jobOf = async ({ db, said }: Told, device: DeviceTable): Promise<JobTable> => {
  const job = await findJob(db, said.job);
  if (job !== undefined && job.device_id === device.id) return job;
  throw new NacreError('AGENT_REPORT_FOREIGN', { job: said.job, device: device.name });
};

/** Bytes alone: no row tells them, and the phase has its time anew. */
const noteProgress = async ({ desk, db, said }: Told, job: JobTable): Promise<void> => {
  if (!isOpen(job.state)) return;
  const seconds = secondsIn(await settingsIn(db), job.state, await commandOf(db, job));
  await changeJob(db, job.id, {
    ...{ done_bytes: said.doneBytes, total_bytes: said.totalBytes },
    deadline_at: seconds === undefined ? null : timeIn(desk.ground, seconds),
  });
};

/** When a job that failed is tried again; null for never. */
const retryAt = async (
  { desk, db, said }: Told,
  job: JobTable,
): Promise<Pick<JobTable, 'retry_at'>> => {
  const { most_attempts: most } = await commandOf(db, job);
  const isWorth = mayHelp(said.code) && job.attempt < most && job.cancel_requested_at === null;
  const seconds = backOffSeconds(await settingsIn(db), job.attempt);
  return { retry_at: isWorth ? timeIn(desk.ground, seconds) : null };
};

const apply = async (told: Told, job: JobTable): Promise<JobTable> => {
  const { desk, db, said, actor } = told;
  // A device that was without network tells of a try that is over: what is known of the newer one is better.
  if (said.attempt !== job.attempt) return job;
  if (said.event === null) {
    await noteProgress(told, job);
    return job;
  }
  const columns = said.event === 'fail' && isOpen(job.state) ? await retryAt(told, job) : {};
  const moved = await moveJob(desk.ground, db, job, {
    ...{ event: said.event, actor, doneBytes: said.doneBytes, totalBytes: said.totalBytes },
    ...{ code: said.code, message: said.message, columns },
  });
  if (moved === undefined)
    desk.log.info({ job: job.id, state: job.state, event: said.event }, 'report changes nothing');
  return moved ?? job;
};

const take = (
  desk: AgentDesk,
  { said, digest }: AgentMessage<Report>,
  { address }: AgentEnds,
): Promise<JobTable> =>
  desk.ground.store.change(async (db) => {
    const device = await deviceOfKey(db, said.key);
    if (device.state === 'revoked' || (await findAgent(db, device.id)) === undefined)
      throw new NacreError('AGENT_MESSAGE_REFUSED', { reason: 'the device has not checked in' });
    const actor: Actor = { kind: 'device', name: device.name, address };
    const told: Told = { desk, db, said, actor };
    const job = await jobOf(told, device);
    const { run, number } = said;
    const acceptance = await acceptMessage(desk.ground, db, actor, device, {
      ...{ run, number, digest },
    });
    if (acceptance === 'again') return job;
    await changeAgent(db, device.id, { run, last_number: number, last_digest: digest });
    await changeDeviceRow(db, device.id, { last_seen_at: timeOf(desk.ground) });
    const isHeard = acceptance === 'new' && device.state === 'approved';
    return isHeard ? apply(told, job) : ((await findJob(db, job.id)) ?? job);
  });

/**
 * Answers a report.
 *
 * @throws NacreError AGENT_MESSAGE_OLD, AGENT_MESSAGE_REFUSED, AGENT_REPORT_FOREIGN, MANAGER_DEVICE_UNKNOWN, MANAGER_OVERLOADED
 */
export const answerReport = async (
  desk: AgentDesk,
  signed: Signed,
  ends: AgentEnds,
): Promise<ReportAnswer> => {
  desk.refusals.check(ends.address);
  try {
    const job = await take(desk, readReport(signed, desk.pin), ends);
    const isToStop = job.cancel_requested_at !== null && canBeCancelled(job.state);
    return { now: timeOf(desk.ground), state: job.state, cancel: isToStop ? job.id : null };
  } catch (reason) {
    await desk.refusals.note(reason, ends.address);
    throw reason;
  }
};
