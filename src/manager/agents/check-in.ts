/** V01: how a device is; what is it to do? */
import { createHash } from 'node:crypto';
import type { CheckIn, CheckInAnswer } from '../../job/agent-protocol.ts';
import type { Signed } from '../../job/signed-message.ts';
import type { StoreAddress } from '../../job/store-address.ts';
import { refreshSearch } from '../devices/device.ts';
import { takeHints } from '../devices/enrol.ts';
import { type Actor, type Ground, timeOf } from '../ground.ts';
import { type HandOut, handOut } from '../jobs/hand-out.ts';
import { knownZone } from '../jobs/window.ts';
import { nearestRepository } from '../repository/repositories.ts';
import { findAgent, putAgent, setGenerations } from '../store/agent-rows.ts';
import { changeDeviceRow, findDevice } from '../store/device-rows.ts';
import type { Queries } from '../store/store.ts';
import type { DeviceTable } from '../store/tables.ts';
import type { AgentDesk, AgentEnds } from './agent-desk.ts';
import { type AgentMessage, readCheckIn } from './agent-message.ts';
import { acceptMessage, deviceOfKey } from './runs.ts';
import { storesFor } from './store-places.ts';

/** A clock that is off by more is told. */
const CLOCK_SECONDS = 300;
/** How long agents may let us wait with an answer. */
const WAIT_SECONDS = 50;

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

/** What a device is told. */
interface Word extends HandOut {
  readonly device: DeviceTable;
  /** A copy of the store near it. */
  readonly nearest?: StoreAddress | undefined;
}

const SILENCE = { ticket: null, cancel: null, note: '', isOpenEnded: false };

/** What there is for a device now. */
const wordFor = async (
  { ground, jobsPem }: AgentDesk,
  db: Queries,
  device: DeviceTable,
  said: CheckIn,
  { address }: AgentEnds,
): Promise<Word> => {
  if (device.state !== 'approved') return { device, ...SILENCE, note: NOTES[device.state] };
  const zone = knownZone(said.inventory.timeZone);
  const door = { device, address, zone, inHand: said.job };
  const copy = await nearestRepository(db, address);
  const nearest = copy === undefined ? undefined : { url: copy.url, pin: copy.pin };
  return { device, nearest, ...(await handOut({ ground, db, door, jobsPem })) };
};

/** Takes a check-in, once. */
const take = (desk: AgentDesk, message: AgentMessage<CheckIn>, ends: AgentEnds): Promise<Word> =>
  desk.ground.store.change(async (db) => {
    const { ground } = desk;
    const { said, digest } = message;
    const device = await deviceOfKey(db, said.key);
    // Its key counts for nothing: it is told so, and nothing is written down.
    if (device.state === 'revoked') return { device, ...SILENCE, note: NOTES.revoked };
    const actor: Actor = { kind: 'device', name: device.name, address: ends.address };
    const number = { run: said.run, number: said.number, digest };
    const acceptance = await acceptMessage(ground, db, actor, device, number);
    if (acceptance !== 'again') await store(ground, db, device, message, ends);
    return wordFor(desk, db, (await findDevice(db, device.id)) ?? device, said, ends);
  });

const NOTES: Readonly<Record<DeviceTable['state'], string>> = {
  pending: 'waits for approval',
  approved: '',
  held: 'held: somebody has to look at it',
  revoked: 'revoked',
};

const hasNothing = ({ device, ticket, cancel }: Word): boolean =>
  device.state === 'approved' && ticket === null && cancel === null;

/** Waits for something to say, where the agent can wait. A job that waits for its time is looked at when the agent comes again. */
const waitFor = async (
  desk: AgentDesk,
  said: CheckIn,
  word: Word,
  ends: AgentEnds,
): Promise<Word> => {
  const { left = new AbortController().signal } = ends;
  if (!hasNothing(word) || !word.isOpenEnded || said.waitSeconds === 0) return word;
  const { id } = word.device;
  if ((await desk.waiters.wait(id, said.waitSeconds * 1000, left)) === 'over') return word;
  return desk.ground.store.change(async (db) => {
    const device = await findDevice(db, id);
    return device === undefined ? word : wordFor(desk, db, device, said, ends);
  });
};

/** While an agent may wait for its answer it comes again at once; others come at their pace. */
const pause = async ({ pace, waiters }: AgentDesk, word: Word) => {
  const { state } = word.device;
  if (state === 'approved' && word.isOpenEnded && waiters.hasRoom)
    return { nextSeconds: 1, waitSeconds: WAIT_SECONDS };
  if (state === 'approved' && word.note !== '')
    return { nextSeconds: await pace.waitingSeconds(), waitSeconds: 0 };
  return { nextSeconds: await pace.nextSeconds(state), waitSeconds: 0 };
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
    const message = readCheckIn(signed, desk.pin);
    const word = await waitFor(desk, message.said, await take(desk, message, ends), ends);
    const { id, state } = word.device;
    return {
      ...{ now: timeOf(desk.ground), state, jobKey: desk.jobKey, ...(await pause(desk, word)) },
      ...{ ticket: word.ticket, cancel: word.cancel, note: word.note },
      wake: state === 'approved' ? [...desk.sleepers.take(id)] : [],
      stores: state === 'approved' ? storesFor(desk.stores, id, ends.host, word.nearest) : [],
    };
  } catch (reason) {
    await desk.refusals.note(reason, ends.address);
    throw reason;
  }
};
