/** A list of the manager: its refusal, its rows, and the way to other pages. */
import { Pager } from './pager.tsx';
import { ProblemBox } from './problem.tsx';
import { Table, type TableProps } from './table.tsx';
import type { ListState } from './use-list.ts';

type ListTableProps<Row> = Omit<TableProps<Row>, 'rows' | 'isBusy'> & {
  readonly list: ListState<Row>;
};

export const ListTable = <Row,>({ list, ...table }: ListTableProps<Row>) => {
  const { rows, refusal, isLoading } = list;
  return (
    <>
      <ProblemBox refusal={refusal} />
      {(rows !== undefined || refusal === undefined) && (
        <>
          <Table {...table} rows={rows} isBusy={isLoading} />
          <Pager {...list} />
        </>
      )}
    </>
  );
};
