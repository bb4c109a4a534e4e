/** What the manager refuses, or what lies between us and it, as one kind of error with the words of a problem document. */
import type { Problem } from '../../manager/http/problem.ts';

/** A failure that is shown as it is. */
export class Refusal extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/** Codes that a manager never sends: the console's own. */
export const UNREACHABLE = 'CONSOLE_UNREACHABLE';
export const NO_PROBLEM = 'CONSOLE_ANSWER';

/** A failure that no manager has described; what is shown of it is looked up by the code. */
export const ownProblem = (
  code: string,
  status: number,
  detail: string,
  facts: Problem['facts'] = {},
): Problem => ({
  ...{ type: `urn:nacre:error:${code}`, title: code, status, code, detail },
  ...{ hint: '', facts, request: '' },
});

/** @returns the refusal of a reason; what is no refusal is a bug and thrown again */
export const refusalOf = (reason: unknown): Refusal => {
  if (reason instanceof Refusal) return reason;
  throw reason;
};
