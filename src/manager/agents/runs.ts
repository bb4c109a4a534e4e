/**
 * Each message of an agent is taken once. A run is one start of an agent, and numbers rise in it; a run that another one has
 * followed never comes back. When it does, with a message that nobody saw before, two machines have one key: the device is held.
 */
import { NacreError } from '../../errors.ts';
import { fingerprintOf } from '../../job/enrolment.ts';
import { moveDevice } from '../devices/decide.ts';
import { next } from '../devices/device-states.ts';
import { type Actor, type Ground, timeOf } from '../ground.ts';
import { audit } from '../identity/audit.ts';
import { endJobOf } from '../jobs/move-job.ts';
import { findAgent, findRun, retireRun, reviveRun } from '../store/agent-rows.ts';
import type { DeviceAgentTable, DeviceRunTable } from '../store/agent-tables.ts';
import { addConflict, findDeviceByKey, SAME_KEY } from '../store/device-rows.ts';
import type { Queries } from '../store/store.ts';
import type { DeviceTable } from '../store/tables.ts';

/** Starts of an agent that are remembered. */
const MOST_RUNS = 64;

export interface MessageNumber {
  readonly run: string;
  readonly number: number;
  /** SHA-256 of the text. */
  readonly digest: string;
}

/** `again`: the answer to it was lost. `two-machines`: the device is held now. */
export type Acceptance = 'new' | 'again' | 'two-machines';

/** The device of a key. @throws NacreError MANAGER_DEVICE_UNKNOWN */
export const deviceOfKey = async (db: Queries, key: string): Promise<DeviceTable> => {
  const device = await findDeviceByKey(db, key);
  if (device !== undefined) return device;
  throw new NacreError('MANAGER_DEVICE_UNKNOWN', { fingerprint: fingerprintOf(key).slice(0, 16) });
};

const old = ({ run, number }: MessageNumber, reason: string): NacreError =>
  new NacreError('AGENT_MESSAGE_OLD', { number, run: run.slice(0, 8), reason });

const inSameRun = (message: MessageNumber, agent: DeviceAgentTable): Acceptance => {
  const { last_number: last } = agent;
  if (message.number > last) return 'new';
  if (message.number === last && message.digest === agent.last_digest) return 'again';
  throw old(message, `the last one of this run had the number ${last}`);
};

const retire = (
  ground: Pick<Ground, 'now'>,
  db: Queries,
  { device_id, run, last_number }: DeviceAgentTable,
): Promise<void> => {
  const row: DeviceRunTable = { device_id, run, last_number, retired_at: timeOf(ground) };
  return retireRun(db, row, MOST_RUNS);
};

/** Keeps a device whose key two machines have out, once. */
const hold = async (
  ground: Pick<Ground, 'now'>,
  db: Queries,
  actor: Actor,
  device: DeviceTable,
): Promise<Acceptance> => {
  if (next(device.state, 'hold') === undefined) return 'new';
  const value = device.fingerprint ?? '';
  await addConflict(db, {
    ...{ device_id: device.id, other_id: device.id, hint: SAME_KEY, value },
    found_at: timeOf(ground),
  });
  const deed = { action: 'device.same-key', kind: 'device', subject: device.id };
  await audit(ground, db, actor, { ...deed, facts: { name: device.name, fingerprint: value } });
  await moveDevice(ground, db, actor, device, 'hold');
  const message = 'two machines have the key of this device: it is held';
  await endJobOf(ground, db, actor, device.id, { code: 'JOB_DEVICE_STATE', message });
  return 'two-machines';
};

/**
 * Says whether a message is new, in the transaction that takes it. The row of the agent is the caller's to write.
 *
 * @throws NacreError AGENT_MESSAGE_OLD
 */
export const acceptMessage = async (
  ground: Pick<Ground, 'now'>,
  db: Queries,
  actor: Actor,
  device: DeviceTable,
  message: MessageNumber,
): Promise<Acceptance> => {
  const agent = await findAgent(db, device.id);
  if (agent === undefined) return 'new';
  if (agent.run === message.run) return inSameRun(message, agent);
  const retired = await findRun(db, device.id, message.run);
  if (retired !== undefined && message.number <= retired.last_number)
    throw old(message, `this run ended with ${retired.last_number}, and another one followed it`);
  if (retired !== undefined) await reviveRun(db, device.id, message.run);
  await retire(ground, db, agent);
  return retired === undefined ? 'new' : hold(ground, db, actor, device);
};
