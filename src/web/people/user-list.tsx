/** Users: who may use the manager, and what they may do. */
import { useState } from 'preact/hooks';
import type { User } from '../api/types.ts';
import { ListTable } from '../parts/list-table.tsx';
import { PageHead } from '../parts/page-head.tsx';
import type { Column } from '../parts/table.tsx';
import { useList } from '../parts/use-list.ts';
import { Time } from '../parts/values.tsx';
import { text } from '../texts/language.ts';
import { AddUser, ChangeRole, RemoveUser, SetPassword } from './user-dialogs.tsx';

interface Open {
  readonly what: 'role' | 'password' | 'remove';
  readonly user: User;
}

const columnsOf = (onOpen: (open: Open) => void): readonly Column<User>[] => [
  { title: text('user.name'), isName: true, cell: ({ name }) => name },
  { title: text('user.role'), cell: ({ role }) => text(`role.${role}`) },
  { title: text('made-at'), cell: ({ createdAt }) => <Time at={createdAt} /> },
  {
    title: text('actions'),
    cell: (user) => (
      <div class="buttons">
        {(['role', 'password', 'remove'] as const).map((what) => (
          <button
            key={what}
            type="button"
            class="plain"
            aria-label={`${text(`user.${what}-open`)}: ${user.name}`}
            onClick={() => onOpen({ what, user })}
          >
            {text(`user.${what}-open`)}
          </button>
        ))}
      </div>
    ),
  },
];

export const UserList = () => {
  const list = useList<User>({ path: '/users', isAbout: ({ kind }) => kind === 'user' });
  const [open, setOpen] = useState<'add' | Open | undefined>();
  const dialog = { onDone: list.reload, onClose: () => setOpen(undefined) };
  const of = typeof open === 'object' ? open : undefined;
  return (
    <>
      <PageHead title={text('users.title')}>
        <button type="button" class="main" onClick={() => setOpen('add')}>
          {text('user.add')}
        </button>
      </PageHead>
      <ListTable
        caption={text('users.title')}
        columns={columnsOf(setOpen)}
        list={list}
        idOf={({ name }) => name}
        nothing={null}
      />
      {open === 'add' && <AddUser {...dialog} />}
      {of?.what === 'role' && <ChangeRole user={of.user} {...dialog} />}
      {of?.what === 'password' && <SetPassword user={of.user} {...dialog} />}
      {of?.what === 'remove' && <RemoveUser user={of.user} {...dialog} />}
    </>
  );
};
