/** A refusal, word by word. */
import type { Refusal } from '../api/refusal.ts';
import { failureText, sentenceText } from '../texts/failures.ts';
import { text, textOr } from '../texts/language.ts';

/** Detail, hint, wrong fields, code and request number. */
export const ProblemBox = ({ refusal }: { readonly refusal: Refusal | undefined }) => {
  if (refusal === undefined) return null;
  const { code, detail, issues = [], request } = refusal.problem;
  const { message, hint } = failureText({ ...refusal.problem, message: detail });
  return (
    <div class="problem" role="alert">
      <p class="detail">{textOr(`problem.${code}`, message, refusal.problem.facts)}</p>
      {issues.length > 1 && (
        <ul>
          {issues.map(({ field, reason }) => (
            <li key={field}>
              <code>{field}</code> {sentenceText(null, reason)}
            </li>
          ))}
        </ul>
      )}
      {hint !== '' && <p class="hint">{hint}</p>}
      <p class="codes">
        <code>{code}</code>
        {request !== '' && (
          <span>
            {text('problem.request')} <code>{request}</code>
          </span>
        )}
      </p>
    </div>
  );
};
