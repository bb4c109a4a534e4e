/** One range of bytes of an HTTP request (RFC 9110 section 14). */

/** Bytes from `start` up to, but not including, `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** `whole`: there is no range that has to be honoured. `unsatisfiable`: answered by 416. */
export type RangeWish = ByteRange | 'whole' | 'unsatisfiable';

const ONE_RANGE = /^bytes=[ \t]*(\d{0,16})-(\d{0,16})[ \t]*$/i;

/**
 * The range that a header asks of a content of `sizeBytes`. A header that is no range, or has several, is passed over: the
 * whole content is a right answer to it (section 14.2).
 */
export const parseRange = (header: string | undefined, sizeBytes: number): RangeWish => {
  const [, first, last] = ONE_RANGE.exec(header ?? '') ?? [];
  if (first === undefined || last === undefined || first + last === '') return 'whole';
  if (first === '') {
    const length = Math.min(Number(last), sizeBytes);
    return length === 0 ? 'unsatisfiable' : { start: sizeBytes - length, end: sizeBytes };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return 'whole';
  if (start >= sizeBytes) return 'unsatisfiable';
  return { start, end: last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes) };
};
