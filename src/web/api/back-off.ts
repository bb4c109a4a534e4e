/** Waits between tries. */

const FIRST_MS = 1000;
const MOST_MS = 30_000;

/** How long to wait before a try, by the tries that failed before it. */
export const waitMsAfter = (failures: number): number =>
  Math.min(MOST_MS, FIRST_MS * 2 ** failures);
