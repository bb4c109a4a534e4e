/** What the agent of a device said last: its hardware, disks, and backup partition (Network Info, A-28). */
import { NacreError } from '../../errors.ts';
import type { CheckIn } from '../../job/agent-protocol.ts';
import type { Ground } from '../ground.ts';
import { backupOf, inventoryOf } from '../jobs/eligibility.ts';
import { findAgent } from '../store/agent-rows.ts';
import { knownDevice } from './device.ts';

export interface DeviceReport {
  readonly device: string;
  readonly checkedInAt: string;
  readonly address: string;
  readonly release: string;
  readonly runsIn: 'os' | 'merlin';
  /** By how much its clock is ahead of ours; null while it is about right. */
  readonly clockAheadSeconds: number | null;
  readonly inventory: CheckIn['inventory'];
  readonly backup: CheckIn['backup'];
  readonly block: CheckIn['block'];
}

/** @throws NacreError MANAGER_NOT_FOUND, JOB_NO_CHECK_IN */
export const readDeviceReport = ({ store }: Ground, id: string): Promise<DeviceReport> =>
  store.read(async (db) => {
    const { name } = await knownDevice(db, id);
    const agent = await findAgent(db, id);
    if (agent === undefined) throw new NacreError('JOB_NO_CHECK_IN', { device: name });
    return {
      ...{ device: id, checkedInAt: agent.checked_in_at, address: agent.address },
      ...{ release: agent.release, runsIn: agent.runs_in },
      clockAheadSeconds: agent.clock_ahead_seconds,
      ...{ inventory: inventoryOf(agent), backup: backupOf(agent) },
      block: agent.block === null ? null : JSON.parse(agent.block),
    };
  });
