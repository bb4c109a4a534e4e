/** Where in the console one is now. */
import { signal } from '@preact/signals';
import { hashOf, parsePlace } from './parse-place.ts';

/** Follows the address of the page. */
export const place = signal(parsePlace(location.hash));

addEventListener('hashchange', () => {
  place.value = parsePlace(location.hash);
});

/** Goes to a place. */
export const go = (
  parts: readonly string[],
  query: Readonly<Record<string, string | undefined>> = {},
): void => {
  location.hash = hashOf(parts, query);
};

/** Changes what is asked for at the same place, without a step in the history of the browser. */
export const askHere = (change: Readonly<Record<string, string | undefined>>): void => {
  const { parts, query } = place.value;
  const hash = hashOf(parts, { ...query, ...change });
  history.replaceState(history.state, '', hash);
  place.value = parsePlace(hash);
};
