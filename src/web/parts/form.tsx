/** A form that sends one wish, and shows what the manager says to it. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Refusal } from '../api/refusal.ts';
import { text } from '../texts/language.ts';
import { ProblemBox } from './problem.tsx';

interface FormProps {
  /** What happens; its refusal is shown in the form. */
  readonly onSend: (fields: FormData) => Promise<void>;
  readonly action: string;
  readonly onCancel?: (() => void) | undefined;
  readonly isDanger?: boolean;
  readonly isBlocked?: boolean;
  readonly children?: ComponentChildren;
}

/** Runs what may be refused. @returns the refusal, or nothing when it was done */
export const attempt = async (run: () => Promise<void>): Promise<Refusal | undefined> => {
  try {
    await run();
    return undefined;
  } catch (reason) {
    if (reason instanceof Refusal) return reason;
    throw reason;
  }
};

export const Form = (props: FormProps) => {
  const { onSend, action, onCancel, children, isDanger = false, isBlocked = false } = props;
  const [refusal, setRefusal] = useState<Refusal | undefined>();
  const [isBusy, setBusy] = useState(false);
  const send = async (form: HTMLFormElement): Promise<void> => {
    setBusy(true);
    setRefusal(await attempt(() => onSend(new FormData(form))));
    setBusy(false);
  };
  return (
    <form
      aria-busy={isBusy}
      onSubmit={(event) => {
        event.preventDefault();
        if (!isBusy && !isBlocked) void send(event.currentTarget);
      }}
    >
      {children}
      <ProblemBox refusal={refusal} />
      <div class="buttons">
        <button type="submit" class={isDanger ? 'danger' : 'main'} disabled={isBusy || isBlocked}>
          {action}
        </button>
        {onCancel !== undefined && (
          <button type="button" onClick={onCancel}>
            {text('dialog.cancel')}
          </button>
        )}
      </div>
    </form>
  );
};

/** Text of a field of a form. */
export const fieldOf = (fields: FormData, name: string): string => {
  const value = fields.get(name);
  return typeof value === 'string' ? value.trim() : '';
};
