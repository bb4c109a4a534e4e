/** Failures on the wire: problem details (RFC 9457) with the code, hint and facts of our errors. */
import * as z from 'zod';
import { type ErrorCode, isNacreError, NacreError } from '../../errors.ts';

/** HTTP status of the codes that have one of their own; the exit code decides for others. */
const STATUS: Readonly<Partial<Record<ErrorCode, number>>> = {
  IMAGE_DIGESTS_DIFFER: 409,
  IMAGE_IN_BIN: 409,
  IMAGE_NOT_FOUND: 404,
  IMAGE_NO_EARLIER: 409,
  MANAGER_DATABASE_BUSY: 503,
  MANAGER_DATABASE_FULL: 507,
  MANAGER_DATABASE_UNREACHABLE: 503,
  MANAGER_DEVICE_UNKNOWN: 404,
  MANAGER_EXISTS: 409,
  MANAGER_FAILED: 500,
  MANAGER_FORBIDDEN: 403,
  MANAGER_IN_USE: 409,
  REPOSITORY_IN_USE: 409,
  MANAGER_LOGIN_FAILED: 401,
  MANAGER_LOGIN_NEEDED: 401,
  MANAGER_NOT_FOUND: 404,
  MANAGER_OVERLOADED: 503,
  MANAGER_REQUEST_FORGED: 403,
  MANAGER_REQUEST_TOO_LARGE: 413,
  MANAGER_TOO_MANY_TRIES: 429,
};
const BY_EXIT = { 1: 500, 2: 400, 3: 409 } as const;

/** A problem document. */
export const problemShape = z.object({
  type: z.string().describe('urn:nacre:error:CODE; docs/errors.md lists them'),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string().describe('What was refused, why, and both values'),
  hint: z.string().describe('What to do next'),
  facts: z.record(z.string(), z.union([z.string(), z.number()])),
  request: z.string().describe('Under which the log has it'),
  issues: z
    .array(z.object({ field: z.string(), reason: z.string() }))
    .optional()
    .describe('Every field that is wrong'),
});
export type Problem = z.infer<typeof problemShape>;

export const statusOf = ({ code, exitCode }: NacreError): number =>
  STATUS[code] ?? BY_EXIT[exitCode];

const issuesOf = ({ cause }: NacreError): Pick<Problem, 'issues'> => {
  if (!(cause instanceof z.ZodError)) return {};
  return {
    issues: cause.issues.map(({ path, message }) => ({ field: path.join('.'), reason: message })),
  };
};

const isFact = (entry: readonly [string, unknown]): entry is [string, string | number] =>
  entry[1] !== undefined;

/** A failure as it is answered; what is no error of ours is said to be a failure of the manager. */
export const problemOf = (reason: unknown, request: string): Problem => {
  const error = isNacreError(reason) ? reason : new NacreError('MANAGER_FAILED', { request });
  return {
    type: `urn:nacre:error:${error.code}`,
    title: error.code,
    status: statusOf(error),
    code: error.code,
    detail: error.message,
    hint: error.hint,
    facts: Object.fromEntries(Object.entries(error.facts).filter(isFact)),
    request,
    ...issuesOf(error),
  };
};
