/** A package and one of its versions. */
import type { Package, Page } from '../api/types.ts';
import { useAnswer } from '../api/use-answer.ts';
import { Choice } from '../parts/field.tsx';
import { shortId } from '../parts/format.ts';
import { ProblemBox } from '../parts/problem.tsx';
import { text } from '../texts/language.ts';
import type { UpdateWish } from './wish.ts';

interface ImageProps {
  readonly wish: Pick<UpdateWish, 'package' | 'version'>;
  readonly onChange: (change: Partial<Pick<UpdateWish, 'package' | 'version'>>) => void;
}

const MOST_PACKAGES = '500';

/** Labels, which move, and versions, which do not. */
const versionsOf = ({ versions }: Package): readonly (readonly [string, string])[] => [
  ...versions.flatMap(({ id, labels }) =>
    labels.map((label) => [`:${label}`, `${label} (${shortId(id)})`] as const),
  ),
  ...versions.map(({ id, comment }) => [`@${id}`, `${shortId(id)} ${comment}`.trim()] as const),
];

export const ImageChoice = ({ wish, onChange }: ImageProps) => {
  const { answer, refusal } = useAnswer<Page<Package>>({
    path: '/packages',
    query: { limit: MOST_PACKAGES },
    isAbout: ({ kind }) => kind === 'package',
  });
  const packages = answer?.items ?? [];
  const one = packages.find(({ name }) => name === wish.package);
  return (
    <>
      <ProblemBox refusal={refusal} />
      <Choice
        label={text('package.name')}
        value={wish.package}
        onChoose={(name) => onChange({ package: name, version: ':latest' })}
      >
        <option value="">{text('wish.choose')}</option>
        {packages.map(({ name, isAutogenic }) => (
          <option key={name} value={name}>
            {isAutogenic ? name : text('wish.not-autogenic', { name })}
          </option>
        ))}
      </Choice>
      {one !== undefined && (
        <Choice
          label={text('version.id')}
          value={wish.version}
          onChoose={(version) => onChange({ version })}
        >
          {versionsOf(one).map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </Choice>
      )}
    </>
  );
};
