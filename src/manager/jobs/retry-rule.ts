/** Which failures may be gone at the next try. */
import { ERROR_TABLE } from '../../errors.ts';

const EXITS = new Map(Object.entries(ERROR_TABLE).map(([code, { exit }]) => [code, exit]));
const FAILED = 1;

/**
 * What was refused because of the state of disk, image or trust (exit code 3), or is a wrong wish (2), is so again at the next try;
 * a lost link or a server that did not answer is not. What a newer agent says and nobody here knows may pass.
 */
export const mayHelp = (code: string | null): boolean =>
  code === null || (EXITS.get(code) ?? FAILED) === FAILED;
