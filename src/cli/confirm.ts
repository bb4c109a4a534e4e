/** The question before the first write (cli.md, `--yes WHAT`). */
import { once } from 'node:events';
import { realpathSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { NacreError } from '../errors.ts';
import { printable } from './format.ts';
import type { Phrase } from './language.ts';
import type { Session } from './session.ts';

/** The disk or file that will be written. */
export interface ConfirmTarget {
  /** As typed. */
  readonly path: string;
  readonly isBlockDevice: boolean;
  /** Empty or undefined for a device without one, and for files. */
  readonly serial?: string | undefined;
}

/** What may be answered; the first is the one that is asked for. */
export const acceptedAnswers = (target: ConfirmTarget): readonly [string, ...string[]] => {
  if (!target.isBlockDevice) return [target.path, path.basename(target.path)];
  const serial = target.serial?.trim();
  if (serial) return [serial];
  return [realpathSync(target.path), target.path];
};

const QUESTION: Phrase = {
  en: 'Type {what} to go on, anything else to stop: ',
  ja: '続けるには {what} と入力してください(それ以外は中止): ',
};

/** What a person types; undefined where there is none to ask. @throws NacreError CANCELLED */
export const askToType = async (session: Session, what: string): Promise<string | undefined> => {
  const { stdin, stderr } = session.edge;
  return stdin.isTTY && stderr.isTTY ? ask(session, what) : undefined;
};

const ask = async (session: Session, what: string): Promise<string> => {
  const { stdin, stderr } = session.edge;
  const lines = createInterface({ input: stdin, output: stderr });
  // On a terminal in raw mode Ctrl-C is a key, not a signal; Ctrl-D leaves the question without an answer.
  lines.on('SIGINT', () => session.interrupt());
  const closed = once(lines, 'close').then(() => '');
  try {
    const question = session.text(QUESTION).replace('{what}', printable(what));
    const answer = lines.question(session.emphasised(question), {
      signal: session.signal,
    });
    return (await Promise.race([answer, closed])).trim();
  } catch (error) {
    session.throwIfCancelled('confirm');
    // Ctrl-D, as Node reports it.
    if (error instanceof Error && error.name === 'AbortError') return '';
    throw error;
  } finally {
    lines.close();
  }
};

/**
 * Goes on only when the answer names the target: by `--yes`, or typed on a terminal.
 *
 * @throws NacreError CLI_NOT_CONFIRMED (nothing was changed), CANCELLED
 */
export const confirmTarget = async (
  session: Session,
  target: ConfirmTarget,
  yes: string | undefined,
): Promise<void> => {
  const accepted = acceptedAnswers(target);
  const given = yes ?? (await askToType(session, accepted[0]));
  if (given !== undefined && accepted.includes(given)) return;
  const facts = { target: target.path, needed: accepted[0], given: given ?? '' };
  throw new NacreError('CLI_NOT_CONFIRMED', facts);
};
