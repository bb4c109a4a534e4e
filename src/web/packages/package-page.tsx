/** One package with its versions. */
import { useState } from 'preact/hooks';
import { pathOf } from '../api/ask.ts';
import type { Package, PackageVersion } from '../api/types.ts';
import { useAnswer } from '../api/use-answer.ts';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemBox } from '../parts/problem.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { Bytes, Fact, Facts, Nothing, ShortId, Time } from '../parts/values.tsx';
import { hashOf } from '../place/parse-place.ts';
import { mayOperate } from '../session/session.ts';
import { text } from '../texts/language.ts';
import { AutogenicSwitch } from './autogenic-switch.tsx';
import { RemovePackage } from './remove-package.tsx';

const columns = (): readonly Column<PackageVersion>[] => [
  { title: text('version.id'), isName: true, cell: ({ id }) => <ShortId id={id} /> },
  {
    title: text('package.labels'),
    cell: ({ labels }) => (
      <span class="chips">
        {labels.map((label) => (
          <span key={label} class="chip">
            {label}
          </span>
        ))}
      </span>
    ),
  },
  { title: text('made-at'), cell: ({ createdAt }) => <Time at={createdAt} /> },
  {
    title: text('version.comment'),
    cell: ({ comment }) => (comment === '' ? <Nothing /> : comment),
  },
  {
    title: text('version.parent'),
    cell: ({ parent }) => (parent === null ? <Nothing /> : <ShortId id={parent} />),
  },
  {
    title: text('version.disk'),
    isNumber: true,
    cell: ({ diskBytes }) => <Bytes bytes={diskBytes} />,
  },
  {
    title: text('version.used'),
    isNumber: true,
    cell: ({ usedBytes }) => <Bytes bytes={usedBytes} />,
  },
];

const PackageFacts = ({ of, onDone }: { readonly of: Package; readonly onDone: () => void }) => (
  <section class="card">
    <Facts>
      <Fact name={text('package.type')}>{of.type}</Fact>
      <Fact name={text('package.autogenic')}>
        <AutogenicSwitch of={of} onDone={onDone} />
      </Fact>
      <Fact name={text('package.description')}>{of.description || <Nothing />}</Fact>
      <Fact name={text('package.number')}>{of.number || <Nothing />}</Fact>
      <Fact name={text('package.os')}>{of.os || <Nothing />}</Fact>
      <Fact name={text('package.category')}>{of.category || <Nothing />}</Fact>
      <Fact name={text('package.stored')}>
        <Bytes bytes={of.storedBytes} />
      </Fact>
      <Fact name={text('package.used-by')}>
        {text('package.devices', { count: of.usedBy.devices })},{' '}
        {text('package.jobs', { count: of.usedBy.jobs })}
      </Fact>
    </Facts>
  </section>
);

export const PackagePage = ({ name }: { readonly name: string }) => {
  const [isRemoving, setRemoving] = useState(false);
  const { answer, refusal, reload } = useAnswer<Package>({
    path: pathOf('packages', name),
    // A device that is forgotten uses it no longer.
    isAbout: ({ kind }) => ['package', 'job', 'device'].includes(kind),
  });
  return (
    <>
      <nav class="trail" aria-label={text('trail.name')}>
        <a href={hashOf(['packages'])}>{text('packages.title')}</a>
      </nav>
      <PageHead title={answer?.title || name}>
        {answer && mayOperate.value && (
          <button type="button" onClick={() => setRemoving(true)}>
            {text('package.remove-open')}
          </button>
        )}
      </PageHead>
      <ProblemBox refusal={refusal} />
      {answer && (
        <>
          <PackageFacts of={answer} onDone={reload} />
          <h2>{text('package.versions')}</h2>
          <Table
            caption={text('package.versions')}
            columns={columns()}
            rows={answer.versions}
            idOf={({ id }) => id}
            nothing={text('version.none')}
          />
          {isRemoving && <RemovePackage of={answer} onClose={() => setRemoving(false)} />}
        </>
      )}
    </>
  );
};
