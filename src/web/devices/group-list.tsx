/** Groups of devices. */
import { useState } from 'preact/hooks';
import { ask, pathOf, tell } from '../api/ask.ts';
import type { Group } from '../api/types.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Field } from '../parts/field.tsx';
import { Form, fieldOf } from '../parts/form.tsx';
import { ListTable } from '../parts/list-table.tsx';
import { say } from '../parts/notice.tsx';
import type { Column } from '../parts/table.tsx';
import { useList } from '../parts/use-list.ts';
import { Nothing, Time } from '../parts/values.tsx';
import { hashOf } from '../place/parse-place.ts';
import { RolloutBadge } from '../rollouts/rollout-words.tsx';
import { mayOperate } from '../session/session.ts';
import { locale, text } from '../texts/language.ts';
import { DeviceTabs } from './device-tabs.tsx';

interface DialogProps {
  readonly onDone: () => void;
  readonly onClose: () => void;
}

const AddGroup = ({ onDone, onClose }: DialogProps) => (
  <Dialog title={text('group.add')} onClose={onClose}>
    <Form
      action={text('group.add')}
      onCancel={onClose}
      onSend={async (fields) => {
        const body = { name: fieldOf(fields, 'name'), note: fieldOf(fields, 'note') };
        const group = await ask<Group>({ method: 'POST', path: '/groups', body });
        say(text('group.added', { name: group.name }));
        onDone();
        onClose();
      }}
    >
      <Field
        label={text('group.name')}
        name="name"
        about={text('group.name-about')}
        autocapitalize="none"
        required
        autoFocus
      />
      <Field label={text('device.note')} name="note" />
    </Form>
  </Dialog>
);

const RemoveGroup = ({ group, onDone, onClose }: DialogProps & { readonly group: Group }) => (
  <Dialog title={text('group.remove-title', { name: group.name })} onClose={onClose}>
    <Form
      action={text('remove')}
      isDanger
      onCancel={onClose}
      onSend={async () => {
        await tell({ method: 'DELETE', path: pathOf('groups', group.name) });
        say(text('group.removed', { name: group.name }));
        onDone();
        onClose();
      }}
    >
      <p>{text('group.remove-about', { count: group.devices })}</p>
    </Form>
  </Dialog>
);

const columnsOf = (onRemove: (group: Group) => void): readonly Column<Group>[] => [
  {
    title: text('group.name'),
    isName: true,
    cell: ({ name }) => <a href={hashOf(['groups', name])}>{name}</a>,
  },
  {
    title: text('group.wish'),
    cell: ({ image, rolloutState }) =>
      image === null || rolloutState === null ? (
        <Nothing />
      ) : (
        <>
          {image} <RolloutBadge state={rolloutState} />
        </>
      ),
  },
  {
    title: text('group.devices'),
    isNumber: true,
    cell: ({ name, devices }) => (
      <a href={hashOf(['devices'], { group: name })}>{devices.toLocaleString(locale.value)}</a>
    ),
  },
  { title: text('device.note'), cell: ({ note }) => (note === '' ? <Nothing /> : note) },
  { title: text('made-at'), cell: ({ createdAt }) => <Time at={createdAt} /> },
  ...(mayOperate.value
    ? [
        {
          title: text('actions'),
          cell: (group: Group) => (
            <button type="button" class="plain" onClick={() => onRemove(group)}>
              {text('remove')}
            </button>
          ),
        },
      ]
    : []),
];

export const GroupList = () => {
  const list = useList<Group>({
    path: '/groups',
    isAbout: ({ kind }) => kind === 'group' || kind === 'device',
  });
  const [open, setOpen] = useState<'add' | Group | undefined>();
  const dialog = { onDone: list.reload, onClose: () => setOpen(undefined) };
  return (
    <>
      <DeviceTabs current="groups" />
      {mayOperate.value && (
        <div class="buttons">
          <button type="button" class="main" onClick={() => setOpen('add')}>
            {text('group.add')}
          </button>
        </div>
      )}
      <ListTable
        caption={text('tab.groups')}
        columns={columnsOf(setOpen)}
        list={list}
        idOf={({ name }) => name}
        nothing={text('group.none')}
      />
      {open === 'add' && <AddGroup {...dialog} />}
      {typeof open === 'object' && <RemoveGroup group={open} {...dialog} />}
    </>
  );
};
