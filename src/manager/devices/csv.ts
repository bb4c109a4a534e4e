/** Comma-separated values (RFC 4180) with a first line of names, as spreadsheets write them; with places for every refusal. */
import { NacreError } from '../../errors.ts';

const MOST_ROWS = 10_000;
const MOST_FIELD = 256;

/** A row by the names of its columns. */
export interface CsvRow {
  /** In the file, from 1. */
  readonly line: number;
  readonly fields: ReadonlyMap<string, string>;
}

/** @throws NacreError MANAGER_CSV */
export const csvError = (line: number, column: string, reason: string): NacreError =>
  new NacreError('MANAGER_CSV', { line, column, reason });

interface RawRow {
  readonly line: number;
  readonly cells: readonly string[];
}

/** A quoted cell, or one without quotes, up to what ends it. */
const CELL = /"((?:[^"]|"")*)"|([^",\r\n]*)/y;
const END = /,|\r?\n|$/y;

interface Cell {
  readonly value: string;
  /** Line ends inside of it. */
  readonly lines: number;
  /** Where the next one begins. */
  readonly next: number;
  readonly isLastOfRow: boolean;
  readonly isLastOfText: boolean;
}

/** The cell at a place. @param column from 1, for refusals */
const readCell = (text: string, at: number, line: number, column: number): Cell => {
  CELL.lastIndex = at;
  const [whole = '', quoted, plain = ''] = CELL.exec(text) ?? [];
  const value = (quoted === undefined ? plain : quoted.replaceAll('""', '"')).trim();
  if (value.length > MOST_FIELD)
    throw csvError(line, `${column}`, `more than ${MOST_FIELD} characters`);
  END.lastIndex = at + whole.length;
  const [end] = END.exec(text) ?? [];
  if (end === undefined)
    throw csvError(line, `${column}`, 'a quote that does not stand around the whole field');
  const lines = whole.split('\n').length - 1;
  const next = at + whole.length + end.length;
  return { value, lines, next, isLastOfRow: end !== ',', isLastOfText: end === '' };
};

const splitCells = (text: string): readonly RawRow[] => {
  const rows: RawRow[] = [];
  let row: { readonly line: number; readonly cells: string[] } = { line: 1, cells: [] };
  let line = 1;
  for (let at = 0; ; ) {
    const cell = readCell(text, at, line, row.cells.length + 1);
    at = cell.next;
    line += cell.lines;
    row.cells.push(cell.value);
    if (!cell.isLastOfRow) continue;
    if (row.cells.some((each) => each !== '')) rows.push(row);
    if (rows.length > MOST_ROWS + 1) throw csvError(line, '1', `more than ${MOST_ROWS} rows`);
    line += 1;
    row = { line, cells: [] };
    if (cell.isLastOfText) break;
  }
  return rows;
};

const toRow = (names: readonly string[], { line, cells }: RawRow): CsvRow => {
  if (cells.length > names.length)
    throw csvError(line, `${cells.length}`, `the first line names ${names.length} columns`);
  const given = cells.flatMap((cell, index) =>
    cell === '' ? [] : [[names[index] ?? '', cell] as const],
  );
  return { line, fields: new Map(given) };
};

/** Rows of a text whose first line names columns of `known`. Empty fields are left out. @throws NacreError MANAGER_CSV */
export const parseCsv = (text: string, known: readonly string[]): readonly CsvRow[] => {
  // Spreadsheets begin UTF-8 with a byte order mark.
  const [head, ...rows] = splitCells(text.replace(/^\ufeff/, ''));
  if (head === undefined) throw csvError(1, '1', 'it is empty');
  const names = head.cells.map((name) => name.toLowerCase());
  for (const [index, name] of names.entries()) {
    if (!known.includes(name)) throw csvError(head.line, name, `columns are ${known.join(', ')}`);
    if (names.indexOf(name) !== index) throw csvError(head.line, name, 'it is named twice');
  }
  return rows.map((row) => toRow(names, row));
};
