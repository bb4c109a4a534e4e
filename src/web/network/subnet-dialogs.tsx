/** Sets what the devices of a subnet may take and where from, and takes it back. */
import { ask, pathOf, tell } from '../api/ask.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Choice, Field } from '../parts/field.tsx';
import { Form, fieldOf } from '../parts/form.tsx';
import { say } from '../parts/notice.tsx';
import { text } from '../texts/language.ts';
import type { Subnet } from './network-types.ts';
import { limitText, subnetBody } from './subnet-limits.ts';
import { useRepositories } from './use-repositories.ts';

interface DialogProps {
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** A slash cannot stand in a path. */
const pathOfSubnet = (cidr: string): string => pathOf('subnets', cidr.replace('/', '_'));

const RepositoryChoice = ({ value }: { readonly value: string }) => {
  const repositories = useRepositories();
  if (repositories === undefined) return null;
  return (
    <Choice label={text('subnet.from')} name="repository" value={value}>
      <option value="">{text('repository.manager')}</option>
      {repositories.map(({ name }) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </Choice>
  );
};

const LimitFields = ({ before }: { readonly before: Subnet | undefined }) => (
  <>
    <Field
      label={text('subnet.jobs')}
      name="jobs"
      type="number"
      min={1}
      max={10_000}
      defaultValue={String(before?.mostJobs ?? '')}
      about={text('subnet.jobs-about')}
      autoFocus={before !== undefined}
    />
    <Field
      label={text('subnet.limit')}
      name="limit"
      type="number"
      step="any"
      min={0.001}
      defaultValue={limitText(before?.bytesPerSecond ?? null)}
      about={text('subnet.limit-about')}
    />
    <RepositoryChoice value={before?.repository ?? ''} />
    <Field
      label={text('device.note')}
      name="note"
      maxLength={256}
      defaultValue={before?.note ?? ''}
    />
  </>
);

interface SetProps extends DialogProps {
  /** As it is now; undefined for a new one. */
  readonly before: Subnet | undefined;
}

const save = (fields: FormData, before: Subnet | undefined): Promise<Subnet> => {
  const words = {
    ...{ jobs: fieldOf(fields, 'jobs'), limit: fieldOf(fields, 'limit') },
    // Not on the form before the list of copies is there: what is set stays.
    repository: fields.has('repository')
      ? fieldOf(fields, 'repository')
      : (before?.repository ?? ''),
    note: fieldOf(fields, 'note'),
  };
  const path = pathOfSubnet(before?.cidr ?? fieldOf(fields, 'cidr'));
  return ask<Subnet>({ method: 'PUT', path, body: subnetBody(words, before) });
};

export const SetSubnet = ({ before, onDone, onClose }: SetProps) => (
  <Dialog
    title={
      before === undefined ? text('subnet.add') : text('subnet.edit-title', { name: before.cidr })
    }
    onClose={onClose}
  >
    <Form
      action={text('dialog.save')}
      onCancel={onClose}
      onSend={async (fields) => {
        const { cidr } = await save(fields, before);
        say(text('subnet.set', { name: cidr }));
        onDone();
        onClose();
      }}
    >
      {before === undefined && (
        <Field
          label={text('subnet.cidr')}
          name="cidr"
          about={text('subnet.cidr-about')}
          autocapitalize="none"
          autocomplete="off"
          required
          autoFocus
        />
      )}
      <LimitFields before={before} />
    </Form>
  </Dialog>
);

export const RemoveSubnet = ({
  subnet: { cidr },
  onDone,
  onClose,
}: DialogProps & { readonly subnet: Subnet }) => (
  <Dialog title={text('subnet.remove-title', { name: cidr })} onClose={onClose}>
    <Form
      action={text('remove')}
      isDanger
      onCancel={onClose}
      onSend={async () => {
        await tell({ method: 'DELETE', path: pathOfSubnet(cidr) });
        say(text('subnet.removed', { name: cidr }));
        onDone();
        onClose();
      }}
    >
      <p>{text('subnet.remove-about')}</p>
    </Form>
  </Dialog>
);
