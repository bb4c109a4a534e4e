/** What was decided about a device, and by whom. */
import type { AuditRow } from '../api/types.ts';
import { Pager } from '../parts/pager.tsx';
import { ProblemBox } from '../parts/problem.tsx';
import { Table } from '../parts/table.tsx';
import { useList } from '../parts/use-list.ts';
import { auditColumns } from '../people/audit-columns.tsx';
import { mayAdministrate } from '../session/session.ts';
import { text } from '../texts/language.ts';

const Rows = ({ id }: { readonly id: string }) => {
  const list = useList<AuditRow>({
    path: '/audit',
    query: { subject: id },
    isAbout: ({ subject }) => subject === id,
  });
  const columns = auditColumns().filter(({ title }) => title !== text('audit.subject'));
  return (
    <>
      <ProblemBox refusal={list.refusal} />
      <Table
        caption={text('device.history')}
        columns={columns}
        rows={list.rows}
        idOf={({ number }) => String(number)}
        nothing={text('audit.none')}
      />
      <Pager {...list} />
    </>
  );
};

/** The audit is for administrators. */
export const DeviceHistory = ({ id }: { readonly id: string }) =>
  mayAdministrate.value ? (
    <section class="card">
      <h2>{text('device.history')}</h2>
      <Rows id={id} />
    </section>
  ) : null;
