/** Asks for a line on a terminal. */
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { NacreError } from '../errors.ts';
import type { Session } from './session.ts';

/** The option that answers a question without a terminal. */
export interface LineOption {
  /** `--url`. */
  readonly flag: string;
  /** `nacre update start`. */
  readonly command: string;
}

/** What a person types; empty for the Enter key. @throws NacreError CLI_OPTION_NEEDED off a terminal; CANCELLED */
export const askLine = async (
  session: Session,
  question: string,
  { flag, command }: LineOption,
): Promise<string> => {
  const { stdin, stderr } = session.edge;
  if (!stdin.isTTY || !stderr.isTTY)
    throw new NacreError('CLI_OPTION_NEEDED', { what: flag, command });
  const lines = createInterface({ input: stdin, output: stderr });
  lines.on('SIGINT', () => session.interrupt());
  const closed = once(lines, 'close').then(() => '');
  try {
    const answer = lines.question(question, { signal: session.signal });
    return (await Promise.race([answer, closed])).trim();
  } catch (error) {
    session.throwIfCancelled('question');
    if (error instanceof Error && error.name === 'AbortError') return '';
    throw error;
  } finally {
    lines.close();
  }
};
