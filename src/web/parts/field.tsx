/** Fields with their labels. */
import { type ComponentChildren, createElement, type TargetedInputEvent } from 'preact';
import { useId, useState } from 'preact/hooks';

interface FieldProps {
  readonly label: string;
  /** What is taken; read out with the label. */
  readonly about?: string;
  readonly name?: string;
  readonly type?: 'text' | 'search' | 'password' | 'number' | 'datetime-local' | 'time';
  readonly value?: string;
  readonly defaultValue?: string;
  readonly placeholder?: string;
  readonly required?: boolean;
  readonly autoFocus?: boolean;
  readonly autocomplete?: 'username' | 'current-password' | 'new-password' | 'off';
  readonly autocapitalize?: 'none';
  readonly spellcheck?: boolean;
  readonly min?: number;
  /** `any`: not only whole numbers. */
  readonly step?: 'any';
  readonly max?: number;
  readonly maxLength?: number;
  readonly size?: number;
  readonly onInput?: (event: TargetedInputEvent<HTMLInputElement>) => void;
}

/** One line. */
export const Field = ({ label, about, ...input }: FieldProps) => {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {createElement('input', {
        id,
        ...(about === undefined ? {} : { 'aria-describedby': `${id}-about` }),
        ...input,
      })}
      {about !== undefined && (
        <small id={`${id}-about`} class="muted">
          {about}
        </small>
      )}
    </div>
  );
};

interface ChoiceProps {
  readonly label: string;
  readonly name?: string;
  /** At first; from then on too where `onChoose` is told of changes. */
  readonly value: string;
  readonly onChoose?: (value: string) => void;
  readonly children: ComponentChildren;
}

/** One of a list. */
export const Choice = ({ label, name, value, onChoose, children }: ChoiceProps) => {
  const id = useId();
  // Without an owner it keeps its state itself: a page that is drawn anew must not take back what somebody chose.
  const [own, setOwn] = useState(value);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        name={name}
        value={onChoose === undefined ? own : value}
        onChange={({ currentTarget }) => (onChoose ?? setOwn)(currentTarget.value)}
      >
        {children}
      </select>
    </div>
  );
};

interface CheckProps {
  readonly label: string;
  readonly name?: string;
  readonly value?: string;
  /** As `value` of a choice. */
  readonly isChecked?: boolean;
  readonly onCheck?: (isChecked: boolean) => void;
  readonly isBlocked?: boolean;
}

/** Yes or no. */
export const Check = (props: CheckProps) => {
  const { label, name, value, isChecked = false, onCheck, isBlocked } = props;
  const [own, setOwn] = useState(isChecked);
  return (
    <label class="check">
      <input
        type="checkbox"
        name={name}
        value={value}
        checked={onCheck === undefined ? own : isChecked}
        disabled={isBlocked}
        onChange={({ currentTarget }) => (onCheck ?? setOwn)(currentTarget.checked)}
      />
      <span>{label}</span>
    </label>
  );
};
