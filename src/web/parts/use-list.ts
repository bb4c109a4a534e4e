/** A list of the manager, a page at a time: forward by its cursors, back by those that were used. */
import { useEffect, useState } from 'preact/hooks';
import type { Query } from '../api/ask.ts';
import type { Change, Page } from '../api/types.ts';
import { type AnswerState, useAnswer } from '../api/use-answer.ts';

export const PAGE_ROWS = 50;

export interface ListState<Item> extends AnswerState<Page<Item>> {
  readonly rows: readonly Item[] | undefined;
  /** From 1; 0 without rows. */
  readonly first: number;
  readonly last: number;
  readonly total: number;
  readonly onNext: (() => void) | undefined;
  readonly onBack: (() => void) | undefined;
}

interface ListWish {
  readonly path: string;
  readonly query?: Query;
  readonly isAbout?: (change: Change) => boolean;
}

export const useList = <Item>({ path, query = {}, isAbout }: ListWish): ListState<Item> => {
  // Cursors of the pages so far; the last one is that of the page that is shown.
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const question = JSON.stringify(query);
  // Another question begins with its first page.
  useEffect(() => setCursors([]), [question]);
  const after = cursors.at(-1);
  const state = useAnswer<Page<Item>>({
    path,
    query: { ...query, limit: String(PAGE_ROWS), after },
    isAbout,
  });
  const { items, total = 0, next = null } = state.answer ?? {};
  const before = cursors.length * PAGE_ROWS;
  return {
    ...state,
    rows: items,
    first: items === undefined || items.length === 0 ? 0 : before + 1,
    last: before + (items?.length ?? 0),
    total,
    onNext: next === null ? undefined : () => setCursors([...cursors, next]),
    onBack: cursors.length === 0 ? undefined : () => setCursors(cursors.slice(0, -1)),
  };
};
