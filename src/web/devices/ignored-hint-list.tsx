/** Values that many devices share, and that tell none from another. */
import { useState } from 'preact/hooks';
import { ListTable } from '../parts/list-table.tsx';
import { RowActions } from '../parts/row-actions.tsx';
import type { Column } from '../parts/table.tsx';
import { useList } from '../parts/use-list.ts';
import { Nothing } from '../parts/values.tsx';
import { mayOperate } from '../session/session.ts';
import { text, textOr } from '../texts/language.ts';
import { DeviceTabs } from './device-tabs.tsx';
import type { IgnoredHint } from './hint-types.ts';
import { CountHint, IgnoreHint } from './ignore-dialogs.tsx';

const columnsOf = (onCount: (hint: IgnoredHint) => void): readonly Column<IgnoredHint>[] => [
  { title: text('ignore.value'), isName: true, cell: ({ value }) => <code>{value}</code> },
  { title: text('ignore.what'), cell: ({ hint }) => textOr(`hint.${hint}`, hint) },
  { title: text('device.note'), cell: ({ note }) => (note === '' ? <Nothing /> : note) },
  ...(mayOperate.value
    ? [
        {
          title: text('actions'),
          cell: (hint: IgnoredHint) => (
            <RowActions of={hint.value} actions={[[text('ignore.count'), () => onCount(hint)]]} />
          ),
        },
      ]
    : []),
];

export const IgnoredHintList = () => {
  const list = useList<IgnoredHint>({
    path: '/ignored-hints',
    isAbout: ({ kind }) => kind === 'hint',
  });
  const [open, setOpen] = useState<'add' | IgnoredHint | undefined>();
  const dialog = { onDone: list.reload, onClose: () => setOpen(undefined) };
  return (
    <>
      <DeviceTabs current="ignored-hints" />
      <p class="muted">{text('ignore.about')}</p>
      {mayOperate.value && (
        <div class="buttons">
          <button type="button" class="main" onClick={() => setOpen('add')}>
            {text('ignore.open')}
          </button>
        </div>
      )}
      <ListTable
        caption={text('tab.ignored-hints')}
        columns={columnsOf(setOpen)}
        list={list}
        idOf={({ hint, value }) => `${hint} ${value}`}
        nothing={text('ignore.none')}
      />
      {open === 'add' && <IgnoreHint of={undefined} {...dialog} />}
      {typeof open === 'object' && <CountHint of={open} {...dialog} />}
    </>
  );
};
