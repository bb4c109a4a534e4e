/** Columns of the audit. */
import type { AuditRow } from '../api/types.ts';
import type { Column } from '../parts/table.tsx';
import { Time, Word } from '../parts/values.tsx';
import { hashOf } from '../place/parse-place.ts';
import { sentenceText } from '../texts/failures.ts';
import { text } from '../texts/language.ts';

const FactsOf = ({ facts }: Pick<AuditRow, 'facts'>) => (
  <span class="chips">
    {Object.entries(facts)
      .filter(([, value]) => value !== null && value !== '')
      .map(([name, value]) => (
        <span key={name} class="fact">
          <span class="muted">{name}</span>{' '}
          <Word word={name === 'reason' ? sentenceText(null, String(value)) : String(value)} />
        </span>
      ))}
  </span>
);

const Subject = ({ subjectKind, subject }: Pick<AuditRow, 'subjectKind' | 'subject'>) => {
  const isDevice = subjectKind === 'device' && subject.includes('-');
  return isDevice ? (
    <a href={hashOf(['devices', subject])}>
      <code>{subject.slice(0, 8)}</code>
    </a>
  ) : (
    <Word word={subject} />
  );
};

export const auditColumns = (): readonly Column<AuditRow>[] => [
  { title: text('audit.at'), cell: ({ at }) => <Time at={at} /> },
  { title: text('audit.action'), cell: ({ action }) => <code>{action}</code> },
  { title: text('audit.subject'), cell: (row) => <Subject {...row} /> },
  { title: text('audit.actor'), cell: ({ actor }) => <Word word={actor} /> },
  { title: text('audit.address'), cell: ({ address }) => <code>{address}</code> },
  { title: text('audit.facts'), cell: (row) => <FactsOf {...row} /> },
];
