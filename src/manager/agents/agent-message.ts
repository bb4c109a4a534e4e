/** Reads what an agent said: signed by the key in it, of the known form, and meant for this manager. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { NacreError } from '../../errors.ts';
import { type CheckIn, checkInShape, type Report, reportShape } from '../../job/agent-protocol.ts';
import { isSignedBy, publicKeyText, type Signed } from '../../job/signed-message.ts';

/** A message that was checked, with the SHA-256 of its text. */
export interface AgentMessage<Said> {
  readonly said: Said;
  readonly digest: string;
}

const withKey = z.looseObject({ key: publicKeyText });

const refused = (reason: string, cause?: unknown): NacreError =>
  new NacreError('AGENT_MESSAGE_REFUSED', { reason }, { cause });

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw refused('it is no JSON', cause);
  }
};

/** A message for another path is of another form, so that none passes for another. */
const read = <Shape extends z.ZodType<{ readonly pin: string }>>(
  signed: Signed,
  pin: string,
  shape: Shape,
): AgentMessage<z.output<Shape>> => {
  const value = parse(signed.text);
  const { data: head } = withKey.safeParse(value);
  if (head === undefined) throw refused('it names no key');
  if (!isSignedBy(signed, head.key)) throw refused('the signature is not of the key in it');
  const { data, error } = shape.safeParse(value);
  if (data === undefined) {
    const issue = error?.issues[0];
    throw refused(`it is not of the known form (${issue?.path.join('.')}: ${issue?.message})`);
  }
  if (data.pin !== pin) throw refused('it is for another manager');
  return { said: data, digest: createHash('sha256').update(signed.text).digest('hex') };
};

/** @param pin of this manager @throws NacreError AGENT_MESSAGE_REFUSED */
export const readCheckIn = (signed: Signed, pin: string): AgentMessage<CheckIn> =>
  read(signed, pin, checkInShape);

/** @param pin of this manager @throws NacreError AGENT_MESSAGE_REFUSED */
export const readReport = (signed: Signed, pin: string): AgentMessage<Report> =>
  read(signed, pin, reportShape);
