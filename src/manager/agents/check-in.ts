/** V01: how a device is; what is it to do? */
import { createHash } from 'node:crypto';
import { NacreError } from '../../errors.ts';
import type { CheckIn, CheckInAnswer } from '../../job/agent-protocol.ts';
import { fingerprintOf } from '../../job/enrolment.ts';
import type { Signed } from '../../job/signed-message.ts';
import { refreshSearch } from '../devices/device.ts';
import { takeHints } from '../devices/enrol.ts';
import { type Actor, type Ground, timeOf } from '../ground.ts';
import { findAgent, putAgent, setGenerations } from '../store/agent-rows.ts';
import { changeDeviceRow, findDevice, findDeviceByKey } from '../store/device-rows.ts';
import type { Queries } from '../store/store.ts';
import type { DeviceTable } from '../store/tables.ts';
import type { AgentDesk, AgentEnds } from './agent-desk.ts';
import { type AgentMessage, readCheckIn } from './agent-message.ts';
import { acceptMessage } from './runs.ts';
import { storesFor } from './store-places.ts';

/** A clock that is off by more is told. */
const CLOCK_SECONDS = 300;

/** The device of a key. @throws NacreError MANAGER_DEVICE_UNKNOWN */
export const deviceOfKey = async (db: Queries, key: string): Promise<DeviceTable> => {
  const device = await findDeviceByKey(db, key);
  if (device !== undefined) return device;
  throw new NacreError('MANAGER_DEVICE_UNKNOWN', { fingerprint: fingerprintOf(key).slice(0, 16) });
};

const digestOfHints = ({ hints }: CheckIn): string =>
  createHash('sha256').update(JSON.stringify(hints)).digest('hex');

const clockAhead = (clock: string, now: Date): number | null => {
  const seconds = Math.round((Date.parse(clock) - now.getTime()) / 1000);
  return Math.abs(seconds) > CLOCK_SECONDS ? seconds : null;
};

const generationRows = (device: string, { backup }: CheckIn) => {
  // Of one version only one row: a device that lists it twice says nothing more.
  const byId = new Map((backup?.generations ?? []).map((each) => [each.image.id, each]));
  return [...byId.values()].map(({ image, isComplete, isVerified, sizeBytes }) => ({
    ...{ device_id: device, image_name: image.name, version_id: image.id, size_bytes: sizeBytes },
    is_complete: isComplete ? (1 as const) : (0 as const),
    is_verified: isVerified ? (1 as const) : (0 as const),
  }));
};

/** Writes down what it says. */
const store = async (
  ground: Ground,
  db: Queries,
  device: DeviceTable,
  { said, digest }: AgentMessage<CheckIn>,
  { address }: AgentEnds,
): Promise<void> => {
  const before = await findAgent(db, device.id);
  const hintsDigest = digestOfHints(said);
  if (before?.hints_digest !== hintsDigest) {
    await takeHints(ground, db, device.id, said.hints);
    await refreshSearch(db, device.id);
  }
  await changeDeviceRow(db, device.id, {
    last_seen_at: timeOf(ground),
    support_img_backup: said.SupportImgBackup,
    backup_image_present: said.BackupImagePresent,
    back_image_ver: said.BackImageVer === '' ? null : said.BackImageVer,
  });
  await setGenerations(db, device.id, generationRows(device.id, said));
  await putAgent(db, {
    ...{ device_id: device.id, run: said.run, last_number: said.number, last_digest: digest },
    ...{ release: said.agent.release, runs_in: said.agent.runsIn, hints_digest: hintsDigest },
    inventory: JSON.stringify(said.inventory),
    backup: said.backup === null ? null : JSON.stringify(said.backup),
    block: said.block === null ? null : JSON.stringify(said.block),
    clock_ahead_seconds: clockAhead(said.clock, ground.now()),
    ...{ address, checked_in_at: timeOf(ground) },
  });
};

/** Takes a check-in, once. @returns the state that the device has now */
const take = (
  { ground }: AgentDesk,
  message: AgentMessage<CheckIn>,
  ends: AgentEnds,
): Promise<DeviceTable> =>
  ground.store.change(async (db) => {
    const { said, digest } = message;
    const device = await deviceOfKey(db, said.key);
    // Its key counts for nothing: it is told so, and nothing is written down.
    if (device.state === 'revoked') return device;
    const actor: Actor = { kind: 'device', name: device.name, address: ends.address };
    const number = { run: said.run, number: said.number, digest };
    const acceptance = await acceptMessage(ground, db, actor, device, number);
    if (acceptance !== 'again') await store(ground, db, device, message, ends);
    return (await findDevice(db, device.id)) ?? device;
  });

const NOTES: Readonly<Record<DeviceTable['state'], string>> = {
  pending: 'waits for approval',
  approved: '',
  held: 'held: somebody has to look at it',
  revoked: 'revoked',
};

/**
 * Answers a check-in.
 *
 * @throws NacreError AGENT_MESSAGE_OLD, AGENT_MESSAGE_REFUSED, MANAGER_DEVICE_UNKNOWN, MANAGER_OVERLOADED
 */
export const answerCheckIn = async (
  desk: AgentDesk,
  signed: Signed,
  ends: AgentEnds,
): Promise<CheckInAnswer> => {
  desk.refusals.check(ends.address);
  try {
    const { id, state } = await take(desk, readCheckIn(signed, desk.pin), ends);
    return {
      ...{ now: timeOf(desk.ground), state, jobKey: desk.jobKey },
      nextSeconds: await desk.pace.nextSeconds(state),
      ...{ waitSeconds: 0, ticket: null, cancel: null, note: NOTES[state] },
      stores: state === 'approved' ? storesFor(desk.stores, id, ends.host) : [],
    };
  } catch (reason) {
    await desk.refusals.note(reason, ends.address);
    throw reason;
  }
};
