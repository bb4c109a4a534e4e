/** Says what a group is to run. */
import { ask, pathOf } from '../api/ask.ts';
import type { Package, Page, Rollout } from '../api/types.ts';
import { useAnswer } from '../api/use-answer.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Check, Choice, Field } from '../parts/field.tsx';
import { Form, fieldOf } from '../parts/form.tsx';
import { shortId } from '../parts/format.ts';
import { say } from '../parts/notice.tsx';
import { text } from '../texts/language.ts';

interface WantProps {
  readonly group: string;
  /** What it is to run now. */
  readonly before: Rollout | undefined;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

const MOST_PACKAGES = '500';
const SECONDS = 60;

/** What can be wished: labels, which are followed where they are moved, and versions, which stay. */
const imagesOf = ({ name, versions }: Package): readonly (readonly [string, string])[] => [
  ...versions.flatMap(({ id, labels }) =>
    labels.map((label) => [`${name}:${label}`, `${name}:${label} (${shortId(id)})`] as const),
  ),
  ...versions.map(({ id }) => [`${name}@${id}`, `${name}@${shortId(id)}`] as const),
];

const bodyOf = (fields: FormData) => {
  const [from, to] = [fieldOf(fields, 'from'), fieldOf(fields, 'to')];
  const number = (name: string): number => Number(fieldOf(fields, name) || '0');
  return {
    image: fieldOf(fields, 'image'),
    kind: fields.has('backup-only') ? 'bi' : 'bi-pi',
    rings: fieldOf(fields, 'rings'),
    mostFailures: number('failures'),
    soakSeconds: number('soak') * SECONDS,
    wake: fields.has('wake'),
    ...(from === '' || to === '' ? {} : { window: { from, to } }),
  };
};

export const WantDialog = ({ group, before, onDone, onClose }: WantProps) => {
  const { answer } = useAnswer<Page<Package>>({
    path: '/packages',
    query: { limit: MOST_PACKAGES, autogenic: 'true' },
  });
  const images = (answer?.items ?? []).flatMap(imagesOf);
  const wish = before?.wish;
  return (
    <Dialog title={text('want.title', { name: group })} onClose={onClose}>
      <Form
        action={text('want.send')}
        isBlocked={images.length === 0}
        onCancel={onClose}
        onSend={async (fields) => {
          const path = pathOf('groups', group, 'desired-state');
          const { wish: found } = await ask<Rollout>({ method: 'PUT', path, body: bodyOf(fields) });
          say(text('want.done', { name: group, image: found.image }));
          onDone();
          onClose();
        }}
      >
        <p>{text('want.about')}</p>
        {images.length > 0 && (
          <Choice
            label={text('job.image')}
            name="image"
            value={wish?.image ?? images[0]?.[0] ?? ''}
          >
            {images.map(([value, name]) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
          </Choice>
        )}
        <Check
          label={text('want.backup-only')}
          name="backup-only"
          isChecked={wish?.kind === 'bi'}
        />
        <Field
          label={text('want.rings')}
          name="rings"
          about={text('want.rings-about')}
          defaultValue={wish?.rings ?? '1,10%,100%'}
          required
        />
        <Field
          label={text('want.failures')}
          name="failures"
          type="number"
          min={0}
          defaultValue={String(wish?.mostFailures ?? 0)}
        />
        <Field
          label={text('want.soak')}
          name="soak"
          type="number"
          min={0}
          defaultValue={String(Math.round((wish?.soakSeconds ?? 0) / SECONDS))}
        />
        <div class="pair">
          <Field
            label={text('wish.from')}
            name="from"
            type="time"
            defaultValue={wish?.window?.from ?? ''}
          />
          <Field
            label={text('wish.to')}
            name="to"
            type="time"
            defaultValue={wish?.window?.to ?? ''}
          />
        </div>
        <Check label={text('want.wake')} name="wake" isChecked={wish?.wake === true} />
      </Form>
    </Dialog>
  );
};
