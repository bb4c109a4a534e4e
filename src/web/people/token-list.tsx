/** Tokens of programs: one's own; for administrators those of all. */
import { useState } from 'preact/hooks';
import { pathOf, tell } from '../api/ask.ts';
import type { Token } from '../api/types.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Check } from '../parts/field.tsx';
import { Form } from '../parts/form.tsx';
import { ListTable } from '../parts/list-table.tsx';
import { say } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import type { Column } from '../parts/table.tsx';
import { useList } from '../parts/use-list.ts';
import { Nothing, Time } from '../parts/values.tsx';
import { askHere, place } from '../place/place.ts';
import { mayAdministrate } from '../session/session.ts';
import { text } from '../texts/language.ts';
import { TokenDialog } from './token-dialog.tsx';

const columnsOf = (onRevoke: (token: Token) => void): readonly Column<Token>[] => [
  { title: text('token.name'), isName: true, cell: ({ name }) => name },
  { title: text('token.user'), cell: ({ user }) => user },
  {
    title: text('token.scopes'),
    cell: ({ scopes }) => (
      <span class="chips">
        {scopes.map((scope) => (
          <code key={scope} class="chip">
            {scope}
          </code>
        ))}
      </span>
    ),
  },
  { title: text('made-at'), cell: ({ createdAt }) => <Time at={createdAt} /> },
  { title: text('token.ends'), cell: ({ expiresAt }) => <Time at={expiresAt} isAgo /> },
  {
    title: text('token.used'),
    cell: ({ lastUsedAt }) => (lastUsedAt === null ? <Nothing /> : <Time at={lastUsedAt} isAgo />),
  },
  {
    title: text('actions'),
    cell: (token) => (
      <button type="button" class="plain" onClick={() => onRevoke(token)}>
        {text('token.revoke')}
      </button>
    ),
  },
];

interface RevokeProps {
  readonly token: Token;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

const RevokeToken = ({ token, onDone, onClose }: RevokeProps) => (
  <Dialog title={text('token.revoke-title', { name: token.name })} onClose={onClose}>
    <Form
      action={text('token.revoke')}
      isDanger
      onCancel={onClose}
      onSend={async () => {
        await tell({ method: 'DELETE', path: pathOf('tokens', token.id) });
        say(text('token.revoked', { name: token.name }));
        onDone();
        onClose();
      }}
    >
      <p>{text('token.revoke-about')}</p>
    </Form>
  </Dialog>
);

export const TokenList = () => {
  const isAll = mayAdministrate.value && place.value.query['all'] === 'true';
  const list = useList<Token>({
    path: '/tokens',
    query: { all: isAll ? 'true' : undefined },
    isAbout: ({ kind }) => kind === 'token',
  });
  const [open, setOpen] = useState<'make' | Token | undefined>();
  const dialog = { onDone: list.reload, onClose: () => setOpen(undefined) };
  return (
    <>
      <PageHead title={text('tokens.title')}>
        <button type="button" class="main" onClick={() => setOpen('make')}>
          {text('token.make')}
        </button>
      </PageHead>
      <p class="muted">{text('tokens.about')}</p>
      {mayAdministrate.value && (
        <Check
          label={text('token.all')}
          isChecked={isAll}
          onCheck={(isChecked) => askHere({ all: isChecked ? 'true' : undefined })}
        />
      )}
      <ListTable
        caption={text('tokens.title')}
        columns={columnsOf(setOpen)}
        list={list}
        idOf={({ id }) => id}
        nothing={text('token.none')}
      />
      {open === 'make' && <TokenDialog {...dialog} />}
      {typeof open === 'object' && <RevokeToken token={open} {...dialog} />}
    </>
  );
};
