/** Makes a join code, and shows it: once. */
import { useState } from 'preact/hooks';
import { ask } from '../api/ask.ts';
import type { MadeJoinCode } from '../api/types.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Choice, Field } from '../parts/field.tsx';
import { Form, fieldOf } from '../parts/form.tsx';
import { Secret, Time } from '../parts/values.tsx';
import { text } from '../texts/language.ts';
import { useGroups } from './use-groups.ts';

interface JoinCodeProps {
  readonly onDone: () => void;
  readonly onClose: () => void;
}

const Made = ({ made, onClose }: { readonly made: MadeJoinCode; readonly onClose: () => void }) => (
  <>
    <p>
      {text('join.made-about')} <Time at={made.expiresAt} />
    </p>
    <Secret label={text('join.code')} value={made.code} />
    <p class="hint">{text('shown-once')}</p>
    <div class="buttons">
      <button type="button" class="main" onClick={onClose}>
        {text('dialog.close')}
      </button>
    </div>
  </>
);

const bodyOf = (fields: FormData) => {
  const group = fieldOf(fields, 'group');
  return {
    note: fieldOf(fields, 'note'),
    uses: Number(fieldOf(fields, 'uses')),
    hours: Number(fieldOf(fields, 'hours')),
    ...(group === '' ? {} : { group }),
  };
};

export const JoinCodeDialog = ({ onDone, onClose }: JoinCodeProps) => {
  const groups = useGroups();
  const [made, setMade] = useState<MadeJoinCode | undefined>();
  return (
    <Dialog title={text('join.make')} onClose={onClose}>
      {made !== undefined ? (
        <Made made={made} onClose={onClose} />
      ) : (
        <Form
          action={text('join.make')}
          onCancel={onClose}
          onSend={async (fields) => {
            const body = bodyOf(fields);
            setMade(await ask<MadeJoinCode>({ method: 'POST', path: '/join-codes', body }));
            onDone();
          }}
        >
          <Field label={text('join.note')} name="note" maxLength={256} autoFocus />
          <Field
            label={text('join.uses')}
            name="uses"
            type="number"
            min={1}
            max={10_000}
            defaultValue="1"
            required
          />
          <Field
            label={text('join.hours')}
            name="hours"
            type="number"
            min={1}
            max={2160}
            defaultValue="24"
            required
          />
          <Choice label={text('join.group')} name="group" value="">
            <option value="">{text('join.no-group')}</option>
            {groups.map(({ name }) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </Choice>
        </Form>
      )}
    </Dialog>
  );
};
