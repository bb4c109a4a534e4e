/** Subnets: what their devices may take together, and where from. */
import { useState } from 'preact/hooks';
import { shortSize } from '../../disk/disk-drawing.ts';
import { ListTable } from '../parts/list-table.tsx';
import { RowActions } from '../parts/row-actions.tsx';
import type { Column } from '../parts/table.tsx';
import { useList } from '../parts/use-list.ts';
import { Nothing } from '../parts/values.tsx';
import { hashOf } from '../place/parse-place.ts';
import { mayOperate } from '../session/session.ts';
import { locale, text } from '../texts/language.ts';
import { NetworkTabs } from './network-tabs.tsx';
import type { Subnet } from './network-types.ts';
import { RemoveSubnet, SetSubnet } from './subnet-dialogs.tsx';

interface Open {
  readonly what: 'edit' | 'remove';
  readonly subnet: Subnet;
}

const columnsOf = (onOpen: (open: Open) => void): readonly Column<Subnet>[] => [
  { title: text('subnet.cidr'), isName: true, cell: ({ cidr }) => <code>{cidr}</code> },
  {
    title: text('subnet.jobs'),
    isNumber: true,
    cell: ({ mostJobs }) =>
      mostJobs === null ? (
        <span class="muted">{text('subnet.any')}</span>
      ) : (
        mostJobs.toLocaleString(locale.value)
      ),
  },
  {
    title: text('subnet.limit'),
    isNumber: true,
    cell: ({ bytesPerSecond }) =>
      bytesPerSecond === null ? (
        <span class="muted">{text('subnet.limit-none')}</span>
      ) : (
        text('subnet.limit-of', { size: shortSize(bytesPerSecond) })
      ),
  },
  {
    title: text('subnet.from'),
    cell: ({ repository }) =>
      repository === null ? (
        text('repository.manager')
      ) : (
        <a href={hashOf(['repositories'])}>{repository}</a>
      ),
  },
  { title: text('device.note'), cell: ({ note }) => (note === '' ? <Nothing /> : note) },
  ...(mayOperate.value
    ? [
        {
          title: text('actions'),
          cell: (subnet: Subnet) => (
            <RowActions
              of={subnet.cidr}
              actions={(['edit', 'remove'] as const).map((what) => [
                text(what),
                () => onOpen({ what, subnet }),
              ])}
            />
          ),
        },
      ]
    : []),
];

export const SubnetList = () => {
  const list = useList<Subnet>({
    path: '/subnets',
    isAbout: ({ kind }) => kind === 'subnet' || kind === 'repository',
  });
  const [open, setOpen] = useState<'add' | Open | undefined>();
  const dialog = { onDone: list.reload, onClose: () => setOpen(undefined) };
  const of = typeof open === 'object' ? open : undefined;
  return (
    <>
      <NetworkTabs current="subnets" />
      <p class="muted">{text('subnet.about')}</p>
      {mayOperate.value && (
        <div class="buttons">
          <button type="button" class="main" onClick={() => setOpen('add')}>
            {text('subnet.add')}
          </button>
        </div>
      )}
      <ListTable
        caption={text('tab.subnets')}
        columns={columnsOf(setOpen)}
        list={list}
        idOf={({ cidr }) => cidr}
        nothing={text('subnet.none')}
      />
      {open === 'add' && <SetSubnet before={undefined} {...dialog} />}
      {of?.what === 'edit' && <SetSubnet before={of.subnet} {...dialog} />}
      {of?.what === 'remove' && <RemoveSubnet subnet={of.subnet} {...dialog} />}
    </>
  );
};
