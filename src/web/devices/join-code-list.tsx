/** Join codes: what is typed on a device to let it in. */
import { useState } from 'preact/hooks';
import { pathOf, tell } from '../api/ask.ts';
import type { JoinCode } from '../api/types.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Form } from '../parts/form.tsx';
import { ListTable } from '../parts/list-table.tsx';
import { say } from '../parts/notice.tsx';
import type { Column } from '../parts/table.tsx';
import { useList } from '../parts/use-list.ts';
import { Nothing, Time } from '../parts/values.tsx';
import { hashOf } from '../place/parse-place.ts';
import { text } from '../texts/language.ts';
import { DeviceTabs } from './device-tabs.tsx';
import { JoinCodeDialog } from './join-code-dialog.tsx';

const columnsOf = (onRemove: (code: JoinCode) => void): readonly Column<JoinCode>[] => [
  {
    title: text('join.note'),
    isName: true,
    cell: ({ note, id }) => (note === '' ? <code>{id.slice(0, 8)}</code> : note),
  },
  {
    title: text('filter.group'),
    cell: ({ group }) =>
      group === null ? <Nothing /> : <a href={hashOf(['devices'], { group })}>{group}</a>,
  },
  { title: text('join.uses-left'), isNumber: true, cell: ({ usesLeft }) => usesLeft },
  { title: text('join.ends'), cell: ({ expiresAt }) => <Time at={expiresAt} isAgo /> },
  {
    title: text('join.made'),
    cell: ({ createdAt, createdBy }) => (
      <>
        <Time at={createdAt} /> · {createdBy}
      </>
    ),
  },
  {
    title: text('actions'),
    cell: (code) => (
      <button type="button" class="plain" onClick={() => onRemove(code)}>
        {text('remove')}
      </button>
    ),
  },
];

export const JoinCodeList = () => {
  const list = useList<JoinCode>({
    path: '/join-codes',
    isAbout: ({ kind }) => kind === 'join-code' || kind === 'device',
  });
  const [open, setOpen] = useState<'make' | JoinCode | undefined>();
  const onClose = (): void => setOpen(undefined);
  return (
    <>
      <DeviceTabs current="join-codes" />
      <p class="muted">{text('join.about')}</p>
      <div class="buttons">
        <button type="button" class="main" onClick={() => setOpen('make')}>
          {text('join.make')}
        </button>
      </div>
      <ListTable
        caption={text('tab.join-codes')}
        columns={columnsOf(setOpen)}
        list={list}
        idOf={({ id }) => id}
        nothing={text('join.none')}
      />
      {open === 'make' && <JoinCodeDialog onDone={list.reload} onClose={onClose} />}
      {typeof open === 'object' && (
        <Dialog title={text('join.remove-title')} onClose={onClose}>
          <Form
            action={text('remove')}
            isDanger
            onCancel={onClose}
            onSend={async () => {
              await tell({ method: 'DELETE', path: pathOf('join-codes', open.id) });
              say(text('join.removed'));
              list.reload();
              onClose();
            }}
          >
            <p>{text('join.remove-about')}</p>
          </Form>
        </Dialog>
      )}
    </>
  );
};
