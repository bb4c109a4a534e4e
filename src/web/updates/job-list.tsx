/** Update Manager: the jobs of all devices, and how far each of them is. */
import { isOpen, JOB_STATES } from '../../job/job-states.ts';
import { useGroups } from '../devices/use-groups.ts';
import { ORDER_KINDS } from '../orders/order-wish.ts';
import { Choice } from '../parts/field.tsx';
import { ListTable } from '../parts/list-table.tsx';
import { PageHead } from '../parts/page-head.tsx';
import type { Column } from '../parts/table.tsx';
import { useList } from '../parts/use-list.ts';
import { Time } from '../parts/values.tsx';
import { hashOf } from '../place/parse-place.ts';
import { askHere, go, place } from '../place/place.ts';
import { mayOperate } from '../session/session.ts';
import { text } from '../texts/language.ts';
import { JobActions } from './job-actions.tsx';
import type { Job } from './job-types.ts';
import { JobImage, JobKind, JobProgress, JobReason, JobStateBadge } from './job-words.tsx';
import { usePulse } from './use-pulse.ts';

export const jobColumns = (onDone: () => void): readonly Column<Job>[] => [
  {
    title: text('job.device'),
    isName: true,
    cell: ({ id, deviceName }) => <a href={hashOf(['updates', id])}>{deviceName}</a>,
  },
  {
    title: text('job.state'),
    sort: 'state',
    cell: (job) => (
      <>
        <JobStateBadge state={job.state} /> <JobProgress job={job} />
        <JobReason {...job} />
      </>
    ),
  },
  { title: text('job.kind'), cell: (job) => <JobKind {...job} /> },
  {
    title: text('job.image'),
    cell: (job) => <JobImage {...job} />,
  },
  { title: text('job.due'), sort: 'dueAt', cell: ({ dueAt }) => <Time at={dueAt} /> },
  {
    title: text('job.changed'),
    sort: 'changedAt',
    cell: ({ changedAt }) => <Time at={changedAt} isAgo />,
  },
  ...(mayOperate.value
    ? [
        {
          title: text('actions'),
          cell: (job: Job) => (
            <span class="buttons">
              <JobActions job={job} onDone={onDone} />
            </span>
          ),
        },
      ]
    : []),
];

const JobFilter = () => {
  const { state = '', open = '', group = '' } = place.value.query;
  const groups = useGroups();
  return (
    <search class="filter">
      <Choice
        label={text('job.state')}
        value={open === '' ? state : 'open'}
        onChoose={(value) =>
          askHere(
            value === 'open'
              ? { open: 'true', state: undefined }
              : { open: undefined, state: value },
          )
        }
      >
        <option value="">{text('filter.all')}</option>
        <option value="open">{text('job.open')}</option>
        {JOB_STATES.map((each) => (
          <option key={each} value={each}>
            {text(`job-state.${each}`)}
          </option>
        ))}
      </Choice>
      <Choice
        label={text('filter.group')}
        value={group}
        onChoose={(value) => askHere({ group: value })}
      >
        <option value="">{text('filter.all')}</option>
        {groups.map(({ name }) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </Choice>
    </search>
  );
};

export const JobList = () => {
  const { state, open, group, device, image, command, sort, descending } = place.value.query;
  const list = useList<Job>({
    path: '/jobs',
    query: { state, open, group, device, image, command, sort, descending },
    isAbout: ({ kind }) => kind === 'job' || kind === 'command',
  });
  usePulse(list.rows?.some((job) => isOpen(job.state)) ?? false, list.reload);
  return (
    <>
      <PageHead title={text('updates.title')}>
        {mayOperate.value && (
          <>
            <button type="button" class="main" onClick={() => go(['updates', 'new'])}>
              {text('updates.new')}
            </button>
            {ORDER_KINDS.map((kind) => (
              <button key={kind} type="button" onClick={() => go(['updates', kind])}>
                {text(`order.${kind}.open`)}
              </button>
            ))}
          </>
        )}
      </PageHead>
      <JobFilter />
      <ListTable
        caption={text('updates.title')}
        columns={jobColumns(list.reload)}
        list={list}
        idOf={({ id }) => id}
        sorting={{
          by: sort ?? 'createdAt',
          isDescending: descending !== 'false',
          onSort: (by, isDescending) => askHere({ sort: by, descending: String(isDescending) }),
        }}
        nothing={text('updates.none')}
      />
    </>
  );
};
