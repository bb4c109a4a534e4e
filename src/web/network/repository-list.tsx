/** Copies of the store near the devices, and whose devices ask them first. */
import { useState } from 'preact/hooks';
import { ListTable } from '../parts/list-table.tsx';
import { RowActions } from '../parts/row-actions.tsx';
import type { Column } from '../parts/table.tsx';
import { useList } from '../parts/use-list.ts';
import { Fingerprint, Nothing } from '../parts/values.tsx';
import { hashOf } from '../place/parse-place.ts';
import { mayAdministrate, mayOperate } from '../session/session.ts';
import { text } from '../texts/language.ts';
import { NetworkTabs } from './network-tabs.tsx';
import type { Repository } from './network-types.ts';
import { CheckRepository, RemoveRepository, SetRepository } from './repository-dialogs.tsx';

interface Open {
  readonly what: 'check' | 'edit' | 'remove';
  readonly repository: Repository;
}

const FEW_GROUPS = 4;

/** What the manager lets this user do with a copy. */
const offered = (): readonly (readonly [Open['what'], string])[] => [
  ...(mayOperate.value ? ([['check', text('repository.check')]] as const) : []),
  ...(mayAdministrate.value
    ? ([
        ['edit', text('edit')],
        ['remove', text('remove')],
      ] as const)
    : []),
];

const columnsOf = (onOpen: (open: Open) => void): readonly Column<Repository>[] => [
  { title: text('device.name'), isName: true, cell: ({ name }) => name },
  { title: text('repository.address'), cell: ({ url }) => url },
  {
    title: text('repository.key'),
    cell: ({ pin }) =>
      pin === null ? text('repository.key-usual') : <Fingerprint digits={pin} most={FEW_GROUPS} />,
  },
  {
    title: text('repository.subnets'),
    cell: ({ subnets }) =>
      subnets.length === 0 ? (
        <span class="muted">{text('repository.unused')}</span>
      ) : (
        <span class="chips">
          {subnets.map((cidr) => (
            <a key={cidr} class="chip" href={hashOf(['subnets'])}>
              {cidr}
            </a>
          ))}
        </span>
      ),
  },
  { title: text('device.note'), cell: ({ note }) => (note === '' ? <Nothing /> : note) },
  ...(mayOperate.value
    ? [
        {
          title: text('actions'),
          cell: (repository: Repository) => (
            <RowActions
              of={repository.name}
              actions={offered().map(([what, name]) => [name, () => onOpen({ what, repository })])}
            />
          ),
        },
      ]
    : []),
];

export const RepositoryList = () => {
  const list = useList<Repository>({
    path: '/repositories',
    isAbout: ({ kind }) => kind === 'repository' || kind === 'subnet',
  });
  const [open, setOpen] = useState<'add' | Open | undefined>();
  const onClose = (): void => setOpen(undefined);
  const dialog = { onDone: list.reload, onClose };
  const of = typeof open === 'object' ? open : undefined;
  return (
    <>
      <NetworkTabs current="repositories" />
      <p class="muted">{text('repository.about')}</p>
      {mayAdministrate.value && (
        <div class="buttons">
          <button type="button" class="main" onClick={() => setOpen('add')}>
            {text('repository.add')}
          </button>
        </div>
      )}
      <ListTable
        caption={text('tab.repositories')}
        columns={columnsOf(setOpen)}
        list={list}
        idOf={({ name }) => name}
        nothing={text('repository.none')}
      />
      {open === 'add' && <SetRepository before={undefined} {...dialog} />}
      {of?.what === 'edit' && <SetRepository before={of.repository} {...dialog} />}
      {of?.what === 'remove' && <RemoveRepository repository={of.repository} {...dialog} />}
      {of?.what === 'check' && <CheckRepository name={of.repository.name} onClose={onClose} />}
    </>
  );
};
