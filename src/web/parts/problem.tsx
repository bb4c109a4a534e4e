/** A refusal, word by word. */
import type { Refusal } from '../api/refusal.ts';
import { text, textOr } from '../texts/language.ts';

/** Detail, hint, wrong fields, code and request number. */
export const ProblemBox = ({ refusal }: { readonly refusal: Refusal | undefined }) => {
  if (refusal === undefined) return null;
  const { code, detail, hint, issues = [], request } = refusal.problem;
  return (
    <div class="problem" role="alert">
      <p class="detail">{textOr(`problem.${code}`, detail)}</p>
      {issues.length > 1 && (
        <ul>
          {issues.map(({ field, reason }) => (
            <li key={field}>
              <code>{field}</code> {reason}
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
