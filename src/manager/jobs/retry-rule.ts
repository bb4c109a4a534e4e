/** Which failures may be gone at the next try. */
import { ERROR_TABLE } from '../../errors.ts';

const EXITS = new Map(Object.entries(ERROR_TABLE).map(([code, { exit }]) => [code, exit]));
const FAILED = 1;

/** The image itself: its OS does not start, or is not what it shall be. The device has gone back from it, and would once more. */
const OF_THE_IMAGE: ReadonlySet<string> = new Set([
  'AGENT_HEALTH_FAILED',
  'OS_NEVER_REPORTED',
  'OS_START_NOT_FOUND',
]);

/**
 * What was refused because of the state of disk, image or trust (exit code 3), or is a wrong wish (2), is so again at the next try;
 * so is an OS that does not start or pass its checks; a lost link or a server that did not answer is not. What a newer agent says and nobody here knows may pass.
 */
export const mayHelp = (code: string | null): boolean =>
  code === null || (!OF_THE_IMAGE.has(code) && (EXITS.get(code) ?? FAILED) === FAILED);
