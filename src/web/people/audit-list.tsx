/** The audit: who changed what, when, from where. */
import type { AuditRow } from '../api/types.ts';
import { Field } from '../parts/field.tsx';
import { ListTable } from '../parts/list-table.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { useList } from '../parts/use-list.ts';
import { useTyped } from '../parts/use-typed.ts';
import { place } from '../place/place.ts';
import { type TextKey, text } from '../texts/language.ts';
import { auditColumns } from './audit-columns.tsx';

interface WordProps {
  readonly name: 'action' | 'actor' | 'subject';
  readonly label: TextKey;
  readonly example: string;
}

const Word = ({ name, label, example }: WordProps) => {
  const onType = useTyped(name);
  return (
    <Field
      label={text(label)}
      type="search"
      defaultValue={place.value.query[name] ?? ''}
      placeholder={example}
      onInput={({ currentTarget }) => onType(currentTarget.value)}
    />
  );
};

export const AuditList = () => {
  const { action, actor, subject } = place.value.query;
  const list = useList<AuditRow>({
    path: '/audit',
    query: { action, actor, subject },
    // Every change is a row of it.
    isAbout: () => true,
  });
  return (
    <>
      <PageHead title={text('audit.title')} />
      <search class="filter">
        <Word name="action" label="audit.action" example="session.refused" />
        <Word name="actor" label="audit.actor" example="admin" />
        <Word name="subject" label="audit.subject" example="" />
      </search>
      <ListTable
        caption={text('audit.title')}
        columns={auditColumns()}
        list={list}
        idOf={({ number }) => String(number)}
        nothing={text('audit.none')}
      />
    </>
  );
};
