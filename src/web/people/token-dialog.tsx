/** Makes a token, and shows it: once. */
import { useState } from 'preact/hooks';
import { ask } from '../api/ask.ts';
import type { MadeToken } from '../api/types.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Check, Field } from '../parts/field.tsx';
import { Form, fieldOf } from '../parts/form.tsx';
import { Secret } from '../parts/values.tsx';
import { text } from '../texts/language.ts';
import { TOKEN_AREAS } from './token-areas.ts';

interface TokenProps {
  readonly onDone: () => void;
  readonly onClose: () => void;
}

const Scopes = () => {
  const [isAll, setAll] = useState(false);
  return (
    <fieldset>
      <legend>{text('token.scopes')}</legend>
      <Check
        label={text('token.scope-all')}
        name="scope"
        value="*"
        isChecked={isAll}
        onCheck={setAll}
      />
      <div class="scopes">
        {TOKEN_AREAS.flatMap((area) =>
          (['read', 'write'] as const).map((access) => (
            <Check
              key={`${area}:${access}`}
              label={`${area}:${access}`}
              name="scope"
              value={`${area}:${access}`}
              isBlocked={isAll}
            />
          )),
        )}
      </div>
    </fieldset>
  );
};

export const TokenDialog = ({ onDone, onClose }: TokenProps) => {
  const [made, setMade] = useState<MadeToken | undefined>();
  return (
    <Dialog title={text('token.make')} onClose={onClose}>
      {made !== undefined ? (
        <>
          <Secret label={text('token.text')} value={made.token} />
          <p class="hint">{text('shown-once')}</p>
          <div class="buttons">
            <button type="button" class="main" onClick={onClose}>
              {text('dialog.close')}
            </button>
          </div>
        </>
      ) : (
        <Form
          action={text('token.make')}
          onCancel={onClose}
          onSend={async (fields) => {
            const body = {
              name: fieldOf(fields, 'name'),
              scopes: fields.getAll('scope').map(String),
              days: Number(fieldOf(fields, 'days')),
            };
            setMade(await ask<MadeToken>({ method: 'POST', path: '/tokens', body }));
            onDone();
          }}
        >
          <Field label={text('token.name')} name="name" maxLength={128} required autoFocus />
          <Field
            label={text('token.days')}
            name="days"
            type="number"
            min={1}
            max={3650}
            defaultValue="90"
            required
          />
          <Scopes />
        </Form>
      )}
    </Dialog>
  );
};
