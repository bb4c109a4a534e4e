/**
 * Long lists, a page at a time. A page begins after a row and not at a number, so that rows which come and go meanwhile make none
 * appear twice or not at all.
 */
import { type RawBuilder, type SelectQueryBuilder, sql } from 'kysely';
import { NacreError } from '../../errors.ts';

/** What is asked for. */
export interface PageWish {
  readonly limit: number;
  /** `next` of the page before. */
  readonly after?: string | undefined;
  readonly isDescending?: boolean | undefined;
}

export interface Page<Row> {
  readonly items: Row[];
  /** Rows of all pages. */
  readonly total: number;
  /** What to ask the next page with; null after the last one. */
  readonly next: string | null;
}

/** By what rows are sorted: a column, and one that no two rows share. Neither may be null. */
export interface PageOrder {
  readonly by: RawBuilder<unknown>;
  readonly id: RawBuilder<unknown>;
}

type Place = readonly [by: string | number, id: string | number];

const isKey = (value: unknown): value is string | number =>
  typeof value === 'string' || typeof value === 'number';

const toCursor = (place: Place): string => Buffer.from(JSON.stringify(place)).toString('base64url');

const badCursor = (cause?: unknown): NacreError =>
  new NacreError(
    'MANAGER_INPUT_INVALID',
    { field: 'after', reason: 'it is no end of a page' },
    { cause },
  );

const parseCursor = (text: string): Place => {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch (cause) {
    throw badCursor(cause);
  }
  const [by, id, ...more] = Array.isArray(value) ? value : [];
  if (!isKey(by) || !isKey(id) || more.length > 0) throw badCursor();
  return [by, id];
};

/** A column that the type of a generic query does not tell of. */
const columnOf = (row: object, name: string): unknown =>
  Object.getOwnPropertyDescriptor(row, name)?.value;

const placeOf = (row: object): Place => {
  const [by, id] = [columnOf(row, 'page_by'), columnOf(row, 'page_id')];
  if (!isKey(by) || !isKey(id)) throw new TypeError('a list is sorted by a column that is null');
  return [by, id];
};

/** One page of a query without an order. @throws NacreError MANAGER_INPUT_INVALID for a cursor that is none */
export const readPage = async <DB, TB extends keyof DB, Row extends object>(
  query: SelectQueryBuilder<DB, TB, Row>,
  { by, id }: PageOrder,
  { limit, after, isDescending = false }: PageWish,
): Promise<Page<Row>> => {
  const counted: object = await query
    .clearSelect()
    .select(sql<number>`count(*)`.as('total'))
    .executeTakeFirstOrThrow();
  const direction = isDescending ? 'desc' : 'asc';
  let wanted = query
    .select([by.as('page_by'), id.as('page_id')])
    .orderBy(by, direction)
    .orderBy(id, direction)
    .limit(limit + 1);
  if (after !== undefined) {
    const [lastBy, lastId] = parseCursor(after);
    const than = sql.raw(isDescending ? '<' : '>');
    wanted = wanted.where(sql<boolean>`(${by}, ${id}) ${than} (${lastBy}, ${lastId})`);
  }
  const rows = await wanted.execute();
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const next = rows.length > limit && last !== undefined ? toCursor(placeOf(last)) : null;
  return { items, total: Number(columnOf(counted, 'total')), next };
};
