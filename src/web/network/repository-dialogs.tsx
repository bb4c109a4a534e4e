/** Names a copy of the store, asks what it has, and forgets it. */
import { useEffect, useState } from 'preact/hooks';
import { ask, pathOf, tell } from '../api/ask.ts';
import type { Refusal } from '../api/refusal.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Field } from '../parts/field.tsx';
import { attempt, Form, fieldOf } from '../parts/form.tsx';
import { say } from '../parts/notice.tsx';
import { ProblemBox } from '../parts/problem.tsx';
import { Badge } from '../parts/values.tsx';
import { text } from '../texts/language.ts';
import type { Repository, RepositoryCheck } from './network-types.ts';

interface DialogProps {
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** `sha256:HEX` or HEX, as the command line takes it; what else it is the manager refuses. */
const pinOf = (typed: string): string | null =>
  typed === '' ? null : typed.toLowerCase().replace(/^sha256:/, '');

interface SetProps extends DialogProps {
  /** As it is now; undefined for a new one. */
  readonly before: Repository | undefined;
}

const CopyFields = ({ before }: Pick<SetProps, 'before'>) => (
  <>
    {before === undefined && (
      <Field
        label={text('device.name')}
        name="name"
        about={text('group.name-about')}
        autocapitalize="none"
        autocomplete="off"
        required
        autoFocus
      />
    )}
    <Field
      label={text('repository.address')}
      name="url"
      placeholder="https://images.osaka.example/nacre/"
      maxLength={512}
      defaultValue={before?.url ?? ''}
      autocapitalize="none"
      autocomplete="off"
      spellcheck={false}
      required
    />
    <Field
      label={text('repository.key')}
      name="pin"
      about={text('repository.key-about')}
      placeholder="sha256:9f86d0…"
      defaultValue={before?.pin ?? ''}
      autocapitalize="none"
      autocomplete="off"
      spellcheck={false}
    />
    <Field
      label={text('device.note')}
      name="note"
      maxLength={256}
      defaultValue={before?.note ?? ''}
    />
  </>
);

export const SetRepository = ({ before, onDone, onClose }: SetProps) => (
  <Dialog
    title={
      before === undefined
        ? text('repository.add')
        : text('repository.edit-title', { name: before.name })
    }
    onClose={onClose}
    isWide
  >
    <Form
      action={text('dialog.save')}
      onCancel={onClose}
      onSend={async (fields) => {
        const path = pathOf('repositories', before?.name ?? fieldOf(fields, 'name'));
        const [url, note] = [fieldOf(fields, 'url'), fieldOf(fields, 'note')];
        const body = { url, pin: pinOf(fieldOf(fields, 'pin')), note };
        const { name } = await ask<Repository>({ method: 'PUT', path, body });
        say(text('repository.set', { name }));
        onDone();
        onClose();
      }}
    >
      <CopyFields before={before} />
    </Form>
  </Dialog>
);

export const RemoveRepository = ({
  repository: { name },
  onDone,
  onClose,
}: DialogProps & { readonly repository: Repository }) => (
  <Dialog title={text('repository.remove-title', { name })} onClose={onClose}>
    <Form
      action={text('remove')}
      isDanger
      onCancel={onClose}
      onSend={async () => {
        await tell({ method: 'DELETE', path: pathOf('repositories', name) });
        say(text('repository.removed', { name }));
        onDone();
        onClose();
      }}
    >
      <p>{text('repository.remove-about')}</p>
    </Form>
  </Dialog>
);

const Found = ({ found: { versions, missing } }: { readonly found: RepositoryCheck }) => (
  <>
    <p>
      <Badge tone={missing.length === 0 ? 'good' : 'warn'}>
        {text('repository.check-found', { there: versions - missing.length, versions })}
      </Badge>
    </p>
    {missing.length > 0 && (
      <>
        <h3>{text('repository.missing')}</h3>
        <ul class="names">
          {missing.map((id) => (
            <li key={id}>
              <code>{id}</code>
            </li>
          ))}
        </ul>
        <p class="muted">{text('repository.missing-about')}</p>
      </>
    )}
  </>
);

/** The manager asks the copy while the dialog is open. */
export const CheckRepository = ({
  name,
  onClose,
}: {
  readonly name: string;
  readonly onClose: () => void;
}) => {
  const [found, setFound] = useState<RepositoryCheck | undefined>();
  const [refusal, setRefusal] = useState<Refusal | undefined>();
  useEffect(() => {
    const stop = new AbortController();
    const look = async (): Promise<void> => {
      const path = `${pathOf('repositories', name)}/check`;
      const refused = await attempt(async () => {
        setFound(await ask<RepositoryCheck>({ method: 'POST', path, signal: stop.signal }));
      });
      setRefusal(refused);
    };
    look().catch((reason: unknown) => {
      if (!stop.signal.aborted) throw reason;
    });
    return () => stop.abort();
  }, [name]);
  return (
    <Dialog title={text('repository.check-title', { name })} onClose={onClose} isWide>
      <div class="stack" aria-live="polite">
        {found === undefined && refusal === undefined && (
          <p class="muted">{text('repository.checking')}</p>
        )}
        <ProblemBox refusal={refusal} />
        {found && <Found found={found} />}
        <div class="buttons">
          <button type="button" onClick={onClose}>
            {text('dialog.close')}
          </button>
        </div>
      </div>
    </Dialog>
  );
};
