/** Lets a value tell no device from another, and lets it count again. */
import { ask, tell } from '../api/ask.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Choice, Field } from '../parts/field.tsx';
import { Form, fieldOf } from '../parts/form.tsx';
import { say } from '../parts/notice.tsx';
import { Fact, Facts } from '../parts/values.tsx';
import { text, textOr } from '../texts/language.ts';
import { HINTS, type HintValue, type IgnoredNow } from './hint-types.ts';

interface DialogProps {
  readonly onDone: () => void;
  readonly onClose: () => void;
}

const PATH = '/ignored-hints';

interface IgnoreProps extends DialogProps {
  /** The value in question; undefined where it is to be typed. */
  readonly of: HintValue | undefined;
}

const WhichValue = ({ of }: Pick<IgnoreProps, 'of'>) =>
  of === undefined ? (
    <>
      <Choice label={text('ignore.what')} name="hint" value="mac">
        {HINTS.map((hint) => (
          <option key={hint} value={hint}>
            {text(`hint.${hint}`)}
          </option>
        ))}
      </Choice>
      <Field
        label={text('ignore.value')}
        name="value"
        maxLength={128}
        autocapitalize="none"
        autocomplete="off"
        spellcheck={false}
        required
        autoFocus
      />
    </>
  ) : (
    <Facts>
      <Fact name={textOr(`hint.${of.hint}`, of.hint)}>
        <code>{of.value}</code>
      </Fact>
    </Facts>
  );

export const IgnoreHint = ({ of, onDone, onClose }: IgnoreProps) => (
  <Dialog title={text('ignore.open')} onClose={onClose}>
    <Form
      action={text('ignore.action')}
      onCancel={onClose}
      onSend={async (fields) => {
        const typed = { hint: fieldOf(fields, 'hint'), value: fieldOf(fields, 'value') };
        const { hint, value } = of ?? typed;
        const body = { hint, value, note: fieldOf(fields, 'note') };
        const { devices } = await ask<IgnoredNow>({ method: 'POST', path: PATH, body });
        say(text('ignore.done', { value, count: devices }));
        onDone();
        onClose();
      }}
    >
      <p>{text('ignore.about')}</p>
      <WhichValue of={of} />
      <Field label={text('device.note')} name="note" maxLength={256} autoFocus={of !== undefined} />
      <p class="muted">{text('ignore.warning')}</p>
    </Form>
  </Dialog>
);

export const CountHint = ({
  of: { hint, value },
  onDone,
  onClose,
}: DialogProps & { readonly of: HintValue }) => (
  <Dialog title={text('ignore.count-title', { value })} onClose={onClose}>
    <Form
      action={text('ignore.count')}
      onCancel={onClose}
      onSend={async () => {
        await tell({ method: 'DELETE', path: PATH, query: { hint, value } });
        say(text('ignore.counted', { value }));
        onDone();
        onClose();
      }}
    >
      <p>{text('ignore.count-about')}</p>
    </Form>
  </Dialog>
);
