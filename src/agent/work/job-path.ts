/** The way of a job on its device: which events lie on it, and which of them the manager was not told yet. */
import type { DeviceJobEvent, JobState } from '../../job/job-states.ts';
import type { Command } from '../../job/job-ticket.ts';

const OF_COMMAND: Readonly<Record<Command, readonly DeviceJobEvent[]>> = {
  BI: ['download', 'back-up'],
  PI: ['arm', 'image', 'verify', 'start-os'],
};

/** Events that lead to a state; what is not in here is an end. */
const REACHED_BY: Readonly<Partial<Record<JobState, DeviceJobEvent>>> = {
  downloading: 'download',
  'backed-up': 'back-up',
  armed: 'arm',
  imaging: 'image',
  verifying: 'verify',
  'first-boot': 'start-os',
};

const ENDED_BY: Readonly<Partial<Record<JobState, DeviceJobEvent>>> = {
  done: 'finish',
  failed: 'fail',
  cancelled: 'stop',
};

/** The event that ends a job with this state; undefined while it is open. */
export const endOf = (state: JobState): DeviceJobEvent | undefined => ENDED_BY[state];

/**
 * What is still to be told, in order. Of a job that came to nothing only that.
 *
 * @param told how many events of the way the manager has heard
 */
export const untold = (
  commands: readonly Command[],
  { state, told }: { readonly state: JobState; readonly told: number },
): readonly DeviceJobEvent[] => {
  const way = commands.flatMap((command) => OF_COMMAND[command]);
  const end = endOf(state);
  if (end === 'fail' || end === 'stop') return [end];
  if (end !== undefined) return [...way.slice(told), end];
  const reached = REACHED_BY[state];
  return reached === undefined ? [] : way.slice(told, way.indexOf(reached) + 1);
};

/** The command that an event is of; null where it is of neither. */
export const commandOf = (
  event: DeviceJobEvent | null,
  commands: readonly Command[],
): Command | null => {
  const of = commands.find((command) => event !== null && OF_COMMAND[command].includes(event));
  if (of !== undefined) return of;
  return event === 'finish' || event === null ? (commands.at(-1) ?? null) : null;
};
