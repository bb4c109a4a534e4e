/** A device makes itself known to a manager whose key it was told, and remembers both. */
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { inspectDisk } from '../disk/device.ts';
import { NacreError } from '../errors.ts';
import { type Hints, signEnrolment } from '../job/enrolment.ts';
import { readHints } from './facts/inventory.ts';
import { findOwnDisk } from './facts/own-disk.ts';
import { type ManagerDoor, ManagerLink } from './manager/manager-link.ts';
import { type AgentFiles, lockAgentFolder, makeAgentFolder } from './state/agent-files.ts';
import { readAgentSettings } from './state/agent-settings.ts';
import {
  type AgentState,
  firstState,
  readAgentState,
  writeAgentState,
} from './state/agent-state.ts';
import { type DeviceKey, openDeviceKey } from './state/device-key.ts';

const ENROLMENTS = '/api/v1/enrolments';

const enrolled = z.object({
  id: z.string().max(64),
  state: z.enum(['pending', 'approved', 'held', 'revoked']),
});

export interface EnrolOptions {
  readonly files: AgentFiles;
  /** `https://NAME:PORT`. */
  readonly server: string;
  /** 64 hex digits, compared by whoever asks for it. */
  readonly pin: string;
  /** Join code. */
  readonly code?: string | undefined;
  /** Forgets another manager, and the key for jobs of this one. */
  readonly replace: boolean;
  readonly signal: AbortSignal;
}

/** What the manager says to an enrolment. */
export type EnrolAnswer = Readonly<z.output<typeof enrolled>>;

export interface Enrolment extends EnrolAnswer {
  /** Of this device. */
  readonly fingerprint: string;
  /** It was one of this manager's before. */
  readonly wasKnown: boolean;
}

/** What is remembered: another address of the same manager goes to the front, the rest stays. */
const following = (
  before: AgentState | undefined,
  { server, pin, replace }: EnrolOptions,
): AgentState => {
  if (before === undefined || replace) return firstState({ urls: [server], pin });
  const { urls } = before.manager;
  const others = urls.filter((url) => url !== server);
  return { ...before, manager: { pin, urls: [server, ...others].slice(0, 8) } };
};

const hintsOf = async (files: AgentFiles) => {
  const disk = await findOwnDisk(await readAgentSettings(files));
  return readHints(disk === undefined ? undefined : await inspectDisk(disk));
};

/** A device as it presents itself. */
export interface Introduction {
  readonly key: Pick<DeviceKey, 'privatePem'>;
  readonly hints: Hints;
  /** Join code. */
  readonly code?: string | undefined;
}

/** Says who the device is; nothing is remembered. @throws NacreError as `enrolDevice`, of the manager */
export const introduce = async (
  link: ManagerDoor,
  { key, hints, code }: Introduction,
  signal: AbortSignal,
): Promise<EnrolAnswer> => {
  const statement = { pin: link.pin, hints, ...(code === undefined ? {} : { code }) };
  const body = signEnrolment(key.privatePem, statement);
  const answer = enrolled.safeParse(await link.post({ path: ENROLMENTS, body, signal }));
  if (answer.success) return answer.data;
  const facts = { server: link.shown, path: ENROLMENTS, reason: 'it is not of the known form' };
  throw new NacreError('MANAGER_ANSWER', facts, { cause: answer.error });
};

/**
 * Enrols. Again with the same manager it is harmless.
 *
 * @throws NacreError AGENT_MANAGER_OTHER, AGENT_STATE_DAMAGED, AGENT_RUNS; MANAGER_ENROLMENT_REFUSED, MANAGER_JOIN_CODE,
 *   MANAGER_OVERLOADED, MANAGER_ANSWER, MANAGER_UNREACHABLE, MANAGER_PIN
 */
export const enrolDevice = async (options: EnrolOptions): Promise<Enrolment> => {
  const { files, server, pin, code, replace, signal } = options;
  await makeAgentFolder(files);
  const before = await readAgentState(files);
  if (before !== undefined && before.manager.pin !== pin && !replace) {
    const [known = ''] = before.manager.urls;
    throw new NacreError('AGENT_MANAGER_OTHER', { known, wanted: server });
  }
  const after = following(before, options);
  const isChange = replace || !isDeepStrictEqual(after, before);
  // An agent that runs has the state in its memory, and would write it back.
  const lock = isChange ? lockAgentFolder(files) : undefined;
  const link = new ManagerLink({ urls: [server], pin });
  try {
    const key = await openDeviceKey(files);
    const hints = await hintsOf(files);
    const answer = await introduce(link, { key, hints, code }, signal);
    if (isChange) await writeAgentState(files, after);
    const wasKnown = before !== undefined && !replace;
    return { ...answer, fingerprint: key.fingerprint, wasKnown };
  } finally {
    link.close();
    lock?.close();
  }
};
