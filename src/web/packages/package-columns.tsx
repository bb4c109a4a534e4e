/** Columns of the list of packages. */
import type { Package } from '../api/types.ts';
import type { Column } from '../parts/table.tsx';
import { Bytes, Nothing } from '../parts/values.tsx';
import { hashOf } from '../place/parse-place.ts';
import { locale, text } from '../texts/language.ts';
import { AutogenicSwitch } from './autogenic-switch.tsx';

const or = (word: string) => (word === '' ? <Nothing /> : word);

/** Names that lead to versions, each once. */
const labelsOf = ({ versions }: Package): readonly string[] => [
  ...new Set(versions.flatMap(({ labels }) => labels)),
];

export const packageColumns = (onDone: () => void): readonly Column<Package>[] => [
  {
    title: text('package.name'),
    isName: true,
    cell: ({ name, title }) => (
      <>
        <a href={hashOf(['packages', name])}>{name}</a>
        {title !== '' && title !== name && <div class="muted">{title}</div>}
      </>
    ),
  },
  { title: text('package.type'), isMinor: true, cell: ({ type }) => type },
  {
    title: text('package.autogenic'),
    cell: (each) => <AutogenicSwitch of={each} onDone={onDone} />,
  },
  { title: text('package.number'), cell: ({ number }) => or(number) },
  { title: text('package.os'), isMinor: true, cell: ({ os }) => or(os) },
  { title: text('package.category'), isMinor: true, cell: ({ category }) => or(category) },
  {
    title: text('package.versions'),
    isNumber: true,
    cell: ({ versions }) => versions.length,
  },
  {
    title: text('package.labels'),
    cell: (each) => (
      <span class="chips">
        {labelsOf(each).map((label) => (
          <span key={label} class="chip">
            {label}
          </span>
        ))}
      </span>
    ),
  },
  {
    title: text('package.stored'),
    isNumber: true,
    cell: ({ storedBytes }) => <Bytes bytes={storedBytes} />,
  },
  {
    title: text('package.used-by'),
    isNumber: true,
    cell: ({ usedBy }) => (
      <>
        <div>{text('package.devices', { count: usedBy.devices.toLocaleString(locale.value) })}</div>
        {usedBy.jobs > 0 && <div>{text('package.jobs', { count: usedBy.jobs })}</div>}
      </>
    ),
  },
];
