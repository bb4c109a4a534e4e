/** A group: what it is to run, and how far each of its devices is. */
import { useState } from 'preact/hooks';
import { ask, pathOf, tell } from '../api/ask.ts';
import type { Rollout } from '../api/types.ts';
import { useAnswer } from '../api/use-answer.ts';
import { attempt } from '../parts/form.tsx';
import { say } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemBox } from '../parts/problem.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { Fact, Facts, Nothing, ShortId, Time } from '../parts/values.tsx';
import { hashOf } from '../place/parse-place.ts';
import { mayOperate } from '../session/session.ts';
import { sentenceText } from '../texts/failures.ts';
import { text } from '../texts/language.ts';
import { JobReason } from '../updates/job-words.tsx';
import { usePulse } from '../updates/use-pulse.ts';
import { RolloutBadge, StandingBadge } from './rollout-words.tsx';
import { WantDialog } from './want-dialog.tsx';

type Row = Rollout['devices'][number];

const columns = (): readonly Column<Row>[] => [
  {
    title: text('job.device'),
    isName: true,
    cell: ({ device, name }) => <a href={hashOf(['devices', device])}>{name}</a>,
  },
  { title: text('job.state'), cell: ({ standing }) => <StandingBadge standing={standing} /> },
  {
    title: text('job.title'),
    cell: ({ job }) =>
      job === null ? (
        <Nothing />
      ) : (
        <a href={hashOf(['updates', job])}>
          <ShortId id={job} />
        </a>
      ),
  },
  {
    title: text('job.message'),
    cell: (row) => <JobReason {...row} />,
  },
];

const counted = ({ counts }: Rollout): string =>
  (['reached', 'working', 'failed', 'left', 'disputed', 'busy', 'open'] as const)
    .filter((standing) => counts[standing] > 0)
    .map((standing) => `${text(`standing.${standing}`)}: ${counts[standing]}`)
    .join(' · ');

const RolloutCard = ({ rollout }: { readonly rollout: Rollout }) => {
  const { wish, version, ring, ringSizes, reason, beganAt, setBy } = rollout;
  const [name = ''] = wish.image.split(/[@:]/);
  return (
    <section class="card">
      {reason !== '' && <p role="status">{sentenceText(null, reason)}</p>}
      <Facts>
        <Fact name={text('job.image')}>
          <a href={hashOf(['packages', name])}>{wish.image}</a>{' '}
          {version !== null && <ShortId id={version} />}
        </Fact>
        <Fact name={text('want.ring')}>
          {text('want.ring-of', { ring, count: ringSizes.length, sizes: ringSizes.join(', ') })}
        </Fact>
        <Fact name={text('group.devices')}>{counted(rollout) || <Nothing />}</Fact>
        <Fact name={text('want.failures')}>{wish.mostFailures}</Fact>
        {wish.window !== undefined && (
          <Fact name={text('wish.window')}>
            {wish.window.from}–{wish.window.to}
          </Fact>
        )}
        <Fact name={text('job.started')}>
          <Time at={beganAt} /> · {setBy}
        </Fact>
      </Facts>
    </section>
  );
};

interface ActionProps {
  readonly group: string;
  readonly rollout: Rollout | undefined;
  readonly onDone: () => void;
}

const Actions = ({ group, rollout, onDone }: ActionProps) => {
  const [isOpen, setOpen] = useState(false);
  const [refusal, setRefusal] = useState<Awaited<ReturnType<typeof attempt>>>();
  if (!mayOperate.value) return null;
  const path = pathOf('groups', group, 'desired-state');
  const act = async (what: 'pause' | 'resume' | 'drop'): Promise<void> => {
    setRefusal(
      await attempt(async () => {
        if (what === 'drop') await tell({ method: 'DELETE', path });
        else await ask<Rollout>({ method: 'POST', path: `${path}/${what}` });
        say(text(`want.${what}-done`, { name: group }));
        onDone();
      }),
    );
  };
  const goesOn = rollout?.state === 'running' || rollout?.state === 'reached';
  return (
    <>
      <button type="button" class="main" onClick={() => setOpen(true)}>
        {text('want.open')}
      </button>
      {rollout !== undefined && (
        <>
          <button type="button" onClick={() => void act(goesOn ? 'pause' : 'resume')}>
            {text(goesOn ? 'want.pause' : 'want.resume')}
          </button>
          <button type="button" class="plain" onClick={() => void act('drop')}>
            {text('want.drop')}
          </button>
        </>
      )}
      <ProblemBox refusal={refusal} />
      {isOpen && (
        <WantDialog group={group} before={rollout} onDone={onDone} onClose={() => setOpen(false)} />
      )}
    </>
  );
};

const MISSING = 404;

export const GroupPage = ({ name }: { readonly name: string }) => {
  const { answer, refusal, reload } = useAnswer<Rollout>({
    path: pathOf('groups', name, 'desired-state'),
    isAbout: ({ kind }) => kind === 'group' || kind === 'job' || kind === 'command',
  });
  const isUnwished = refusal?.problem.status === MISSING;
  const rollout = isUnwished ? undefined : answer;
  usePulse(rollout?.state === 'running', reload);
  return (
    <>
      <nav class="trail" aria-label={text('trail.name')}>
        <a href={hashOf(['groups'])}>{text('tab.groups')}</a>
      </nav>
      <PageHead title={name} beside={rollout && <RolloutBadge state={rollout.state} />}>
        <Actions group={name} rollout={rollout} onDone={reload} />
      </PageHead>
      {isUnwished ? <p>{text('want.none')}</p> : <ProblemBox refusal={refusal} />}
      {rollout && (
        <>
          <RolloutCard rollout={rollout} />
          <Table
            caption={text('group.devices')}
            columns={columns()}
            rows={rollout.devices}
            idOf={({ device }) => device}
            nothing={text('want.no-devices')}
          />
        </>
      )}
      <p>
        <a href={hashOf(['devices'], { group: name })}>{text('want.devices')}</a>
      </p>
    </>
  );
};
