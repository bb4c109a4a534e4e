/** Paths of the API. */

/** Path of segments that may hold anything, such as names. */
export const at = (...segments: readonly string[]): string =>
  `/${segments.map((segment) => encodeURIComponent(segment)).join('/')}`;
