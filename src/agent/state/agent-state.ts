/**
 * What an agent must not forget: its manager, the newest ticket that it obeyed, and the job in hand. Each change is on the
 * medium before anything acts on it.
 */
import * as z from 'zod';
import { NacreError } from '../../errors.ts';
import { checkInAnswerShape } from '../../job/agent-protocol.ts';
import { JOB_STATES } from '../../job/job-states.ts';
import { jobId } from '../../job/job-ticket.ts';
import { publicKeyText, signedShape } from '../../job/signed-message.ts';
import { type AgentFiles, readIfThere } from './agent-files.ts';
import { writeWhole } from './whole-file.ts';

const MOST_ADDRESSES = 8;
const LIMIT_BYTES = 2 ** 20;

const digest = z.string().regex(/^[0-9a-f]{64}$/);

/** A job from its ticket to the answer for its result. */
const jobInHand = z.object({
  id: jobId,
  attempt: z.int().min(1),
  ticket: signedShape,
  stores: checkInAnswerShape.shape.stores,
  state: z.enum(JOB_STATES),
  /** Events of its way (`job-path.ts`) that the manager has answered. */
  told: z.int().min(0),
  /** Of a failure; null while nothing is wrong. */
  code: z.string().max(64).nullable(),
  message: z.string().max(2048),
  doneBytes: z.int().min(0),
  totalBytes: z.int().min(0),
  /** How often users put the restart off. */
  postpones: z.int().min(0),
  /** Start of the machine in which PI was armed, as the kernel names it. */
  armedIn: z.string().max(64),
  /** How often it was told to start again for this job. */
  restarts: z.int().min(0),
});
export type JobInHand = Readonly<z.output<typeof jobInHand>>;

/** How the last job ended: told again when its ticket comes again. */
const endedJob = z.object({
  id: jobId,
  attempt: z.int().min(1),
  state: z.enum(JOB_STATES),
  code: z.string().max(64).nullable(),
  message: z.string().max(2048),
});

const stateShape = z.object({
  format: z.literal('nacre-agent'),
  version: z.literal(1),
  manager: z.object({ urls: z.array(z.url().max(512)).min(1).max(MOST_ADDRESSES), pin: digest }),
  /** Public key of the manager for jobs: that of its first answer. */
  jobKey: publicKeyText.nullable(),
  /** What the manager says of this device; null before its first answer. */
  admission: checkInAnswerShape.shape.state.nullable(),
  /** Counter of the newest ticket that was obeyed. */
  lastCounter: z.int().min(0),
  lastRun: z.string().max(32),
  job: jobInHand.nullable(),
  ended: endedJob.nullable(),
});
export type AgentState = Readonly<z.output<typeof stateShape>>;

/** Of a device that has just enrolled. */
export const firstState = (manager: AgentState['manager']): AgentState => ({
  ...{ format: 'nacre-agent', version: 1, manager, jobKey: null, admission: null },
  ...{ lastCounter: 0, lastRun: '', job: null, ended: null },
});

/** @throws NacreError AGENT_STATE_DAMAGED */
export const parseAgentState = (path: string, text: string): AgentState => {
  const damaged = (reason: string, cause?: unknown): NacreError =>
    new NacreError('AGENT_STATE_DAMAGED', { path, reason }, { cause });
  if (text.length > LIMIT_BYTES) throw damaged(`it has more than ${LIMIT_BYTES} characters`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw damaged('it is no JSON', cause);
  }
  const { data, error } = stateShape.safeParse(value);
  if (data !== undefined) return data;
  const [issue] = error.issues;
  throw damaged(`${issue?.path.join('.')}: ${issue?.message}`, error);
};

export const serializeAgentState = (state: AgentState): string =>
  `${JSON.stringify(stateShape.parse(state))}\n`;

/** Undefined for a device that never enrolled. @throws NacreError AGENT_STATE_DAMAGED */
export const readAgentState = async ({ state }: AgentFiles): Promise<AgentState | undefined> => {
  const text = await readIfThere(state);
  return text === undefined ? undefined : parseAgentState(state, text);
};

/** On the medium when it resolves. */
export const writeAgentState = (files: AgentFiles, state: AgentState): Promise<void> =>
  writeWhole(files.state, serializeAgentState(state));
