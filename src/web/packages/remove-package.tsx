/** Puts a package into the bin of the store: shows what would go and who uses it; what the manager says against it is shown. */
import { pathOf, tell } from '../api/ask.ts';
import type { Package, PackageUsers } from '../api/types.ts';
import { useAnswer } from '../api/use-answer.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Form } from '../parts/form.tsx';
import { say } from '../parts/notice.tsx';
import { ProblemBox } from '../parts/problem.tsx';
import { Bytes, Fact, Facts, ShortId, Time } from '../parts/values.tsx';
import { hashOf } from '../place/parse-place.ts';
import { go } from '../place/place.ts';
import { text } from '../texts/language.ts';

interface RemoveProps {
  readonly of: Package;
  readonly onClose: () => void;
}

const Versions = ({ versions }: Pick<Package, 'versions'>) => (
  <ul class="names">
    {versions.map(({ id, createdAt, labels, comment }) => (
      <li key={id}>
        <ShortId id={id} /> <Time at={createdAt} />{' '}
        {labels.map((label) => (
          <span key={label} class="chip">
            {label}
          </span>
        ))}{' '}
        <span class="muted">{comment}</span>
      </li>
    ))}
  </ul>
);

/** Each leads to what keeps the package: a device that holds it, a group that is to have it, a job that brings it. */
const PLACES = { device: 'devices', group: 'groups', job: 'updates' } as const;

const UsedBy = ({ of: { name, usedBy } }: Pick<RemoveProps, 'of'>) => {
  const { answer, refusal } = useAnswer<PackageUsers>({
    path: `${pathOf('packages', name)}/users`,
    isAbout: ({ kind }) => kind in PLACES,
  });
  return (
    <>
      {text('package.devices', { count: usedBy.devices })},{' '}
      {text('package.jobs', { count: usedBy.jobs })}
      <ProblemBox refusal={refusal} />
      <ul class="names">
        {answer?.users.map(({ kind, id, name: user }) => (
          <li key={id}>
            {text(`thing.${kind}`)} <a href={hashOf([PLACES[kind], id])}>{user}</a>
          </li>
        ))}
      </ul>
    </>
  );
};

export const RemovePackage = ({ of, onClose }: RemoveProps) => {
  const { name, versions, storedBytes, usedBy } = of;
  const isInUse = usedBy.devices + usedBy.jobs > 0;
  return (
    <Dialog title={text('package.remove-title', { name })} onClose={onClose} isWide>
      <Form
        action={text('package.remove')}
        isDanger
        onCancel={onClose}
        onSend={async () => {
          await tell({ method: 'DELETE', path: pathOf('packages', name) });
          say(text('package.removed', { name }));
          go(['packages']);
        }}
      >
        <p>{text('package.remove-about')}</p>
        <Facts>
          <Fact name={text('package.versions')}>
            {versions.length}
            <Versions versions={versions} />
          </Fact>
          <Fact name={text('package.stored')}>
            <Bytes bytes={storedBytes} />
          </Fact>
          <Fact name={text('package.used-by')}>
            <UsedBy of={of} />
          </Fact>
        </Facts>
        {isInUse && <p class="caution">{text('package.in-use')}</p>}
      </Form>
    </Dialog>
  );
};
