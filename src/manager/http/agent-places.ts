/** What agents ask: below `/device/v1`, not part of the API for people and their programs. */
import type * as z from 'zod';
import { NacreError } from '../../errors.ts';
import { checkInAnswerShape, reportAnswerShape } from '../../job/agent-protocol.ts';
import { SIGNED_LIMIT_BYTES, type Signed, signedShape } from '../../job/signed-message.ts';
import type { AgentDesk, AgentEnds } from '../agents/agent-desk.ts';
import { answerCheckIn } from '../agents/check-in.ts';
import { answerReport } from '../agents/report.ts';
import { readJson } from './body.ts';

/** A message that agents send; the answer is checked before it leaves. */
export interface AgentPlace {
  /** Below `/device/v1`. */
  readonly path: string;
  readonly answer: (desk: AgentDesk, signed: Signed, ends: AgentEnds) => Promise<unknown>;
}

const place = <Shape extends z.ZodType>(
  path: string,
  shape: Shape,
  answer: (desk: AgentDesk, signed: Signed, ends: AgentEnds) => Promise<z.input<Shape>>,
): AgentPlace => ({
  path,
  answer: async (...given) => shape.parse(await answer(...given)),
});

export const AGENT_PLACES: readonly AgentPlace[] = [
  place('/checkin', checkInAnswerShape, answerCheckIn),
  place('/report', reportAnswerShape, answerReport),
];

/** The signed message of a request. @throws NacreError MANAGER_INPUT_INVALID, MANAGER_REQUEST_TOO_LARGE */
export const readSigned = async (request: Request): Promise<Signed> => {
  const { data, error } = signedShape.safeParse(await readJson(request, SIGNED_LIMIT_BYTES));
  if (data !== undefined) return data;
  const issue = error?.issues[0];
  const field = ['body', ...(issue?.path ?? [])].join('.');
  const facts = { field, reason: issue?.message ?? 'it is not of the known form' };
  throw new NacreError('MANAGER_INPUT_INVALID', facts, { cause: error });
};
