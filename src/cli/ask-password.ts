/** Asks for a password on a terminal, without showing what is typed. */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { NacreError } from '../errors.ts';
import type { Session } from './session.ts';

/** Swallows what readline would echo. */
const silence = (): Writable =>
  new Writable({
    write: (_part, _encoding, done) => done(),
  });

/** @throws NacreError CLI_OPTION_NEEDED off a terminal, where `--password-file` has to name a file; CANCELLED */
export const askPassword = async (
  session: Session,
  question: string,
  command = 'nacre login',
): Promise<string> => {
  const { stdin, stderr } = session.edge;
  if (!stdin.isTTY || !stderr.isTTY)
    throw new NacreError('CLI_OPTION_NEEDED', { what: '--password-file', command });
  stderr.write(question);
  const lines = createInterface({ input: stdin, output: silence(), terminal: true });
  lines.on('SIGINT', () => session.interrupt());
  const stop = (): void => lines.close();
  session.signal.addEventListener('abort', stop, { once: true });
  try {
    const line = once(lines, 'line').then(([text]) => String(text));
    const closed = once(lines, 'close').then(() => '');
    const password = await Promise.race([line, closed]);
    session.throwIfCancelled('login');
    return password;
  } finally {
    session.signal.removeEventListener('abort', stop);
    lines.close();
    stderr.write('\n');
  }
};
