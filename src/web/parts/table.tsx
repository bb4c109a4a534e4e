/** A table of rows of the manager: sorted there, chosen here. On a narrow screen each row is a card. */
import type { ComponentChildren } from 'preact';
import { text } from '../texts/language.ts';
import { useKeptFocus } from './use-kept-focus.ts';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** The name that the manager sorts by. */
  readonly sort?: string | undefined;
  readonly isNumber?: boolean;
  /** Left out where the table has little room, and no cards yet: it stands on the page of the thing, too. */
  readonly isMinor?: boolean;
  /** What the row is called: the head of its card. */
  readonly isName?: boolean;
}

export interface Sorting {
  readonly by: string;
  readonly isDescending: boolean;
  readonly onSort: (by: string, isDescending: boolean) => void;
}

export interface Choosing {
  readonly chosen: ReadonlySet<string>;
  readonly onChoose: (ids: readonly string[], isChosen: boolean) => void;
}

export interface TableProps<Row> {
  /** What is in it, for those who do not see it. */
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[] | undefined;
  readonly idOf: (row: Row) => string;
  readonly nameOf?: (row: Row) => string;
  readonly sorting?: Sorting | undefined;
  readonly choosing?: Choosing | undefined;
  readonly isBusy?: boolean;
  /** Instead of no rows. */
  readonly nothing: ComponentChildren;
}

const classOf = <Row,>({ isNumber, isMinor }: Column<Row>): string | undefined =>
  [isNumber === true ? 'number' : [], isMinor === true ? 'minor' : []].flat().join(' ') ||
  undefined;

const Head = <Row,>({
  column,
  sorting,
}: {
  readonly column: Column<Row>;
  readonly sorting: Sorting | undefined;
}) => {
  const { title, sort } = column;
  const className = classOf(column);
  if (sort === undefined || sorting === undefined)
    return (
      <th scope="col" class={className}>
        {title}
      </th>
    );
  const isBy = sorting.by === sort;
  const direction = sorting.isDescending ? 'descending' : 'ascending';
  return (
    <th scope="col" class={className} aria-sort={isBy ? direction : 'none'}>
      <button
        type="button"
        class="sort"
        onClick={() => sorting.onSort(sort, isBy && !sorting.isDescending)}
      >
        {title}
        <span aria-hidden="true">{isBy ? (sorting.isDescending ? ' ▼' : ' ▲') : ''}</span>
      </button>
    </th>
  );
};

const Cells = <Row,>({
  columns,
  row,
}: {
  readonly columns: readonly Column<Row>[];
  readonly row: Row;
}) => (
  <>
    {columns.map((column) =>
      column.isName ? (
        <th key={column.title} scope="row">
          {column.cell(row)}
        </th>
      ) : (
        <td key={column.title} data-label={column.title} class={classOf(column)}>
          <div>{column.cell(row)}</div>
        </td>
      ),
    )}
  </>
);

export const Table = <Row,>(props: TableProps<Row>) => {
  const { caption, columns, rows, idOf, nameOf = idOf, sorting, choosing, nothing } = props;
  const focus = useKeptFocus(rows);
  if (rows === undefined) return <p class="muted loading">{text('loading')}</p>;
  const ids = rows.map(idOf);
  const areAllChosen = ids.length > 0 && ids.every((id) => choosing?.chosen.has(id));
  return (
    <div class="table" tabIndex={-1} aria-busy={props.isBusy ?? false} {...focus}>
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            {choosing !== undefined && (
              <td class="choice">
                <input
                  type="checkbox"
                  aria-label={text('table.choose-all')}
                  checked={areAllChosen}
                  onChange={() => choosing.onChoose(ids, !areAllChosen)}
                />
              </td>
            )}
            {columns.map((column) => (
              <Head key={column.title} column={column} sorting={sorting} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const id = idOf(row);
            return (
              <tr key={id} data-chosen={choosing?.chosen.has(id) ?? false}>
                {choosing !== undefined && (
                  <td class="choice">
                    <input
                      type="checkbox"
                      aria-label={text('table.choose', { name: nameOf(row) })}
                      checked={choosing.chosen.has(id)}
                      onChange={() => choosing.onChoose([id], !choosing.chosen.has(id))}
                    />
                  </td>
                )}
                <Cells columns={columns} row={row} />
              </tr>
            );
          })}
        </tbody>
      </table>
      {rows.length === 0 && <div class="nothing">{nothing}</div>}
    </div>
  );
};
