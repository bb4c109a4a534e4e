/** What was decided about a device, and what its jobs did. */
import { pathOf } from '../api/ask.ts';
import type { HistoryRow } from '../api/types.ts';
import { ListTable } from '../parts/list-table.tsx';
import type { Column } from '../parts/table.tsx';
import { useList } from '../parts/use-list.ts';
import { Time, Word } from '../parts/values.tsx';
import { hashOf } from '../place/parse-place.ts';
import { text } from '../texts/language.ts';
import { JobReason } from '../updates/job-words.tsx';

const columns = (): readonly Column<HistoryRow>[] => [
  { title: text('audit.at'), cell: ({ at }) => <Time at={at} /> },
  {
    title: text('audit.action'),
    cell: ({ kind, subject, action }) =>
      kind === 'job' ? (
        <a href={hashOf(['updates', subject])}>
          <code>{action}</code>
        </a>
      ) : (
        <code>{action}</code>
      ),
  },
  { title: text('audit.actor'), cell: ({ actor }) => <Word word={actor} /> },
  { title: text('job.message'), cell: (row) => <JobReason {...row} /> },
];

export const DeviceHistory = ({ id }: { readonly id: string }) => {
  const list = useList<HistoryRow>({
    path: `${pathOf('devices', id)}/history`,
    isAbout: ({ kind, subject }) => subject === id || kind === 'job',
  });
  return (
    <section class="card">
      <h2>{text('device.history')}</h2>
      <ListTable
        caption={text('device.history')}
        columns={columns()}
        list={list}
        idOf={({ at, action, subject, message }) => `${at} ${action} ${subject} ${message}`}
        nothing={text('audit.none')}
      />
    </section>
  );
};
