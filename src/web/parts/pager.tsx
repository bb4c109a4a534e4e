/** Which rows of how many, and the way to others. */
import { locale, text } from '../texts/language.ts';
import type { ListState } from './use-list.ts';

type PagerProps = Pick<ListState<unknown>, 'first' | 'last' | 'total' | 'onNext' | 'onBack'>;

export const Pager = ({ first, last, total, onNext, onBack }: PagerProps) => {
  // The table says that there is nothing, and what to do about it.
  if (total === 0) return null;
  const number = (value: number): string => value.toLocaleString(locale.value);
  return (
    <nav class="pager" aria-label={text('pager.name')}>
      <span aria-live="polite">
        {text('pager.rows', { first: number(first), last: number(last), total: number(total) })}
      </span>
      {(onNext !== undefined || onBack !== undefined) && (
        <>
          <button type="button" disabled={onBack === undefined} onClick={onBack}>
            {text('pager.back')}
          </button>
          <button type="button" disabled={onNext === undefined} onClick={onNext}>
            {text('pager.next')}
          </button>
        </>
      )}
    </nav>
  );
};
