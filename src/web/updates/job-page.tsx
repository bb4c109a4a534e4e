/** One job: what it is, how far it is, and all that has happened. */
import { isOpen } from '../../job/job-states.ts';
import { pathOf } from '../api/ask.ts';
import { useAnswer } from '../api/use-answer.ts';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemBox } from '../parts/problem.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { Bytes, Fact, Facts, Nothing, Time } from '../parts/values.tsx';
import { hashOf } from '../place/parse-place.ts';
import { text } from '../texts/language.ts';
import { JobActions } from './job-actions.tsx';
import type { JobMoment, JobWithEvents } from './job-types.ts';
import { JobImage, JobKind, JobProgress, JobReason, JobStateBadge } from './job-words.tsx';
import { usePulse } from './use-pulse.ts';

const columns = (): readonly Column<JobMoment>[] => [
  { title: text('audit.at'), cell: ({ at }) => <Time at={at} /> },
  { title: text('job.event'), cell: ({ event }) => <code>{event}</code> },
  { title: text('job.state'), cell: ({ to }) => <JobStateBadge state={to} /> },
  { title: text('job.attempt'), isNumber: true, cell: ({ attempt }) => attempt },
  { title: text('audit.actor'), cell: ({ actorKind, actor }) => actor || actorKind },
  {
    title: text('job.bytes'),
    isNumber: true,
    cell: ({ doneBytes, totalBytes }) =>
      totalBytes === 0 ? <Nothing /> : <Bytes bytes={doneBytes} />,
  },
  { title: text('job.message'), cell: (moment) => <JobReason {...moment} /> },
];

const When = ({ at }: { readonly at: string | null }) =>
  at === null ? <Nothing /> : <Time at={at} />;

const JobFacts = ({ job }: { readonly job: JobWithEvents }) => (
  <section class="card">
    <JobProgress job={job} />
    <JobReason {...job} />
    <Facts>
      <Fact name={text('job.device')}>
        <a href={hashOf(['devices', job.device])}>{job.deviceName}</a>
      </Fact>
      <Fact name={text('job.kind')}>
        <JobKind {...job} />
      </Fact>
      <Fact name={text('job.image')}>
        <JobImage {...job} />
      </Fact>
      <Fact name="Cmdid">
        <code>{job.id}</code>
      </Fact>
      <Fact name={text('job.attempt')}>{job.attempt}</Fact>
      <Fact name={text('job.made')}>
        <Time at={job.createdAt} /> · {job.createdBy}
      </Fact>
      <Fact name={text('job.due')}>
        <Time at={job.dueAt} />
      </Fact>
      <Fact name={text('job.started')}>
        <When at={job.startedAt} />
      </Fact>
      <Fact name={text('job.ended')}>
        <When at={job.endedAt} />
      </Fact>
      <Fact name={text('job.deadline')}>
        <When at={job.deadlineAt} />
      </Fact>
      <Fact name={text('job.retry-at')}>
        <When at={job.retryAt} />
      </Fact>
      {job.cancelRequestedAt !== null && (
        <Fact name={text('job.cancel-asked')}>
          <Time at={job.cancelRequestedAt} />
        </Fact>
      )}
    </Facts>
  </section>
);

export const JobPage = ({ id }: { readonly id: string }) => {
  const { answer, refusal, reload } = useAnswer<JobWithEvents>({
    path: pathOf('jobs', id),
    isAbout: ({ subject }) => subject === id,
  });
  usePulse(answer !== undefined && isOpen(answer.state), reload);
  return (
    <>
      <nav class="trail" aria-label={text('trail.name')}>
        <a href={hashOf(['updates'])}>{text('updates.title')}</a>
      </nav>
      <PageHead
        title={answer === undefined ? text('job.title') : answer.deviceName}
        beside={answer && <JobStateBadge state={answer.state} />}
      >
        {answer && <JobActions job={answer} onDone={reload} />}
      </PageHead>
      <ProblemBox refusal={refusal} />
      {answer && (
        <>
          <JobFacts job={answer} />
          <h2>{text('job.events')}</h2>
          <Table
            caption={text('job.events')}
            columns={columns()}
            rows={answer.events}
            idOf={({ at, event, attempt, to }) => `${at} ${event} ${attempt} ${to}`}
            nothing={text('audit.none')}
          />
        </>
      )}
    </>
  );
};
